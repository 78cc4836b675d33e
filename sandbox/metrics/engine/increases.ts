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
  let before: { readonly timeMs: number; readonly whole: Amount } | undefined
  for (const point of points) {
    const { startMs, timeMs } = point
    if (point.isMissing) {
      before = undefined
      continue
    }
    const whole = reader.whole(point)
    if (whole === undefined) continue
    if (temporality === 'delta') {
      const fromMs = startMs > 0 ? startMs : (before?.timeMs ?? timeMs)
      increases.push({ fromMs: Math.min(fromMs, timeMs), toMs: timeMs, amount: whole })
    } else if (before) {
      const grown = startMs < before.timeMs ? reader.difference(whole, before.whole) : undefined
      if (grown === undefined) resetsMs.push(timeMs)
      const fromMs = grown === undefined ? Math.max(before.timeMs, startMs) : before.timeMs
      increases.push({ fromMs: Math.min(fromMs, timeMs), toMs: timeMs, amount: grown ?? whole })
    } else if (startMs > 0) {
      increases.push({ fromMs: Math.min(startMs, timeMs), toMs: timeMs, amount: whole })
    } else hasUnknownStart = true
    before = { timeMs, whole }
  }
  return { increases, resetsMs, hasUnknownStart }
}
