import type { ComponentChildren } from 'preact'
import type { Lens } from '../../contracts/trace-links.ts'
import { duration } from '../shell/format.ts'
import { LENS_NAMES, lensColour } from '../shell/providers.ts'
import { VirtualRows } from '../shell/virtual-rows.tsx'
import { percentOf, type Range } from './axis.ts'
import type { Stretch } from './critical-path.ts'
import { isSelected, type PlacedRow, type Selection, selectedIndex } from './rows.ts'

const ROW_HEIGHT = 26
const MAX_INDENT = 18

interface Props {
  readonly lens: Lens
  readonly about: string
  readonly rows: readonly PlacedRow[]
  readonly range: Range
  readonly selection: Selection
  readonly matches: ((row: PlacedRow) => boolean) | undefined
  readonly folded: ReadonlySet<string>
  readonly onFold: (id: string) => void
  readonly onSelect: (row: PlacedRow) => void
  /** Ids of the other lens’s rows; undefined if it has none. */
  readonly otherIds: ReadonlySet<string> | undefined
  /** The CSS colour of a service. */
  readonly colourOf: (service: string) => string
  readonly critical: ReadonlyMap<string, readonly Stretch[]> | undefined
  readonly link: string | undefined
  readonly empty: ComponentChildren
}

/** One provider's rows of the trace, on the axis of time that all lenses share. */
export function LensPanel(props: Props) {
  const { lens, about, rows, link, empty } = props
  const active = selectedIndex(rows, props.selection)
  return (
    <section id={lens} class="lens" style={lensColour(lens)} aria-labelledby={`${lens}-title`}>
      <header class="lens-head">
        <h2 id={`${lens}-title`}>{LENS_NAMES[lens]}</h2>
        <span class="soft">{about}</span>
        {link && (
          <a class="live-link" href={link} target="_blank" rel="noreferrer">
            Open in {LENS_NAMES[lens]} <span aria-hidden="true">↗</span>
          </a>
        )}
      </header>
      {rows.length === 0 ? (
        <div class="lens-empty">{empty}</div>
      ) : (
        <VirtualRows
          className="lens-rows"
          role="treegrid"
          label={`${LENS_NAMES[lens]}: ${about}`}
          count={rows.length}
          rowHeight={ROW_HEIGHT}
          active={active}
          activeId={active < 0 ? undefined : idOf(lens, rows[active])}
          render={(index) => {
            const row = rows[index]
            return row && <LensRow key={row.key} row={row} index={index} panel={props} />
          }}
        />
      )}
    </section>
  )
}

function idOf(lens: Lens, row: PlacedRow | undefined): string {
  return `${lens}-${row?.key ?? ''}`
}

interface RowProps {
  readonly row: PlacedRow
  readonly index: number
  readonly panel: Props
}

function LensRow({ row, index, panel }: RowProps) {
  const { lens, range, matches, folded, onFold, onSelect, critical } = panel
  const isRowSelected = isSelected(panel.selection, row)
  const isOnlyHere = row.kind !== 'log' && panel.otherIds !== undefined && !panel.otherIds.has(row.id)
  const colour = panel.colourOf(row.service)
  const classes = [
    'wf',
    `wf-${row.kind}`,
    isRowSelected ? 'selected' : '',
    row.isError ? 'failed' : '',
    matches && !matches(row) ? 'faded' : '',
  ].join(' ')
  const at = percentOf(range, row.startMs)
  const width = Math.max(0, percentOf(range, row.endMs) - at)
  const took = row.kind === 'log' ? '' : row.isInProgress ? 'in progress' : duration(row.endMs - row.startMs)
  return (
    <div
      id={idOf(lens, row)}
      role="row"
      class={classes}
      aria-level={row.depth + 1}
      aria-rowindex={index + 1}
      aria-selected={isRowSelected}
      aria-expanded={row.hasChildren ? !folded.has(row.id) : undefined}
      onClick={() => onSelect(row)}
    >
      <span role="gridcell" class="wf-name" title={row.label.slice(0, 1_000)}>
        <i class="indent" style={{ width: `${Math.min(row.depth, MAX_INDENT) * 14}px` }} />
        {row.hasChildren ? (
          <button
            type="button"
            class="fold"
            tabIndex={-1}
            aria-label={folded.has(row.id) ? 'Unfold' : 'Fold'}
            onClick={(event) => {
              event.stopPropagation()
              onFold(row.id)
            }}
          >
            {folded.has(row.id) ? '▸' : '▾'}
          </button>
        ) : (
          <i class="fold" aria-hidden="true" />
        )}
        <i class="dot" style={{ background: colour }} aria-hidden="true" />
        <b class="cut">{row.label.slice(0, 200) || '(no name)'}</b>
        {row.note && <small class="cut">{row.note.slice(0, 60)}</small>}
        {row.isError && row.kind !== 'log' && <em class="tag bad">error</em>}
        {row.isOrphan && <em class="tag">no parent here</em>}
        {isOnlyHere && <em class="tag only">only here</em>}
      </span>
      <span role="gridcell" class="wf-time">
        {row.kind === 'log' ? (
          <i class="wf-log-dot" style={{ left: `${clamp(at)}%` }} />
        ) : (
          <>
            <i
              class={`wf-bar ${row.isInProgress ? 'open' : ''}`}
              style={{
                left: `${clamp(at)}%`,
                width: `max(2px, ${clamp(at + width) - clamp(at)}%)`,
                background: colour,
              }}
            />
            {critical?.get(row.id)?.map(({ fromMs, toMs }) => {
              const from = clamp(percentOf(range, fromMs))
              return (
                <i
                  key={fromMs}
                  class="wf-critical"
                  style={{ left: `${from}%`, width: `${clamp(percentOf(range, toMs)) - from}%` }}
                />
              )
            })}
            {row.marks.slice(0, 20).map(({ atMs, name }) => (
              <i
                key={`${atMs}${name}`}
                class="wf-mark"
                title={name}
                style={{ left: `${clamp(percentOf(range, atMs))}%` }}
              />
            ))}
            <span {...tookPlace(at, width)}>{took}</span>
          </>
        )}
        {row.kind === 'log' && <span class="sr">log record</span>}
      </span>
    </div>
  )
}

function clamp(percent: number): number {
  return Math.max(-1, Math.min(101, percent))
}

/** After the bar, before it where there is no room, else inside it. */
function tookPlace(at: number, width: number): { class: string; style: Record<string, string> } {
  const from = clamp(at)
  const end = clamp(at + width)
  if (end < 86) return { class: 'wf-took', style: { left: `${Math.max(0, end)}%` } }
  if (from > 30) return { class: 'wf-took', style: { right: `${100 - from}%` } }
  return { class: 'wf-took within', style: { right: `${Math.max(0, 100 - end)}%` } }
}
