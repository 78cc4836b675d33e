import { lineStyle } from './line-style.ts'

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
