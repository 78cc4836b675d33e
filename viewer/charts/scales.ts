import type { Heatmap } from '../../contracts/sandbox/query.ts'

type Edges = Pick<Heatmap, 'edges' | 'scale'>

/**
 * The place of a value on the heatmap's axis: 0 at the lowest edge, 1 at the highest. Rows of cells have the same height,
 * also where a logarithmic axis begins at 0.
 */
export function placeOfValue({ edges, scale }: Edges, value: number): number {
  const rows = edges.length - 1
  const row = rowOfValue(edges, value)
  if (row < 0) return 0
  if (row >= rows) return 1
  const [low, high] = [edges[row] ?? 0, edges[row + 1] ?? 0]
  const part =
    scale === 'logarithmic' && low > 0
      ? Math.log(value / low) / Math.log(high / low)
      : (value - low) / (high - low)
  return (row + part) / rows
}

/** The row of cells with a value: -1 below the lowest edge, the number of rows above the highest. */
export function rowOfValue(edges: readonly number[], value: number): number {
  const rows = edges.length - 1
  if (value === edges[rows]) return rows - 1
  let [low, high] = [0, edges.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((edges[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

/**
 * Values for the labels of an axis, ascending: round ones, or the edges of rows that are not equally wide on the scale, as of
 * a histogram's own buckets. Round values of these would lie on each other in the wide rows, and leave the others without.
 */
export function valueTicks({ edges, scale }: Edges, wanted: number): number[] {
  if (hasUnevenRows({ edges, scale })) {
    const every = Math.max(1, Math.ceil((edges.length - 1) / Math.max(1, wanted)))
    return edges.filter((_, index) => index % every === 0)
  }
  const [low, high] = [edges[0] ?? 0, edges.at(-1) ?? 1]
  if (scale === 'linear' || high / Math.max(low, Number.MIN_VALUE) < 10) return roundSteps(low, high, wanted)
  const start = low > 0 ? low : (edges[1] ?? high / 1_000)
  const [first, last] = [Math.floor(Math.log10(start)), Math.ceil(Math.log10(high))]
  const decades = last - first
  const factors = decades * 3 <= wanted * 1.5 ? [1, 2, 5] : [1]
  const every = Math.max(1, Math.ceil(decades / wanted))
  const found: number[] = []
  for (let power = first; power <= last; power += every) {
    for (const factor of factors) found.push(Number(`${factor}e${power}`))
  }
  return found.filter((value) => value >= start && value <= high)
}

/** A row that begins at 0 is no part of a logarithmic scale. */
function hasUnevenRows({ edges, scale }: Edges): boolean {
  const placed = scale === 'linear' ? edges : edges.filter((edge) => edge > 0).map(Math.log)
  const heights = placed.slice(1).map((edge, row) => edge - (placed[row] ?? edge))
  return Math.max(...heights) > Math.min(...heights) * 1.01 + Number.EPSILON
}

function roundSteps(low: number, high: number, wanted: number): number[] {
  const rough = (high - low) / Math.max(1, wanted)
  if (!(rough > 0)) return [low]
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999) ?? rough
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) =>
    Number(((first + index) * step).toPrecision(12)),
  )
}
