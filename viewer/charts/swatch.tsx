/** The number of colours `--c0`, `--c1` … in style/base.css. */
const COLOURS = 8
/** Pixels of line and gap. With the colours, twenty-four different lines. */
const DASHES: readonly (readonly number[])[] = [[], [7, 4], [2, 3]]

/** How the line of a group looks. Groups with the same colour differ by their dashes. */
export function lineStyle(place: number): { readonly variable: string; readonly dash: readonly number[] } {
  const dash = DASHES[Math.floor(place / COLOURS) % DASHES.length] ?? []
  return { variable: `--c${place % COLOURS}`, dash }
}

/** The line of a group as in the charts. */
export function Swatch({ place }: { readonly place: number }) {
  const { variable, dash } = lineStyle(place)
  return (
    <svg class="swatch" width="22" height="8" aria-hidden="true">
      <line
        x1="1"
        x2="21"
        y1="4"
        y2="4"
        stroke-dasharray={dash.join(' ')}
        style={{ stroke: `var(${variable})` }}
      />
    </svg>
  )
}
