import stringWidth from 'fast-string-width'
import { plural } from '../../analysis/format.ts'
import { clipped, type Line, padded } from '../command-line/styled-lines.ts'

export interface TableColumn {
  readonly title: string
  readonly cells: readonly string[]
  readonly isNumber: boolean
}

/** A text is shown with at most so many columns, and is cut to no less than the least. */
const TEXT = { most: 60, least: 8 } as const
const GAP = '  '

/** A table that fits into the width: texts and titles are cut first, then columns at the right are left out, which it says. */
export function tableLines(columns: readonly TableColumn[], width: number): Line[] {
  const shown = [...columns]
  let widths = widthsFor(shown, width)
  while (!widths && shown.length > 1) {
    shown.pop()
    widths = widthsFor(shown, width)
  }
  const sizes = widths ?? [width]
  const left = columns.length - shown.length
  const row = (texts: readonly string[]) =>
    texts
      .map((text, index) => padded(text, sizes[index] ?? 0, shown[index]?.isNumber ? 'right' : 'left'))
      .join(GAP)
  const rows = columns[0]?.cells.length ?? 0
  return [
    [{ text: row(shown.map(({ title }) => title)), style: 'bold' }],
    ...Array.from({ length: rows }, (_, index): Line => [row(shown.map(({ cells }) => cells[index] ?? ''))]),
    ...(left > 0
      ? [
          [
            {
              text: clipped(`… ${plural(left, 'more column')}: a wider terminal, --json or --csv`, width),
              style: 'dim',
            } as const,
          ],
        ]
      : []),
  ]
}

/** The width of each column; undefined where they do not fit. */
function widthsFor(columns: readonly TableColumn[], width: number): number[] | undefined {
  const sizes = columns.map((column) => {
    const cells = longest(column.cells)
    const whole = Math.max(cells, stringWidth(clipped(column.title, TEXT.most)))
    const wanted = column.isNumber ? whole : Math.min(whole, TEXT.most)
    // Numbers stay whole; their title may be cut.
    const least = column.isNumber
      ? Math.max(cells, Math.min(TEXT.least, whole))
      : Math.min(wanted, TEXT.least)
    return { wanted, least }
  })
  const room = width - GAP.length * (columns.length - 1)
  if (sizes.reduce((sum, { least }) => sum + least, 0) > room) return undefined
  const found = sizes.map(({ wanted }) => wanted)
  for (let over = found.reduce((sum, size) => sum + size, 0) - room; over > 0; over--) {
    const spare = found.map((size, index) => size - (sizes[index]?.least ?? 0))
    const most = spare.indexOf(Math.max(...spare))
    found[most] = (found[most] ?? 0) - 1
  }
  return found
}

function longest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, stringWidth(clipped(text, TEXT.most))), 0)
}
