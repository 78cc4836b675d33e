import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'

const COLOURS = 8

/** A colour's number for each service, in the order in which they come in, the same in every lens. */
export function colours({ spans, segments }: TraceLenses): (service: string) => number {
  const numbers = new Map<string, number>()
  const add = (service: string) => {
    if (!numbers.has(service)) numbers.set(service, numbers.size % COLOURS)
  }
  for (const { service } of spans) add(service)
  for (const { name, isSubsegment } of segments) if (!isSubsegment) add(name)
  return (service) => numbers.get(service) ?? 0
}
