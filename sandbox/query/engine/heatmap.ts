import type { Heatmap } from '../../../contracts/sandbox/query.ts'
import type { Buckets, SelectedEvents } from './selected-events.ts'
import type { NamedCalculation } from './specification.ts'

const VALUE_CELLS = 40
/** From this ratio of the largest value to the smallest positive one on, the scale is logarithmic. */
const LOGARITHMIC_RATIO = 100

/** The weighted number of events in each cell of time and value. */
export function heatmapOf(
  selected: SelectedEvents,
  calculation: NamedCalculation,
  buckets: Buckets,
): Heatmap {
  const numbers = selected.numbers(calculation)
  const { scale, edges } = edgesOf(numbers)
  const rows = Math.max(0, edges.length - 1)
  const counts = new Float64Array(buckets.count * rows)
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] as number
    if (Number.isNaN(number)) continue
    const cell = (buckets.ids[index] as number) * rows + cellOf(number, edges)
    counts[cell] = (counts[cell] as number) + (selected.weights[index] as number)
  }
  return {
    name: calculation.name,
    column: calculation.column ?? '',
    scale,
    timesMs: Array.from({ length: buckets.count }, (_, bucket) => buckets.firstMs + bucket * buckets.widthMs),
    edges: [...edges],
    counts: [...counts],
  }
}

/** The row of cells that a value belongs to; the last one holds its upper edge. */
function cellOf(number: number, edges: Float64Array): number {
  let low = 0
  let high = edges.length - 2
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((edges[middle] as number) <= number) low = middle
    else high = middle - 1
  }
  return low
}

/** Edges between the smallest and the largest number, which are in the first and the last cell; none without numbers. */
export function edgesOf(
  numbers: Float64Array,
  cells = VALUE_CELLS,
): { scale: Heatmap['scale']; edges: Float64Array } {
  let least = Number.POSITIVE_INFINITY
  let most = Number.NEGATIVE_INFINITY
  let leastPositive = Number.POSITIVE_INFINITY
  for (let index = 0; index < numbers.length; index++) {
    const number = numbers[index] as number
    if (number < least) least = number
    if (number > most) most = number
    if (number > 0 && number < leastPositive) leastPositive = number
  }
  if (least > most) return { scale: 'linear', edges: new Float64Array(0) }
  const canBeLogarithmic = least >= 0 && leastPositive < Number.POSITIVE_INFINITY && leastPositive < most
  const isLogarithmic = canBeLogarithmic && most / leastPositive > LOGARITHMIC_RATIO
  if (!isLogarithmic) {
    const span = most - least
    const step = (span > 0 && Number.isFinite(span) ? span : Math.max(1, Math.abs(most) / 1_000)) / cells
    return {
      scale: 'linear',
      edges: edgesBetween(least, span > 0 ? most : least + cells * step, cells, (at) => least + at * step),
    }
  }
  const low = Math.log(leastPositive)
  const step = (Math.log(most) - low) / cells
  const edges = edgesBetween(leastPositive, most, cells, (at) => Math.exp(low + at * step))
  // Zeros are in the lowest cell.
  if (least === 0) edges[0] = 0
  return { scale: 'logarithmic', edges }
}

/** Exact at both ends, where rounding would put a value outside. */
function edgesBetween(
  first: number,
  last: number,
  cells: number,
  at: (index: number) => number,
): Float64Array {
  const edges = Float64Array.from({ length: cells + 1 }, (_, index) => at(index))
  edges[0] = first
  edges[cells] = last
  return edges
}
