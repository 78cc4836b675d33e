/** The number of colours `--c0`, `--c1` … in style/base.css. */
const COLOURS = 8
/** Pixels of line and gap. With the colours, twenty-four different lines. */
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3]]

/** How the line of a group looks. Groups with the same colour differ by their dashes. */
export function lineStyle(place: number): { readonly variable: string; readonly dash: readonly number[] } {
  const dash = DASHES[Math.floor(place / COLOURS) % DASHES.length] ?? []
  return { variable: `--c${place % COLOURS}`, dash }
}
