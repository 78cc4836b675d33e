import { localTime } from '../../../analysis/times.ts'
import type { Heatmap, QueryAnswer } from '../../../contracts/sandbox/query.ts'
import type { Area } from '../../charts/area.ts'

/** A selection as text in fields: times as `datetime-local` has them, in local time. */
export interface Fields {
  readonly start: string
  readonly end: string
  readonly min: string
  readonly max: string
}

/** The selected area, or all of the heatmap. Rounded outwards, so that no event is lost. */
export function fieldsOf(heatmap: Heatmap, range: QueryAnswer['range'], area: Area | undefined): Fields {
  return {
    start: localTime(Math.floor(area?.start ?? range.start)),
    end: localTime(Math.ceil(area?.end ?? range.end)),
    min: String(sixDigits(area?.min ?? heatmap.edges[0] ?? 0, Math.floor)),
    max: String(sixDigits(area?.max ?? heatmap.edges.at(-1) ?? 0, Math.ceil)),
  }
}

/** The area of what was typed, or why there is none. */
export function areaOfFields(typed: Fields, column: string): Area | string {
  const [start, end] = [Date.parse(typed.start) / 1_000, Date.parse(typed.end) / 1_000]
  const [min, max] = [numberOf(typed.min), numberOf(typed.max)]
  if (!Number.isFinite(start) || !Number.isFinite(end)) return 'Both times are needed.'
  if (start >= end) return 'The first time must be before the second.'
  if (!Number.isFinite(min) || !Number.isFinite(max)) return `Both values of ${column} must be numbers.`
  if (min > max) return 'The first value must not be above the second.'
  return { column, start, end, min, max, hasMax: true }
}

function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}

/** With six digits: enough for a person, and few enough to read in a filter. */
export function sixDigits(value: number, round: typeof Math.floor): number {
  if (value === 0 || !Number.isFinite(value)) return value
  const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 5)
  return Number((round(Number((value / unit).toPrecision(12))) * unit).toPrecision(6))
}
