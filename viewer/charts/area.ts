import type { Range } from '../../analysis/questions/lines.ts'
import type { Heatmap } from '../../contracts/sandbox/query.ts'
import { rowOfValue } from './scales.ts'

/** A selected part of a heatmap, by its values: it stays the same when a new answer has other cells. */
export interface Area {
  readonly column: string
  /** Unix s; the end is not included. */
  readonly start: number
  readonly end: number
  readonly min: number
  readonly max: number
  readonly hasMax: boolean
}

/** Cells from one corner to the other, both included, in any order. */
export interface Cells {
  readonly from: Cell
  readonly to: Cell
}
export interface Cell {
  /** By time, from 0. */
  readonly column: number
  /** By value, from 0 for the lowest. */
  readonly row: number
}

export function areaOfCells(heatmap: Heatmap, range: Range, { from, to }: Cells): Area {
  const [left, right] = [Math.min(from.column, to.column), Math.max(from.column, to.column)]
  const [bottom, top] = [Math.min(from.row, to.row), Math.max(from.row, to.row)]
  const rows = heatmap.edges.length - 1
  return {
    column: heatmap.column,
    // The first and the last bucket may reach beyond the range.
    start: Math.max(range.start, (heatmap.timesMs[left] ?? 0) / 1_000),
    end: Math.min(range.end, (heatmap.timesMs[right] ?? 0) / 1_000 + range.granularity),
    min: heatmap.edges[bottom] ?? 0,
    max: heatmap.edges[top + 1] ?? 0,
    hasMax: top === rows - 1,
  }
}

/** The cells that an area touches; undefined where it is outside the heatmap. */
export function cellsOfArea(heatmap: Heatmap, range: Range, area: Area): Cells | undefined {
  const first = (heatmap.timesMs[0] ?? 0) / 1_000
  const columnOf = (at: number) => Math.floor((at - first) / range.granularity)
  const [columns, rows] = [heatmap.timesMs.length, heatmap.edges.length - 1]
  const left = Math.max(0, columnOf(area.start))
  const right = Math.min(columns - 1, Math.ceil((area.end - first) / range.granularity) - 1)
  const bottom = Math.max(0, rowOfValue(heatmap.edges, area.min))
  const highest = rowOfValue(heatmap.edges, area.max)
  const isOnEdge = !area.hasMax && heatmap.edges[highest] === area.max
  const top = Math.min(rows - 1, isOnEdge ? highest - 1 : highest)
  if (left > right || bottom > top) return undefined
  return { from: { column: left, row: bottom }, to: { column: right, row: top } }
}

/** Weighted number of events in cells. */
export function eventsIn(heatmap: Heatmap, { from, to }: Cells): number {
  const rows = heatmap.edges.length - 1
  let events = 0
  for (let column = Math.min(from.column, to.column); column <= Math.max(from.column, to.column); column++) {
    for (let row = Math.min(from.row, to.row); row <= Math.max(from.row, to.row); row++) {
      events += heatmap.counts[column * rows + row] ?? 0
    }
  }
  return events
}
