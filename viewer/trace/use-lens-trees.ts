import { useLayoutEffect, useMemo, useState } from 'preact/hooks'
import { lensTree } from '../../analysis/trace/lens-tree.ts'
import { idsOfMeasuredTwice } from '../../analysis/trace/only-in-one.ts'
import {
  isSelected,
  type PlacedRow,
  rowSearch,
  type Selection,
  segmentRows,
  spanRows,
} from '../../analysis/trace/rows.ts'
import { revealing, visibleRows } from '../../analysis/trace/runs.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { Lens } from '../../contracts/trace-links.ts'

/** The lenses whose records are a tree. */
export type TreeLens = Exclude<Lens, 'rollbar'>

interface Options {
  readonly withLogs: boolean
  readonly search: string
  readonly selection: Selection
}

/** The rows of both lenses. The selected row and those that a search finds are not left in closed runs or folded rows. */
export function useLensTrees(trace: TraceLenses, { withLogs, search, selection }: Options) {
  /** Keys, as `isOpen` reads them. */
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set())
  const honeycomb = useMemo(() => lensTree(spanRows(trace, withLogs)), [trace, withLogs])
  const xray = useMemo(() => lensTree(segmentRows(trace)), [trace])
  /** Ids that the other lens cannot have. */
  const apart = useMemo(() => idsOfMeasuredTwice(trace), [trace])
  const visible = {
    honeycomb: useMemo(() => visibleRows(honeycomb.all, toggled), [honeycomb, toggled]),
    xray: useMemo(() => visibleRows(xray.all, toggled), [xray, toggled]),
  }
  const searchRows = useMemo(() => rowSearch(trace), [trace])
  const matches = useMemo(() => searchRows(search), [searchRows, search])

  const reveal = (isWanted: (row: PlacedRow) => boolean) =>
    setToggled((before) => revealing(xray.all, revealing(honeycomb.all, before, isWanted), isWanted))
  useLayoutEffect(() => {
    if (selection.key) reveal((row) => isSelected(selection, row))
  }, [selection.key])
  useLayoutEffect(() => {
    if (matches) reveal(matches)
  }, [search])
  return { trees: { honeycomb, xray }, apart, visible, matches, toggled, setToggled }
}
