import { count, plainNumber } from '../../analysis/format.ts'
import { HEAT_STEPS, heatLegend, heatStep } from './heat-colours.ts'

const STEP_WIDTH = 3
const HEIGHT = 9

interface Props {
  readonly most: number
  /** What a cell counts: `event`. */
  readonly counted: string
  readonly colours: readonly string[]
}

/** Which colour stands for how many events. */
export function HeatmapLegend({ most, counted, colours }: Props) {
  if (most <= 0) return null
  const width = HEAT_STEPS * STEP_WIDTH
  const numbers = heatLegend(most)
  return (
    <span class="heat-legend soft small">
      <span class="sr">
        Colours stand for the {counted}s in a cell: {numbers.map(amount).join(', ')}.
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
            {amount(events)}
          </text>
        ))}
      </svg>
      <span aria-hidden="true">{counted}s</span>
    </span>
  )
}

/** Sample rates, and increases that are spread over time, make parts of events. */
function amount(events: number): string {
  return events >= 10 ? count(Math.round(events)) : plainNumber(Number(events.toPrecision(2)))
}
