import type { Port } from '../../contracts/workspace-state.ts'

type Address = Pick<Port, 'port' | 'protocol'>

/** `4567 (TCP)`. */
export function describePort({ port, protocol }: Address): string {
  return `${port} (${protocol.toUpperCase()})`
}

/** `port 4567 (TCP)`, `port 2000 (TCP and UDP)`, or `ports 20010–20013, 20020`: each number once, in order. */
export function describePorts(ports: readonly Address[]): string {
  const numbers = [...new Set(ports.map(({ port }) => port))].toSorted((a, b) => a - b)
  if (numbers.length > 1) return `ports ${rowsOf(numbers).join(', ')}`
  const protocols = new Set(ports.map(({ protocol }) => protocol.toUpperCase()))
  return `port ${numbers.join()} (${[...protocols].toSorted().join(' and ')})`
}

/** Three or more numbers in a row as `first–last`. */
function rowsOf(numbers: readonly number[]): string[] {
  const rows = Map.groupBy(numbers, (number) => number - numbers.indexOf(number))
  return [...rows.values()].flatMap((row) =>
    row.length > 2 ? [`${row[0]}–${row.at(-1)}`] : row.map((number) => `${number}`),
  )
}
