import type { SentMetric, SentPoint } from './sent-metrics.ts'

// How much a counter or a histogram grew, by the table in docs/metrics.md.

export interface Increase {
  /** Without length where both are equal. */
  readonly fromMs: number
  readonly toMs: number
  readonly count: number
  readonly sum: number | undefined
  readonly pieces: readonly Piece[]
}

/** `count` values between two edges. */
export interface Piece {
  readonly lo: number
  readonly hi: number
  readonly count: number
  readonly isLogarithmic: boolean
}

/** The table "How much it grew". */
export function increasesOf(
  metric: SentMetric,
  points: readonly SentPoint[],
): { increases: Increase[]; resets: number[] } {
  const increases: Increase[] = []
  const resets: number[] = []
  let before: SentPoint | undefined
  let isAfterEnd = false
  for (const point of points) {
    const { timeMs } = point
    if (point.isMissing) {
      isAfterEnd = true
      continue
    }
    if (point.value !== undefined && !Number.isFinite(point.value)) continue
    // A start that is not before the point is unknown, unless a delta began and ended at once.
    const isDelta = metric.temporality === 'delta'
    const hasStart = point.startMs > 0 && (isDelta ? point.startMs <= timeMs : point.startMs < timeMs)
    const start = hasStart ? point.startMs : undefined
    if (isAfterEnd && start === undefined) before = undefined
    isAfterEnd = false
    if (isDelta) {
      increases.push({ fromMs: start ?? before?.timeMs ?? timeMs, toMs: timeMs, ...amountOf(point) })
    } else if (before === undefined) {
      if (start !== undefined) increases.push({ fromMs: start, toMs: timeMs, ...amountOf(point) })
    } else {
      const difference =
        start !== undefined && start >= before.timeMs ? undefined : differenceOf(point, before)
      if (difference) increases.push({ fromMs: before.timeMs, toMs: timeMs, ...difference })
      else {
        resets.push(timeMs)
        increases.push({ fromMs: Math.max(before.timeMs, start ?? 0), toMs: timeMs, ...amountOf(point) })
      }
    }
    before = point
  }
  return { increases, resets }
}

type Amount = Pick<Increase, 'count' | 'sum' | 'pieces'>

function amountOf(point: SentPoint): Amount {
  const sum = point.sum !== undefined && Number.isFinite(point.sum) ? point.sum : undefined
  return { count: point.value ?? point.count ?? 0, sum, pieces: piecesOf(bucketsOf(point)) }
}

/** Undefined for a reset. */
function differenceOf(point: SentPoint, before: SentPoint): Amount | undefined {
  const [now, then] = [amountOf(point), amountOf(before)]
  const count = now.count - then.count
  const sum = now.sum === undefined || then.sum === undefined ? undefined : now.sum - then.sum
  if (count < 0) return undefined
  if (String(point.bounds) !== String(before.bounds)) return undefined
  const scale = Math.min(point.scale ?? 0, before.scale ?? 0)
  const threshold = Math.max(point.zeroThreshold ?? 0, before.zeroThreshold ?? 0)
  const earlier = bucketsOf(before, scale, threshold)
  const later = bucketsOf(point, scale, threshold)
  for (const [key, piece] of earlier) {
    const left = (later.get(key)?.count ?? 0) - piece.count
    if (left < 0) return undefined
    later.set(key, { ...piece, count: left })
  }
  return { count, sum, pieces: piecesOf(later) }
}

function piecesOf(buckets: ReadonlyMap<string, Piece>): Piece[] {
  return [...buckets.values()].filter(({ count }) => count > 0)
}

/** A point's buckets by a name that the same bucket has in other points; exponential ones at this scale and threshold. */
function bucketsOf(
  point: SentPoint,
  scale: number = point.scale ?? 0,
  threshold: number = point.zeroThreshold ?? 0,
): Map<string, Piece> {
  const pieces = new Map<string, Piece>()
  const add = (key: string, piece: Piece) => {
    pieces.set(key, { ...piece, count: piece.count + (pieces.get(key)?.count ?? 0) })
  }
  const { bounds = [], counts = [] } = point
  if (bounds.length > 0) {
    for (const [index, count] of counts.entries()) {
      const hi = bounds[index] ?? bounds.at(-1) ?? 0
      const lo = index === 0 ? Math.min(0, hi) : (bounds[index - 1] ?? 0)
      add(`explicit ${index}`, { lo, hi, count, isLogarithmic: false })
    }
  }
  if (point.scale === undefined) return pieces
  add('zero', { lo: -threshold, hi: threshold, count: point.zeroCount ?? 0, isLogarithmic: false })
  for (const [sign, run] of [
    ['positive', point.positive],
    ['negative', point.negative],
  ] as const) {
    for (const [place, count] of (run?.counts ?? []).entries()) {
      const index = Math.floor(((run?.offset ?? 0) + place) / 2 ** (point.scale - scale))
      const [lo, hi] = [2 ** (index * 2 ** -scale), 2 ** ((index + 1) * 2 ** -scale)]
      if (lo < threshold && threshold > (point.zeroThreshold ?? 0)) {
        add('zero', { lo: -threshold, hi: threshold, count, isLogarithmic: false })
      } else if (sign === 'positive') add(`positive ${index}`, { lo, hi, count, isLogarithmic: true })
      else add(`negative ${index}`, { lo: -hi, hi: -lo, count, isLogarithmic: true })
    }
  }
  return pieces
}

export function countUpTo(pieces: readonly Piece[], value: number, isInclusive: boolean): number {
  return pieces.reduce((sum, { lo, hi, count, isLogarithmic }) => {
    if (lo === hi) return sum + (lo < value || (isInclusive && lo === value) ? count : 0)
    if (value <= lo) return sum
    if (value >= hi) return sum + count
    return sum + count * (isLogarithmic ? Math.log(value / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo))
  }, 0)
}
