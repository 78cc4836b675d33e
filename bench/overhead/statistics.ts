/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? Number.NaN
  return (lower + upper) / 2
}

export interface Interval {
  readonly low: number
  readonly high: number
  /** The probability that the interval contains the median, 0 to 1: at least 0.95. */
  readonly confidence: number
}

/** With fewer values no interval between two of them has 95 %. */
export const FEWEST_VALUES = 6

/**
 * The interval of the median of the population that the values are a sample of: between two of the values, with the
 * same number of values outside it at each end. Exact, and without an assumption about the distribution: a value is above
 * the median with probability ½, so that the number of values above it is binomial (the sign test). For 10 values it
 * is from the second to the ninth, with 97.9 %. Throws for fewer than six values.
 *
 * Source: https://online.stat.psu.edu/stat415/lesson/19/19.1
 */
export function medianInterval(values: readonly number[]): Interval {
  const sorted = values.toSorted((a, b) => a - b)
  const count = sorted.length
  // How many values can be left outside at each end while the probability of a median out there stays below 2.5 %.
  let outside = 0
  let tail = 0.5 ** count
  for (let term = tail; ; outside++) {
    term *= (count - outside) / (outside + 1)
    if (tail + term > 0.025) break
    tail += term
  }
  const [low, high] = [sorted[outside], sorted[count - 1 - outside]]
  if (tail > 0.025 || low === undefined || high === undefined)
    throw new RangeError(`${count} values are too few: an interval with 95 % needs ${FEWEST_VALUES}`)
  return { low, high, confidence: 1 - 2 * tail }
}

/** By how much each value of `here` is above its partner in `there`, in %. */
export function differences(here: readonly number[], there: readonly number[]): number[] {
  return here.map((value, pair) => (value / (there[pair] ?? Number.NaN) - 1) * 100)
}
