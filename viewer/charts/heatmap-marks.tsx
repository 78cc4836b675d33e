import type { ReadonlySignal } from '@preact/signals'
import type { Cells } from './area.ts'

interface Props {
  readonly columns: number
  readonly rows: number
  /** The area that is compared with the rest. */
  readonly selected: Cells | undefined
  /** Under the pointer, or being drawn. */
  readonly cells: ReadonlySignal<Cells | undefined>
  /** About those cells. */
  readonly text: ReadonlySignal<string>
}

/** The rectangles above a heatmap's cells. Only this is rendered when the pointer moves. */
export function HeatmapMarks({ columns, rows, selected, cells, text }: Props) {
  const marked = cells.value
  const place = marked && placeOf(marked, columns, rows)
  return (
    <>
      {selected && <i class="heat-selected" style={placeOf(selected, columns, rows).style} />}
      {place && (
        <>
          <i class="heat-marked" style={place.style} />
          <span class={`readout ${place.isRight ? 'at-left' : ''}`} style={place.readout} aria-hidden="true">
            {text}
          </span>
        </>
      )}
    </>
  )
}

function placeOf({ from, to }: Cells, columns: number, rows: number) {
  const [left, right] = [Math.min(from.column, to.column), Math.max(from.column, to.column) + 1]
  const [bottom, top] = [Math.min(from.row, to.row), Math.max(from.row, to.row) + 1]
  const percent = (part: number, whole: number) => `${(part / whole) * 100}%`
  const isRight = (left + right) / 2 > columns / 2
  const isHigh = top > rows * 0.8
  return {
    isRight,
    style: {
      left: percent(left, columns),
      width: percent(right - left, columns),
      bottom: percent(bottom, rows),
      height: percent(top - bottom, rows),
    },
    readout: {
      ...(isRight ? { right: percent(columns - right, columns) } : { left: percent(left, columns) }),
      ...(isHigh ? { top: percent(rows - bottom, rows) } : { bottom: percent(top, rows) }),
    },
  }
}
