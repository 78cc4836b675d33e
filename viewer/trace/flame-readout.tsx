import { duration, percent, plural } from '../../analysis/format.ts'
import type { Stretch } from '../../analysis/trace/critical-path.ts'
import type { PlacedRow } from '../../analysis/trace/rows.ts'
import type { Frame } from './flame-layout.ts'

interface Facts {
  readonly critical: ReadonlyMap<string, readonly Stretch[]> | undefined
  readonly labelOf: (row: PlacedRow) => string
}

/** A frame in words, for screen readers. */
export function frameText({ row, children }: Frame, { critical, labelOf }: Facts): string {
  return [
    labelOf(row).slice(0, 200) || '(no name)',
    row.service,
    tookText(row),
    ...(row.isError ? ['error'] : []),
    ...(row.isOrphan ? ['its parent is not here'] : []),
    ...(critical?.has(row.id) ? ['on the critical path'] : []),
    plural(children.length, 'child', 'children'),
  ].join(', ')
}

function tookText({ isInProgress, startMs, endMs }: PlacedRow): string {
  return isInProgress ? 'in progress' : duration(endMs - startMs)
}

/** How to read and use a flame graph, once for both lenses. */
export function FlameHelp() {
  return (
    <p class="soft small">
      Width is time. Point at a frame to read it, click to select it. Arrow keys move, Enter or a double click
      zooms in, Escape goes back.
    </p>
  )
}

/** What the pointer or the keys have reached. */
export function FlameReadout({ frame, ...props }: Facts & { readonly frame: Frame | undefined }) {
  if (!frame) return <p class="soft small">No frame is selected.</p>
  const { row, children } = frame
  const critical = props.critical?.get(row.id)
  const criticalMs = critical?.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) ?? 0
  const rootMs = rootDuration(frame)
  return (
    <div class="flame-readout">
      <b>{props.labelOf(row).slice(0, 200) || '(no name)'}</b>
      <p class="soft small">
        {row.service.slice(0, 80)}
        {row.note && ` · ${row.note.slice(0, 60)}`}
      </p>
      <p class="small">
        {tookText(row)}
        {frame.parent && rootMs > 0 && ` (${percent((row.endMs - row.startMs) / rootMs)} of its root)`}, from{' '}
        {duration(row.startMs)}
        {children.length > 0 && `, ${plural(children.length, 'child', 'children')}`}
      </p>
      {criticalMs > 0 && <p class="small">Critical path: {duration(criticalMs)} here</p>}
      {row.isError && <p class="small bad">✕ error</p>}
      {row.isOrphan && <p class="small">Its parent is not here</p>}
    </div>
  )
}

/** Milliseconds. */
function rootDuration(frame: Frame): number {
  let root = frame
  while (root.parent) root = root.parent
  return root.row.endMs - root.row.startMs
}
