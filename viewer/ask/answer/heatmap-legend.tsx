import { HEAT_STEPS, heatLegend, heatStep } from './heat-colours.ts'
import { formatNumber } from './values.ts'

const STEP_WIDTH = 3
const HEIGHT = 9

interface Props {
  readonly most: number
  readonly colours: readonly string[]
}

/** Which colour stands for how many events. */
export function HeatmapLegend({ most, colours }: Props) {
  if (most <= 0) return null
  const width = HEAT_STEPS * STEP_WIDTH
  const numbers = heatLegend(most)
  return (
    <span class="heat-legend soft small">
      <span class="sr">
        Colours stand for the events in a cell:{' '}
        {numbers.map((events) => formatNumber(Math.round(events), 'count')).join(', ')}.
      </span>
      <svg width={width + 30} height={HEIGHT + 13} aria-hidden="true">
        {colours.map((colour, step) => (
          <rect
            key={colour}
            x={step * STEP_WIDTH + 12}
            width={STEP_WIDTH + 0.5}
            height={HEIGHT}
            fill={colour}
          />
        ))}
        {numbers.map((events) => (
          <text key={events} x={(heatStep(events, most) + 0.5) * STEP_WIDTH + 12} y={HEIGHT + 12}>
            {formatNumber(Math.round(events), 'count')}
          </text>
        ))}
      </svg>
      <span aria-hidden="true">events</span>
    </span>
  )
}
