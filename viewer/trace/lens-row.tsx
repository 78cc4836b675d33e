import { duration, plural } from '../../analysis/format.ts'
import { percentOf, type Range } from '../../analysis/trace/axis.ts'
import { type Stretch, united } from '../../analysis/trace/critical-path.ts'
import type { FindMisfit } from '../../analysis/trace/parent-fit.ts'
import { isSelected, type PlacedRow, type Selection } from '../../analysis/trace/rows.ts'
import { isOpen } from '../../analysis/trace/runs.ts'
import { LENS_NAMES, type Lens } from '../../contracts/trace-links.ts'
import type { TreeLens } from './use-lens-trees.ts'

const MAX_INDENT = 18
/** The part of a name that stays visible where the row is narrow. Characters */
const LEAST_NAME = 12
/** The end of a detail that is cut last, and from which length on. Characters */
const TAIL = 16
const LEAST_SPLIT = 24
/** More bars and marks in one row would not be told apart. */
const MAX_PIECES = 200

const OTHER = { honeycomb: 'xray', xray: 'honeycomb' } as const

/** What the rows of a lens share. */
export interface LensView {
  readonly lens: TreeLens
  readonly range: Range
  readonly selection: Selection
  readonly matches: ((row: PlacedRow) => boolean) | undefined
  /** Keys of rows that are not open or closed as usual: see `isOpen`. */
  readonly toggled: ReadonlySet<string>
  readonly onToggle: (row: PlacedRow) => void
  readonly onSelect: (row: PlacedRow) => void
  /** The other lens’s spans or segments, by id. */
  readonly others: ReadonlyMap<string, unknown>
  /** Ids of rows that the other lens cannot have: another library measured the service for it. */
  readonly apart: ReadonlySet<string>
  /** The CSS colour of a service. */
  readonly colourOf: (service: string) => string
  /** Undefined where it is not shown. */
  readonly critical: ReadonlyMap<string, readonly Stretch[]> | undefined
  readonly misfitOf: FindMisfit
}

interface Props {
  readonly row: PlacedRow
  readonly index: number
  readonly view: LensView
}

export function rowElementId(lens: Lens, row: PlacedRow): string {
  return `${lens}-${row.key}`
}

export function LensRow({ row, index, view }: Props) {
  const { lens, range, matches, onSelect, onToggle } = view
  const isRowSelected = isSelected(view.selection, row)
  const isRowOpen = isOpen(row, view.toggled)
  const colour = view.colourOf(row.service)
  const classes = [
    'wf',
    `wf-${row.kind}`,
    isRowSelected ? 'selected' : '',
    row.isError ? 'failed' : '',
    matches && !matches(row) ? 'faded' : '',
  ].join(' ')
  return (
    <div
      id={rowElementId(lens, row)}
      role="row"
      class={classes}
      aria-level={row.depth + 1}
      aria-rowindex={index + 1}
      aria-selected={isRowSelected}
      aria-expanded={row.hasChildren ? isRowOpen : undefined}
      onClick={() => {
        onSelect(row)
        // A closed run has nothing else to show.
        if (row.run && !isRowOpen) onToggle(row)
      }}
    >
      <span role="gridcell" class="wf-name" title={titleOf(row)}>
        <i class="indent" style={{ width: `${Math.min(row.depth, MAX_INDENT) * 14}px` }} />
        {row.hasChildren ? (
          <button
            type="button"
            class="fold"
            tabIndex={-1}
            aria-label={isRowOpen ? 'Fold' : 'Unfold'}
            onClick={(event) => {
              event.stopPropagation()
              onToggle(row)
            }}
          >
            {isRowOpen ? '▾' : '▸'}
          </button>
        ) : (
          <i class="fold" aria-hidden="true" />
        )}
        <i class="dot" style={{ background: colour }} aria-hidden="true" />
        <b class="cut" style={{ '--least': `${Math.min(row.label.length, LEAST_NAME)}ch` }}>
          {row.label.slice(0, 200) || '(no name)'}
        </b>
        {!row.run && row.detail?.text && <DetailText text={row.detail.text} />}
        <small class="cut">{noteOf(row)}</small>
        <Tags row={row} view={view} />
      </span>
      <span role="gridcell" class="wf-time">
        {row.kind === 'log' ? (
          <i class="wf-log-dot" style={{ left: `${clamp(percentOf(range, row.startMs))}%` }} />
        ) : (
          <Bars row={row} isOpen={isRowOpen} view={view} colour={colour} />
        )}
      </span>
      <span role="gridcell" class="wf-took">
        {tookOf(row)}
      </span>
    </div>
  )
}

