import type { LatencyPoint } from '../../../contracts/sandbox/lists.ts'
import { DURATION_TICKS } from './duration-ticks.ts'

/** What the chart's axes show. Epoch ms; ms, at least LEAST_MS. */
export interface Frame {
  readonly fromMs: number
  readonly toMs: number
  readonly lowMs: number
  readonly highMs: number
}

/** Points outside the frame, by side. */
export interface Outside {
  readonly earlier: readonly LatencyPoint[]
  readonly later: readonly LatencyPoint[]
  readonly faster: readonly LatencyPoint[]
  readonly slower: readonly LatencyPoint[]
}

/** A logarithmic axis has no zero. Shorter durations are drawn as this. ms */
export const LEAST_MS = 0.05
/** At each end of an axis at most this share of the points, but at least one, is odd. */
const ODD_SHARE = 0.05
/** Fewer points have no odd one. */
const LEAST_POINTS = 3
/** Odd times are this many times farther away than the others are from each other, and at least this long. */
const FAR_TIMES = 10
const FAR_MS = 6 * 3_600_000
/** So many decades of durations are readable; among more, odd durations are a decade away from the others. */
const READABLE_DECADES = 5
/** The part of the axis that is free on either side. */
const MARGIN = 0.02
/** The whole axis for requests that began at one time. ms */
const LEAST_TIME_MS = 60_000

/** The axes for these points; unless `isWhole` without the odd values that would squeeze all others. */
export function frameOf(points: readonly LatencyPoint[], isWhole: boolean): Frame {
  const starts = points.map(([startMs]) => startMs).toSorted((a, b) => a - b)
  const decades = points.map(([, ms]) => Math.log10(Math.max(ms, LEAST_MS))).toSorted((a, b) => a - b)
  const isFarTime: IsFar = (gap, span) => !isWhole && gap > Math.max(FAR_TIMES * span, FAR_MS)
  const isFarDuration: IsFar = (gap, _, whole) => !isWhole && whole > READABLE_DECADES && gap > 1
  const [fromMs, toMs] = withoutOdd(starts, isFarTime)
  const [low, high] = withoutOdd(decades, isFarDuration)
  const margin = toMs > fromMs ? (toMs - fromMs) * MARGIN : LEAST_TIME_MS / 2
  return { fromMs: fromMs - margin, toMs: toMs + margin, ...ticksAround(10 ** low, 10 ** high) }
}

export function outsideOf(points: readonly LatencyPoint[], frame: Frame): Outside {
  return {
    earlier: points.filter(([startMs]) => startMs < frame.fromMs),
    later: points.filter(([startMs]) => startMs > frame.toMs),
    faster: points.filter(([, ms]) => Math.max(ms, LEAST_MS) < frame.lowMs),
    slower: points.filter(([, ms]) => ms > frame.highMs),
  }
}

/** A gap between neighbours, the span of the values that cannot be odd, and the span of all that are left. */
type IsFar = (gap: number, span: number, whole: number) => boolean

/** The first and the last of sorted values that are not far from the others. The widest gaps go first. */
function withoutOdd(sorted: readonly number[], isFar: IsFar): readonly [number, number] {
  const count = sorted.length
  const most = count < LEAST_POINTS ? 0 : Math.max(1, Math.floor(count * ODD_SHARE))
  const at = (index: number) => sorted[index] ?? 0
  const gaps = Array.from({ length: most }, (_, odd) => [
    { gap: at(odd + 1) - at(odd), first: odd + 1, last: count - 1 },
    { gap: at(count - 1 - odd) - at(count - 2 - odd), first: 0, last: count - 2 - odd },
  ]).flat()
  const span = at(count - 1 - most) - at(most)
  let [first, last] = [0, count - 1]
  for (const cut of gaps.toSorted((a, b) => b.gap - a.gap)) {
    if (!isFar(cut.gap, span, at(last) - at(first))) continue
    first = Math.max(first, cut.first)
    last = Math.min(last, cut.last)
  }
  return [at(first), at(last)]
}

function ticksAround(low: number, high: number) {
  return {
    lowMs: DURATION_TICKS.findLast((tick) => tick < low) ?? low / 2,
    highMs: DURATION_TICKS.find((tick) => tick > high) ?? high * 2,
  }
}
