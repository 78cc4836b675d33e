import type { HeldMetric } from './held-metric.ts'

const LISTED_UNITS = 5

/** What is wrong with how a metric is sent. */
export function metricWarnings({ implausible, series }: HeldMetric): string[] {
  const warnings: string[] = []
  const last = implausible.at(-1)
  if (last) {
    const points = implausible.reduce((sum, one) => sum + one.points, 0)
    const time = new Date(Math.min(last.timeMs, 8.64e15)).toISOString()
    warnings.push(
      `${points} ${points === 1 ? 'point is' : 'points are'} left out because of the time, the last one ${time}: senders give nanoseconds since 1970, and none from the future`,
    )
  }
  const units = new Set(series.map(({ unit }) => unit))
  if (units.size > 1) {
    const some = [...units].slice(0, LISTED_UNITS).map((unit) => (unit === '' ? 'none' : unit.slice(0, 60)))
    warnings.push(`it is sent in several units (${some.join(', ')}), and their values are taken as one`)
  }
  return warnings
}
