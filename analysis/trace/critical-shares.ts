import { lengthOf } from './critical-path.ts'
import type { LensTree } from './lens-tree.ts'
import { titleOf } from './runs.ts'

/** The time of like work on the critical path. */
export interface CriticalShare {
  readonly name: string
  readonly service: string
  /** Spans or segments. */
  readonly count: number
  readonly ms: number
  /** The one with the most time on the path. */
  readonly longestId: string
}

/** The critical path by service and work, the largest share first. */
export function criticalShares({ placed, critical }: LensTree): CriticalShare[] {
  const parts = placed.flatMap((row) => {
    const { id, kind, service } = row
    const ms = kind === 'log' ? 0 : lengthOf(critical.get(id) ?? [])
    return ms > 0 ? [{ id, ms, service, name: titleOf(row) }] : []
  })
  return Map.groupBy(parts, ({ name, service }) => `${service}\n${name}`)
    .values()
    .map((like): CriticalShare => {
      const [longest] = like.toSorted((a, b) => b.ms - a.ms) as [(typeof like)[number]]
      const ms = like.reduce((sum, part) => sum + part.ms, 0)
      return { name: longest.name, service: longest.service, count: like.length, ms, longestId: longest.id }
    })
    .toArray()
    .toSorted((a, b) => b.ms - a.ms)
}
