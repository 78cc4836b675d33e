import { METRIC_LIMITS } from '../../../contracts/sandbox/metric-words.ts'
import type { Exemplar } from '../../../contracts/sandbox/metrics.ts'
import type { SeriesGroup } from './series-groups.ts'
import { stepAt, type TimeSteps } from './time-steps.ts'

/** An exemplar, before the store is asked for its trace. */
export type GroupExemplar = Omit<Exemplar, 'isStored'>

/** The exemplars of the groups: of each step the largest one, then the second, until there are enough. */
export function exemplarsOf(groups: readonly SeriesGroup[], steps: TimeSteps): GroupExemplar[] {
  // A cumulative point may repeat the exemplars of the point before.
  const known = new Map<string, GroupExemplar>()
  for (const [group, { series }] of groups.entries()) {
    for (const { points } of series) {
      for (const { exemplars } of points) {
        for (const { atMs, value, traceId, spanId } of exemplars) {
          if (stepAt(steps, atMs) === undefined || !Number.isFinite(value)) continue
          known.set(`${atMs} ${value} ${traceId} ${spanId} ${group}`, { atMs, value, traceId, spanId, group })
        }
      }
    }
  }
  const byStep = Map.groupBy(known.values(), ({ atMs }) => stepAt(steps, atMs))
  const ranked = [...byStep.values()].flatMap((own) =>
    own.sort((a, b) => b.value - a.value).map((exemplar, rank) => ({ exemplar, rank })),
  )
  return ranked
    .sort((a, b) => a.rank - b.rank || b.exemplar.value - a.exemplar.value)
    .slice(0, METRIC_LIMITS.exemplars)
    .map(({ exemplar }) => exemplar)
    .sort((a, b) => a.atMs - b.atMs)
}
