import { plural } from '../../analysis/format.ts'
import { formatOfColumn } from '../../analysis/questions/values.ts'
import type { Heatmap } from '../../contracts/sandbox/query.ts'
import { clipped, type Line, padded } from '../command-line/styled-lines.ts'
import { joinedSteps, timeAxis } from './chart-lines.ts'

const SHADES = ['░', '▒', '▓', '█'] as const
const MOST_ROWS = 12

/** Events by time and value, the highest values at the top. The darkest shade is the fullest cell. */
export function heatmapLines(heatmap: Heatmap, width: number): Line[] {
  const { name, column, timesMs, edges, scale } = heatmap
  const format = formatOfColumn(column)
  const rows = edges.length - 1
  const joinedRows = joinedSteps(rows, MOST_ROWS)
  const shownRows = Math.ceil(rows / joinedRows)
  const labels = Array.from({ length: shownRows + 1 }, (_, row) =>
    format(edges[Math.min(rows, row * joinedRows)] ?? 0),
  )
  const label = Math.max(...labels.map((text) => text.length))
  const joined = joinedSteps(timesMs.length, width - label - 2)
  const columns = Math.ceil(timesMs.length / joined)
  const cells = summedCells(heatmap, { rows: shownRows, columns, joinedRows, joined })
  const most = Math.max(0, ...cells)
  const lines = Array.from({ length: shownRows }, (_, index): Line => {
    const row = shownRows - 1 - index
    const shades = Array.from({ length: columns }, (_, at) =>
      shadeOf(cells[at * shownRows + row] ?? 0, most),
    ).join('')
    return [padded(labels[row] ?? '', label, 'right'), '  ', { text: shades, style: 'cyan' }]
  })
  const title = `${name}, up to ${labels.at(-1)}, ${scale}; ${SHADES.join('')} up to ${plural(Math.round(most), 'event')}`
  const starts = timesMs.map((ms) => ms / 1_000)
  return [
    [{ text: clipped(title, width), style: 'bold' }],
    ...lines,
    [{ text: `${' '.repeat(label + 2)}${timeAxis(starts, columns)}`, style: 'dim' }],
  ]
}

interface Cells {
  readonly rows: number
  readonly columns: number
  /** How many rows and columns of the answer are one cell. */
  readonly joinedRows: number
  readonly joined: number
}

/** By column, and in each by row from the lowest. */
function summedCells(
  { timesMs, edges, counts }: Heatmap,
  { rows, columns, joinedRows, joined }: Cells,
): number[] {
  const height = edges.length - 1
  const cells = new Array<number>(rows * columns).fill(0)
  for (let time = 0; time < timesMs.length; time++)
    for (let row = 0; row < height; row++) {
      const place = Math.floor(time / joined) * rows + Math.floor(row / joinedRows)
      cells[place] = (cells[place] ?? 0) + (counts[time * height + row] ?? 0)
    }
  return cells
}

/** By the square root of the count, so that few events among many stay visible. */
function shadeOf(events: number, most: number): string {
  if (events <= 0) return ' '
  const share = Math.sqrt(events / most)
  return SHADES[Math.min(SHADES.length - 1, Math.floor(share * SHADES.length))] ?? ''
}
