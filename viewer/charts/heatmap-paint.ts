import type { Heatmap } from '../../contracts/sandbox/query.ts'
import { heatStep } from './heat-colours.ts'

/** Most events in one cell. */
export function mostEvents({ counts }: Heatmap): number {
  return counts.reduce((most, events) => Math.max(most, events), 0)
}

/** Draws the cells into a canvas of this size in CSS pixels. Cells without events stay transparent. */
export function paintHeatmap(
  canvas: HTMLCanvasElement,
  heatmap: Heatmap,
  size: { readonly width: number; readonly height: number },
  colours: readonly string[],
): void {
  const ratio = devicePixelRatio
  // Whole pixels, so that no gap or overlap is between cells.
  canvas.width = Math.round(size.width * ratio)
  canvas.height = Math.round(size.height * ratio)
  const context = canvas.getContext('2d')
  if (!context) return
  const { timesMs, edges, counts } = heatmap
  const [columns, rows] = [timesMs.length, edges.length - 1]
  const most = mostEvents(heatmap)
  const [left, bottom] = [
    (column: number) => Math.round((column * canvas.width) / columns),
    (row: number) => canvas.height - Math.round((row * canvas.height) / rows),
  ]
  for (let column = 0; column < columns; column++) {
    const x = left(column)
    const width = left(column + 1) - x
    for (let row = 0; row < rows; row++) {
      const events = counts[column * rows + row] ?? 0
      if (events <= 0) continue
      const y = bottom(row + 1)
      context.fillStyle = colours[heatStep(events, most)] ?? ''
      context.fillRect(x, y, width, bottom(row) - y)
    }
  }
}
