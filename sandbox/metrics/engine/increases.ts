import type { Point } from '../time-series.ts'

/** How much a counter or a histogram grew over an interval of time. Epoch milliseconds. */
export interface Increase<Amount> {
  readonly fromMs: number
  readonly toMs: number
  readonly amount: Amount
}

export interface Increases<Amount> {
  readonly increases: readonly Increase<Amount>[]
  /** Times at which a cumulative value began again. Epoch milliseconds. */
  readonly resetsMs: readonly number[]
  /** Whether the increase before some point is unknown, because the point had no start. */
  readonly hasUnknownStart: boolean
}

/** How to read amounts out of one kind of points. */
export interface AmountReader<OnePoint extends Point, Amount> {
  /** Undefined for a point that has to be left out, because it is not a number. */
  whole(point: OnePoint): Amount | undefined
  /** The growth from an amount to a later one; undefined if it got smaller, which is a reset. */
  difference(later: Amount, earlier: Amount): Amount | undefined
}

/**
 * The growth of a series, by the table in docs/metrics.md.
 * Source: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#resets-and-gaps
 */
export function increasesOf<OnePoint extends Point, Amount>(
  points: readonly OnePoint[],
  temporality: 'delta' | 'cumulative',
  reader: AmountReader<OnePoint, Amount>,
): Increases<Amount> {
  const increases: Increase<Amount>[] = []
  const resetsMs: number[] = []
  let hasUnknownStart = false
  let before: { readonly startMs: number; readonly timeMs: number; readonly whole: Amount } | undefined
  let isAfterEnd = false
  for (const point of points) {
    const { timeMs } = point
    // OTLP writes an unknown start of a cumulative series as the time of its first point.
    const isStart = point.startMs > 0 && (point.startMs < timeMs || temporality === 'delta')
    const startMs = isStart ? point.startMs : 0
    if (point.isMissing) {
      isAfterEnd = true
      continue
    }
    const whole = reader.whole(point)
    if (whole === undefined) continue
    // The series ended, and this point does not say whether it goes on or began again.
    if (isAfterEnd && startMs <= 0) before = undefined
    isAfterEnd = false
    if (temporality === 'delta') {
      const fromMs = startMs > 0 ? startMs : (before?.timeMs ?? timeMs)
      increases.push({ fromMs: Math.min(fromMs, timeMs), toMs: timeMs, amount: whole })
    } else if (before) {
      const isStartNew = startMs >= before.timeMs && startMs !== before.startMs
      const grown = isStartNew ? undefined : reader.difference(whole, before.whole)
      if (grown === undefined) resetsMs.push(timeMs)
      const fromMs = grown === undefined ? Math.max(before.timeMs, startMs) : before.timeMs
      increases.push({ fromMs: Math.min(fromMs, timeMs), toMs: timeMs, amount: grown ?? whole })
    } else if (startMs > 0) {
      increases.push({ fromMs: Math.min(startMs, timeMs), toMs: timeMs, amount: whole })
    } else hasUnknownStart = true
    before = { startMs: point.startMs, timeMs, whole }
  }
  return { increases, resetsMs, hasUnknownStart }
}
