import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'

/** The variables --c0 to --c7 in style/base.css. */
const COLOURS = 8

/** The CSS colour of each service, the same at every provider. */
export function colours({ spans, segments }: TraceLenses): (service: string) => string {
  const numbers = new Map<string, number>()
  const add = (service: string) => {
    if (!numbers.has(service)) numbers.set(service, numbers.size % COLOURS)
  }
  for (const { service } of spans) add(service)
  for (const { name, isSubsegment } of segments) if (!isSubsegment) add(name)
  return (service) => `var(--c${numbers.get(service) ?? 0})`
}
