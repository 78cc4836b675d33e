import type { Range } from '../../analysis/questions/lines.ts'
import type { Heatmap } from '../../contracts/sandbox/query.ts'
import { GUTTER, LABEL_SPACE, RIGHT } from './plot.ts'
import { placeOfValue, valueTicks } from './scales.ts'
import { timeTicks } from './time-ticks.ts'

/** Pixels below the plot, for the labels of time. */
const AXIS = 22
/** Pixels of value axis for one label. */
const ROW_SPACE = 30

interface Props {
  readonly heatmap: Heatmap
  readonly range: Range
  readonly format: (value: number) => string
  readonly width: number
  readonly height: number
}

/** The lines and labels around a heatmap. */
export function HeatmapAxes({ heatmap, range, format, width, height }: Props) {
  const startMs = heatmap.timesMs[0] ?? 0
  const lengthMs = heatmap.timesMs.length * range.granularity * 1_000
  const times = timeTicks(startMs, startMs + lengthMs, width / LABEL_SPACE)
  const values = valueTicks(heatmap, height / ROW_SPACE)
  return (
    <svg class="plot-axes" width={width + GUTTER + RIGHT} height={height + AXIS} aria-hidden="true">
      {values.map((value) => {
        const y = Math.round(height * (1 - placeOfValue(heatmap, value))) + 0.5
        return (
          <g key={value}>
            <line x1={GUTTER} x2={GUTTER + width} y1={y} y2={y} />
            <text class="plot-value" x={GUTTER - 8} y={Math.max(9, Math.min(height - 1, y + 4))}>
              {format(value)}
            </text>
          </g>
        )
      })}
      {times.map(({ atMs, label }) => {
        const x = Math.round(GUTTER + (width * (atMs - startMs)) / lengthMs) + 0.5
        return (
          <g key={atMs}>
            <line x1={x} x2={x} y1={0} y2={height} />
            <text x={x} y={height + 16}>
              {label}
            </text>
          </g>
        )
      })}
    </svg>
  )
}