function titleOf({ label, detail, run, note }: PlacedRow): string {
  return [label.slice(0, 1_000), ...(run ? [] : [detail?.text, detail?.route]), note]
    .filter(Boolean)
    .join('\n')
}

/** The least telling part, for which there is room where a row says no more. */
function noteOf({ detail, note, run }: PlacedRow): string {
  return (detail?.text && !run ? detail.route : note).slice(0, 60)
}

/** The text, cut at its end; a long one in its middle first. */
function DetailText({ text }: { readonly text: string }) {
  const at = text.length > LEAST_SPLIT ? text.length - TAIL : text.length
  return (
    <span class="wf-detail">
      <span>{text.slice(0, at)}</span>
      {at < text.length && <span>{text.slice(at)}</span>}
    </span>
  )
}

function Tags({ row, view }: Omit<Props, 'index'>) {
  if (row.kind === 'log') return null
  const { run, detail } = row
  const isOnlyHere = !run && view.others.size > 0 && !view.others.has(row.id) && !view.apart.has(row.id)
  const misfit = view.misfitOf(row.id)
  return (
    <>
      {!run && detail?.status && (
        <span class={`status small s${String(detail.status)[0]}`}>{detail.status}</span>
      )}
      {run && run.errors > 0 && <em class="tag bad">{plural(run.errors, 'error')}</em>}
      {row.isError && <em class="tag bad">error</em>}
      {row.isOrphan && (
        <em class="tag">
          {view.others.has(row.parentId) ? `parent at ${LENS_NAMES[OTHER[view.lens]]}` : 'no parent here'}
        </em>
      )}
      {misfit && (
        <em class="tag only" title={misfit.why}>
          {misfit.short}
        </em>
      )}
      {isOnlyHere && <em class="tag only">only here</em>}
    </>
  )
}

function tookOf(row: PlacedRow) {
  if (row.kind === 'log') return <span class="sr">log record</span>
  if (row.run)
    return (
      <>
        <span>total {duration(row.run.totalMs)}</span>
        <span>max {duration(row.run.maxMs)}</span>
      </>
    )
  return row.isInProgress ? 'in progress' : duration(row.endMs - row.startMs)
}

interface BarsProps {
  readonly row: PlacedRow
  readonly isOpen: boolean
  readonly view: LensView
  readonly colour: string
}

/** When the record, or a run's members, took place, and when the request waited for it. */
function Bars({ row, isOpen, view, colour }: BarsProps) {
  const { range, critical } = view
  const leastGapMs = (range.toMs - range.fromMs) / MAX_PIECES
  const members = row.run?.members
  const bars = members
    ? united(
        members.map(({ startMs: fromMs, endMs: toMs }) => ({ fromMs, toMs })),
        leastGapMs,
      )
    : [{ fromMs: row.startMs, toMs: row.endMs }]
  // An open run's members show it themselves.
  const waited = members
    ? isOpen || !critical
      ? []
      : united(
          members.flatMap(({ id }) => critical.get(id) ?? []),
          leastGapMs,
        )
    : (critical?.get(row.id) ?? [])
  return (
    <>
      {bars.map((bar) => (
        <i
          key={`bar${bar.fromMs}`}
          class={`wf-bar ${row.isInProgress ? 'open' : ''}`}
          style={{ ...placeOf(range, bar, '2px'), background: colour }}
        />
      ))}
      {waited.map((stretch) => (
        <i key={stretch.fromMs} class="wf-critical" style={placeOf(range, stretch, '0px')} />
      ))}
      {row.marks.slice(0, 20).map(({ atMs, name }) => (
        <i
          key={`${atMs}${name}`}
          class="wf-mark"
          title={name.slice(0, 200)}
          style={{ left: `${clamp(percentOf(range, atMs))}%` }}
        />
      ))}
    </>
  )
}

function placeOf(range: Range, { fromMs, toMs }: Range, least: string): { left: string; width: string } {
  const from = clamp(percentOf(range, fromMs))
  return { left: `${from}%`, width: `max(${least}, ${clamp(percentOf(range, toMs)) - from}%)` }
}

function clamp(percent: number): number {
  return Math.max(-1, Math.min(101, percent))
}
