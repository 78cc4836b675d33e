import { count, plural } from '../../analysis/format.ts'

interface Props {
  /** Of consecutive periods of equal length. */
  readonly values: readonly number[]
  /** What is counted: one, and several. */
  readonly one: string
  readonly many: string
  /** How long a period is: `minute`, `90 s`. */
  readonly period: string
  /** When a period was, by its index. */
  readonly timeOf: (index: number) => string
  /** Below the axis of time, at equal distances from its beginning to its end. */
  readonly ticks: readonly string[]
  readonly isBad?: boolean
}

/** Bars over time, with axes: the largest value and zero; times. */
export function TimeBars({ values, one, many, period, timeOf, ticks, isBad = false }: Props) {
  const most = Math.max(0, ...values)
  const total = values.reduce((sum, value) => sum + value, 0)
  return (
    <figure class={`time-bars ${isBad ? 'is-bad' : ''}`}>
      <div class="bars-values" aria-hidden="true">
        <span>{count(most)}</span>
        {most > 0 && <span>0</span>}
      </div>
      <div
        class="bars-plot"
        role="img"
        aria-label={`${plural(total, one, many)} from ${ticks[0]} to ${ticks.at(-1)}, at most ${count(most)} per ${period}`}
      >
        {values.map((value, index) => (
          <i
            key={index}
            class={value === 0 ? 'none' : ''}
            title={`${timeOf(index)}: ${plural(value, one, many)}`}
            style={{ '--part': most === 0 ? 0 : value / most }}
          />
        ))}
      </div>
      <div class="bars-times" aria-hidden="true">
        {ticks.map((tick, index) => (
          <span key={tick} style={{ '--at': index / (ticks.length - 1) }}>
            {tick}
          </span>
        ))}
      </div>
      <figcaption class="soft">
        {many} per {period}
      </figcaption>
    </figure>
  )
}
