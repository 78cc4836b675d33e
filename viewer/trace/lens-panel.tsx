import type { ComponentChildren } from 'preact'
import { type PlacedRow, selectedIndex } from '../../analysis/trace/rows.ts'
import { LENS_NAMES } from '../../contracts/trace-links.ts'
import { useMedia } from '../shell/browser.ts'
import { lensColour } from '../shell/providers.ts'
import { VirtualRows } from '../shell/virtual-rows.tsx'
import { LensRow, type LensView, rowElementId } from './lens-row.tsx'

/** `--row` in style/waterfall.css. px */
const ROW_HEIGHT = 26
const NARROW_ROW_HEIGHT = 44

interface Props {
  readonly view: LensView
  readonly about: string
  /** Those that are visible. */
  readonly rows: readonly PlacedRow[]
  readonly link: string | undefined
  readonly empty: ComponentChildren
  /** Instead of the rows. */
  readonly children?: ComponentChildren
}

/** One provider's rows of the trace, on the axis of time that all lenses share. */
export function LensPanel({ view, about, rows, link, empty, children }: Props) {
  const { lens } = view
  const active = selectedIndex(rows, view.selection)
  const activeRow = rows[active]
  const isNarrow = useMedia('(max-width: 45rem)')
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
        children || (
          <VirtualRows
            className="lens-rows"
            role="treegrid"
            label={`${LENS_NAMES[lens]}: ${about}`}
            count={rows.length}
            rowHeight={isNarrow ? NARROW_ROW_HEIGHT : ROW_HEIGHT}
            active={active}
            activeId={activeRow && rowElementId(lens, activeRow)}
            render={(index) => {
              const row = rows[index]
              return row && <LensRow row={row} index={index} view={view} />
            }}
          />
        )
      )}
    </section>
  )
}
