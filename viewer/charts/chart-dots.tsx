import type { ReadonlySignal } from '@preact/signals'
import type uPlot from 'uplot'

/** A link at a place of a chart. */
export interface Dot {
  readonly key: string
  /** Unix s. */
  readonly at: number
  readonly value: number
  readonly href: string
  /** What the link opens. */
  readonly label: string
  /** A variable of style/base.css, such as `--c0`. */
  readonly colour: string
}

/** The axes of a chart as it was drawn. Pixels from the chart's upper left corner. */
export interface Frame {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
  readonly x: readonly [from: number, to: number]
  readonly y: readonly [from: number, to: number]
}

/** The frame of a chart; `before` if nothing has changed, so that nothing is rendered again. */
export function frameOf(plot: uPlot, before: Frame | undefined): Frame {
  const { x, y } = plot.scales
  const { offsetLeft: left, offsetTop: top, clientWidth: width, clientHeight: height } = plot.over
  const frame: Frame = {
    left,
    top,
    width,
    height,
    x: [x?.min ?? 0, x?.max ?? 1],
    y: [y?.min ?? 0, y?.max ?? 1],
  }
  return JSON.stringify(frame) === JSON.stringify(before) && before ? before : frame
}

interface Props {
  readonly dots: readonly Dot[]
  readonly frame: ReadonlySignal<Frame | undefined>
}

/**
 * Links above the lines of a chart. A value above the axis has its dot at the upper edge, with another form. Keys reach the
 * same links in a list outside the chart.
 */
export function ChartDots({ dots, frame }: Props) {
  const axes = frame.value
  if (!axes) return null
  const [xFrom, xTo] = axes.x
  const [yFrom, yTo] = axes.y
  return (
    <div class="chart-dots" aria-hidden="true">
      {dots
        .filter(({ at }) => at >= xFrom && at <= xTo)
        .map(({ key, at, value, href, label, colour }) => {
          const part = (value - yFrom) / (yTo - yFrom)
          return (
            <a
              key={key}
              href={href}
              title={label}
              tabIndex={-1}
              draggable={false}
              class={`chart-dot ${part > 1 ? 'above' : ''}`}
              style={{
                left: `${axes.left + (axes.width * (at - xFrom)) / (xTo - xFrom)}px`,
                top: `${axes.top + axes.height * (1 - Math.max(0, Math.min(1, part)))}px`,
                color: `var(${colour})`,
              }}
            >
              <span class="sr">{label}</span>
            </a>
          )
        })}
    </div>
  )
}
