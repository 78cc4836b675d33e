import type { ReadonlySignal } from '@preact/signals'
import { timesInWords } from '../times.ts'
import type { Group } from './groups.ts'
import type { Lines } from './series.ts'
import { Swatch } from './swatch.tsx'
import { formatNumber, type Unit } from './values.ts'

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
  readonly groups: readonly Group[]
  readonly unit: Unit
  readonly width: number
  readonly highlighted: ReadonlySignal<number>
}

/** The values of each group at the pointer, the greatest first. Only this is rendered when the pointer moves. */
export function ChartReadout({ pointed, lines, values, groups, unit, width, highlighted }: Props) {
  const at = pointed.value
  if (!at) return null
  const start = lines.starts[at.bucket] ?? 0
  const found = groups
    .map((group, place) => ({ group, place, value: values[place]?.[at.bucket] ?? null }))
    .filter(({ value }) => value !== null)
    .toSorted((a, b) => (b.value ?? 0) - (a.value ?? 0))
  const lit = highlighted.value
  // The highlighted line is always among them.
  const shown = found.filter(({ place }, index) => index < MOST || place === lit)
  const isRight = at.left > width / 2
  return (
    <div
      class="readout chart-readout"
      style={isRight ? { right: `${width - at.left + 10}px` } : { left: `${at.left + 10}px` }}
    >
      <p class="soft">{timesInWords(start, start + lines.granularity)}</p>
      {found.length === 0 && <p class="soft">No events</p>}
      {shown.map(({ group, place, value }) => (
        <p key={group.key} class={`readout-row ${place === lit ? 'lit' : ''}`}>
          <Swatch place={place} />
          <span class="cut">{group.label}</span>
          <b>{formatNumber(value ?? 0, unit)}</b>
        </p>
      ))}
      {found.length > shown.length && <p class="soft">and {found.length - shown.length} more</p>}
    </div>
  )
}
