/** Bits per pass: four passes over 64-bit keys. */
const DIGIT_BITS = 16
const DIGITS = 1 << DIGIT_BITS
/** Below it, comparing is quicker than counting all digits. */
const MIN_RADIX = 20_000

/**
 * The indexes of the numbers in ascending order; equal ones stay in their order. NaN is left out. A radix sort, because
 * sorting a million indexes with a comparing function takes ten times as long.
 */
export function sortedIndexes(numbers: Float64Array): Uint32Array {
  let indexes = new Uint32Array(numbers.length)
  let count = 0
  for (let index = 0; index < numbers.length; index++) {
    if (!Number.isNaN(numbers[index])) indexes[count++] = index
  }
  indexes = indexes.slice(0, count)
  if (count < MIN_RADIX) {
    return indexes.sort((a, b) => (numbers[a] as number) - (numbers[b] as number) || a - b)
  }
  const { low, high } = keysOf(numbers)
  let spare = new Uint32Array(count)
  const counts = new Uint32Array(DIGITS)
  for (const words of [low, high]) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      counts.fill(0)
      for (let at = 0; at < count; at++) {
        const digit = ((words[indexes[at] as number] as number) >>> shift) & (DIGITS - 1)
        counts[digit] = (counts[digit] as number) + 1
      }
      // A digit that all keys share needs no pass, as the low ones of whole numbers.
      if (counts.includes(count)) continue
      let total = 0
      for (let digit = 0; digit < DIGITS; digit++) {
        const own = counts[digit] as number
        counts[digit] = total
        total += own
      }
      for (let at = 0; at < count; at++) {
        const index = indexes[at] as number
        const digit = ((words[index] as number) >>> shift) & (DIGITS - 1)
        const place = counts[digit] as number
        spare[place] = index
        counts[digit] = place + 1
      }
      ;[indexes, spare] = [spare, indexes]
    }
  }
  return indexes
}

/** The bits of each number, changed so that they sort as unsigned integers: negative ones inverted, the sign of others set. */
function keysOf(numbers: Float64Array): { low: Uint32Array; high: Uint32Array } {
  const copy = Float64Array.from(numbers, (number) => number + 0) // -0 becomes 0
  const words = new Uint32Array(copy.buffer)
  const low = new Uint32Array(numbers.length)
  const high = new Uint32Array(numbers.length)
  for (let index = 0; index < numbers.length; index++) {
    const top = words[2 * index + 1] as number
    const isNegative = top >>> 31 === 1
    high[index] = isNegative ? ~top : top | 0x8000_0000
    low[index] = isNegative ? ~(words[2 * index] as number) : (words[2 * index] as number)
  }
  return { low, high }
}
