import type { RefObject } from 'preact'
import type { Range } from '../../analysis/trace/axis.ts'
import type { LensTree } from '../../analysis/trace/lens-tree.ts'
import type { PlacedRow } from '../../analysis/trace/rows.ts'
import { isOpen } from '../../analysis/trace/runs.ts'
import { listKeys, useKeys } from '../shell/browser.ts'
import { navigate } from '../shell/router.ts'
import { toggleView } from './trace-tools.tsx'
import { wayBack } from './way-back.ts'

interface TraceKeys {
  /** The visible rows of the lens where the cursor is. */
  readonly rows: readonly PlacedRow[]
  /** The index of the selected row, else -1. */
  readonly active: number
  readonly tree: LensTree
  readonly toggled: ReadonlySet<string>
  readonly zoom: Range | undefined
  readonly search: string
  readonly hasSelection: boolean
  readonly searchBox: RefObject<HTMLInputElement | null>
  readonly onRow: (row: PlacedRow) => void
  readonly onToggle: (row: PlacedRow) => void
  readonly onOtherLens: () => void
  readonly onError: (by: 1 | -1) => void
  readonly onZoom: (range: Range | undefined) => void
  readonly onSearch: (text: string) => void
  readonly onCritical: () => void
  readonly onLogs: () => void
  readonly onDeselect: () => void
}

/** The trace page's keys. `viewer/shell/help.tsx` lists them. */
export function useTraceKeys(keys: TraceKeys): void {
  const { rows, active, tree, toggled } = keys
  const current = rows[active]
  useKeys({
    ...listKeys(rows.length, active, (index) => {
      const row = rows[index]
      if (row) keys.onRow(row)
    }),
    // Folds the row, or else the run that it is in.
    ArrowLeft: () => {
      if (current?.hasChildren && isOpen(current, toggled)) return keys.onToggle(current)
      const run = current && tree.runs.find((row) => row.run?.members.some(({ key }) => key === current.key))
      if (run && isOpen(run, toggled)) keys.onToggle(run)
    },
    // Unfolds, or else goes to the other lens.
    ArrowRight: () => {
      if (current?.hasChildren && !isOpen(current, toggled)) return keys.onToggle(current)
      keys.onOtherLens()
    },
    Enter: () => {
      if (current?.run) keys.onToggle(current)
      else document.querySelector<HTMLElement>('.details input')?.focus()
    },
    '/': () => keys.searchBox.current?.focus(),
    n: () => keys.onError(1),
    p: () => keys.onError(-1),
    f: toggleView,
    c: keys.onCritical,
    l: keys.onLogs,
    z: () => {
      if (keys.zoom || !current) return keys.onZoom(undefined)
      const margin = Math.max((current.endMs - current.startMs) * 0.1, 0.01)
      keys.onZoom({ fromMs: current.startMs - margin, toMs: current.endMs + margin })
    },
    Escape: () => {
      if (keys.search) keys.onSearch('')
      else if (keys.hasSelection) keys.onDeselect()
      else navigate(wayBack().href)
    },
  })
}
