import { criticalPath, type Stretch } from './critical-path.ts'
import { type FindMisfit, misfitsIn } from './parent-fit.ts'
import { linkRows } from './row-links.ts'
import { isSelected, type PlacedRow, placeRows, type Row, type Selection } from './rows.ts'
import { withRuns } from './runs.ts'

/** The rows of one lens, and what is known about them. */
export interface LensTree {
  /** Spans or segments, by id. */
  readonly owners: ReadonlyMap<string, Row>
  /** Without runs. */
  readonly placed: readonly PlacedRow[]
  readonly all: readonly PlacedRow[]
  readonly critical: ReadonlyMap<string, readonly Stretch[]>
  readonly misfitOf: FindMisfit
  readonly runs: readonly PlacedRow[]
  /** Failed spans or segments, in the order of `all`. */
  readonly errors: readonly PlacedRow[]
}

export function lensTree(rows: readonly Row[]): LensTree {
  const links = linkRows(rows)
  const placed = placeRows(links)
  const all = withRuns(placed)
  return {
    owners: links.owners,
    placed,
    all,
    critical: criticalPath(links),
    misfitOf: misfitsIn(links),
    runs: all.filter(({ run }) => run),
    errors: all.filter(({ isError, kind }) => isError && kind !== 'log'),
  }
}

/** The index of the selected error, else -1. */
export function errorIndex({ errors }: LensTree, selection: Selection): number {
  return errors.findIndex((row) => isSelected(selection, row))
}

/** The error after (`by` 1) or before (-1) the selected row; from an end it goes on at the other. */
export function errorBeside(tree: LensTree, selection: Selection, by: 1 | -1): PlacedRow | undefined {
  const { all, errors } = tree
  const place = all.findIndex((row) => isSelected(selection, row))
  const places = new Map(all.map((row, index) => [row, index]))
  const isBeyond = (row: PlacedRow) => ((places.get(row) ?? 0) - place) * by > 0
  const [towards, first] = by === 1 ? [errors, errors[0]] : [errors.toReversed(), errors.at(-1)]
  return (place < 0 ? undefined : towards.find(isBeyond)) ?? first
}
