import type { Heatmap } from '../../../contracts/sandbox/query.ts'
import { edgesOf } from '../../query/engine/heatmap.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { CountedAmount } from './amounts.ts'
import { countBelow, countUpTo, Distribution } from './distribution.ts'
import { growthOf } from './growth.ts'
import type { Increase } from './increases.ts'
import type { TimeSteps } from './time-steps.ts'

/** Rows of cells beyond which neighbouring buckets are joined. */
const MAX_ROWS = 60

/** The values of all increases by time and size. Rows are the histogram's own buckets where it has few of one kind. */
export function metricHeatmap(
  increases: readonly Increase<CountedAmount>[],
  steps: TimeSteps,
  name: string,
  check: CheckDeadline,
): Heatmap {
  const whole = new Distribution()
  const growth = growthOf(increases, steps, check)
  const byStep = growth.map((one) => one?.distribution?.pieces() ?? [])
  for (const { amount } of increases) if (amount.buckets) whole.add(amount.buckets, 1)
  const pieces = byStep.flat()
  const bounds = whole.onlyBounds
  const { scale, edges } =
    (bounds && bounds.length <= MAX_ROWS ? ownRows(bounds, pieces) : undefined) ??
    edgesOf(Float64Array.from(pieces.flatMap(({ lo, hi }) => [lo, hi])))
  const rows = Math.max(0, edges.length - 1)
  const counts = byStep.flatMap((own) =>
    Array.from({ length: rows }, (_, row) => {
      const [lo = 0, hi = 0] = [edges[row], edges[row + 1]]
      return Math.max(0, (row === rows - 1 ? countUpTo(own, hi) : countBelow(own, hi)) - countBelow(own, lo))
    }),
  )
  const timesMs = byStep.map((_, step) => steps.firstMs + step * steps.widthMs)
  return { name: 'HEATMAP', column: name, scale, timesMs, edges: [...edges], counts }
}

/** The bounds between which there are values, with the lower edge of the lowest bucket; undefined where there are no two. */
function ownRows(
  bounds: readonly number[],
  pieces: readonly { readonly lo: number; readonly hi: number }[],
): { scale: Heatmap['scale']; edges: number[] } | undefined {
  const least = pieces.reduce((lowest, { lo }) => Math.min(lowest, lo), Number.POSITIVE_INFINITY)
  const most = pieces.reduce((highest, { hi }) => Math.max(highest, hi), Number.NEGATIVE_INFINITY)
  const [lowest = 0] = bounds
  const all = [...(lowest > 0 ? [0] : []), ...bounds]
  const used = all.filter(
    (edge, index) => (all[index + 1] ?? edge) > least && (all[index - 1] ?? edge) < most,
  )
  // Values that are all above the last bound count as that bound, and those below a first one that is not positive as that.
  const row = all.findIndex((edge, index) => edge <= least && most <= (all[index + 1] ?? Number.NaN))
  if (used.length < 2 && row < 0) return undefined
  const edges = used.length < 2 ? all.slice(row, row + 2) : used
  const positive = edges.filter((edge) => edge > 0)
  const isLogarithmic = (edges[0] ?? 0) >= 0 && (positive.at(-1) ?? 0) / (positive[0] ?? 1) > 100
  return { scale: isLogarithmic ? 'logarithmic' : 'linear', edges }
}
