import type { ReadonlySignal } from '@preact/signals'
import type { DrawnGroup, Lines } from '../../analysis/questions/lines.ts'
import { timesInWords } from '../../analysis/times.ts'
import { Swatch } from './swatch.tsx'

const MOST = 8

/** The bucket of time under the pointer, and pixels from the left of the chart. */
export interface Pointed {
  readonly bucket: number
  readonly left: number
}

interface Props {
  readonly pointed: ReadonlySignal<Pointed | undefined>
  readonly lines: Lines
  readonly values: readonly (readonly (number | null)[])[]
  readonly groups: readonly DrawnGroup[]
  readonly format: (value: number) => string
  /** For a bucket without a value. */
  readonly nothing: string
  readonly width: number
  readonly highlighted: ReadonlySignal<number>
}

/** The values of each group at the pointer, the greatest first. Only this is rendered when the pointer moves. */
export function ChartReadout({ pointed, lines, values, groups, width, highlighted, ...props }: Props) {
  const at = pointed.value
  if (!at) return null
  const found = valuesAt(values, groups, at.bucket)
  const lit = highlighted.value
  // The highlighted line is always among them.
  const shown = found.filter(({ place }, index) => index < MOST || place === lit)
  const isRight = at.left > width / 2
  return (
    <div
      class="readout chart-readout"
      aria-hidden="true"
      style={isRight ? { right: `${width - at.left + 10}px` } : { left: `${at.left + 10}px` }}
    >
      <p class="soft">{bucketInWords(lines, at.bucket)}</p>
      {found.length === 0 && <p class="soft">{props.nothing}</p>}
      {shown.map(({ group, place, value }) => (
        <p key={group.key} class={`readout-row ${place === lit ? 'lit' : ''}`}>
          <Swatch place={place} />
          <span class="cut">{group.label}</span>
          <b>{props.format(value)}</b>
        </p>
      ))}
      {found.length > shown.length && <p class="soft">and {found.length - shown.length} more</p>}
    </div>
  )
}

type Spoken = Pick<Props, 'lines' | 'values' | 'groups' | 'format' | 'nothing'>

/** The readout as a sentence, for screen readers. */
export function readoutInWords({ lines, values, groups, format, nothing }: Spoken, bucket: number): string {
  const found = valuesAt(values, groups, bucket)
  const shown = found.slice(0, MOST).map(({ group, value }) => `${group.label} ${format(value)}`)
  const more = found.length > shown.length ? [`and ${found.length - shown.length} more`] : []
  return `${bucketInWords(lines, bucket)}: ${[...shown, ...more].join(', ') || nothing}`
}

function valuesAt(values: Props['values'], groups: Props['groups'], bucket: number) {
  return groups
    .flatMap((group, place) => {
      const value = values[place]?.[bucket] ?? null
      return value === null ? [] : [{ group, place, value }]
    })
    .toSorted((a, b) => b.value - a.value)
}

function bucketInWords({ starts, granularity }: Lines, bucket: number): string {
  const start = starts[bucket] ?? 0
  return timesInWords(start, start + granularity)
}
