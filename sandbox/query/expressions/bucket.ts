import type { Value } from './values.ts'

/** Digits of a bound in a bucket's name. 3 × 0.1 is 0.30000000000000004 in binary. */
const PRECISION = 12
const TOLERANCE = 1e-9
/** How many names are kept, so that most events need no new text. */
const MAX_NAMES = 1_000

/** Bounds in the unit of the number; `min` and `max` may be missing. */
interface BucketBounds {
  readonly size: number
  readonly min: number | undefined
  readonly max: number | undefined
}

/**
 * Returns a function for the name of a number's bucket, as `10 - 20`, `< 0` or `> 30`; null for anything but a number. A
 * number on the boundary of two buckets is in the lower one, and `min` is in the first.
 *
 * Source: https://docs.honeycomb.io/reference/calculated-field-formula/math/#bucket
 */
export function compileBucket({ size, min, max }: BucketBounds): (value: Value) => string | null {
  const names = new Map<number, string | null>()
  const below = `< ${min}`
  const above = `> ${max}`
  const origin = min ?? 0
  const nameOf = (index: number): string | null => {
    const low = origin + index * size
    const high = max === undefined ? low + size : Math.min(low + size, max)
    return Number.isFinite(high) && Number.isFinite(low) ? `${boundOf(low)} - ${boundOf(high)}` : null
  }
  return (value) => {
    if (typeof value !== 'number' || !Number.isFinite(value)) return null
    if (min !== undefined && value < min) return below
    if (max !== undefined && value > max) return above
    const index = value === min ? 0 : stepOf((value - origin) / size) - 1
    const known = names.get(index)
    if (known !== undefined) return known
    const name = nameOf(index)
    if (names.size < MAX_NAMES) names.set(index, name)
    return name
  }
}

/** The quotient rounded up. A quotient that differs from a whole number only by an error of floating point is that number. */
function stepOf(quotient: number): number {
  const whole = Math.round(quotient)
  return Math.abs(quotient - whole) <= TOLERANCE * Math.max(1, Math.abs(whole)) ? whole : Math.ceil(quotient)
}

function boundOf(bound: number): string {
  return String(Number(bound.toPrecision(PRECISION)) + 0)
}
