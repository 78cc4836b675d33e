import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { kindWords, lastWords, unitWords } from './metric-words.ts'

export const METRIC_COLUMNS = [
  'name',
  'dataset',
  'kind',
  'unit',
  'last',
  'series',
  'points',
  'written',
] as const
export type MetricColumn = (typeof METRIC_COLUMNS)[number]

export interface MetricOrder {
  readonly column: MetricColumn
  readonly isDescending: boolean
}

/** Columns of which the greatest values come first when they are chosen. */
const NUMBERS: readonly MetricColumn[] = ['last', 'series', 'points', 'written']

export function isNumberColumn(column: MetricColumn): boolean {
  return NUMBERS.includes(column)
}

/** Reads `series`, `-series` (descending); by default the name. */
export function readOrder(text: string | null): MetricOrder {
  const column = METRIC_COLUMNS.find((known) => known === text?.replace(/^-/, ''))
  return column
    ? { column, isDescending: text?.startsWith('-') ?? false }
    : { column: 'name', isDescending: false }
}

/** The order after a click at a column. */
export function nextOrder({ column: before, isDescending }: MetricOrder, column: MetricColumn): string {
  const isNext = before === column ? !isDescending : isNumberColumn(column)
  return `${isNext ? '-' : ''}${column}`
}

/** The metrics that have every word of `text` in their names, datasets, descriptions, units or attributes, in an order. */
export function foundMetrics(
  metrics: readonly MetricEntry[],
  text: string,
  { column, isDescending }: MetricOrder,
): MetricEntry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = metrics.filter((metric) => {
    if (words.length === 0) return true
    const { name, dataset, description, unit, attributes } = metric
    const all = [name, dataset, kindWords(metric), unit, unitWords(metric), description]
    const haystack = [...all, ...attributes.map((attribute) => attribute.name)].join('\n').toLowerCase()
    return words.every((word) => haystack.includes(word))
  })
  const sign = isDescending ? -1 : 1
  // Those without a value are last in both directions.
  const isMissing = ({ last }: MetricEntry) => Number(column === 'last' && (last?.value ?? null) === null)
  return found.toSorted(
    (a, b) =>
      isMissing(a) - isMissing(b) ||
      (isMissing(a) ? 0 : sign * compare(a, b, column)) ||
      (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
  )
}

function compare(a: MetricEntry, b: MetricEntry, column: MetricColumn): number {
  if (column === 'series') return a.series - b.series
  if (column === 'points') return a.storedPoints - b.storedPoints
  if (column === 'written') return Date.parse(a.lastWrittenAt) - Date.parse(b.lastWrittenAt)
  // A rate and a mean have no order, even in one unit.
  if (column === 'last') {
    const calculation = (metric: MetricEntry) => metric.last?.calculation ?? ''
    return (
      compareText(a.unit, b.unit) ||
      compareText(calculation(a), calculation(b)) ||
      (a.last?.value ?? 0) - (b.last?.value ?? 0)
    )
  }
  const text = (metric: MetricEntry) =>
    ({ name: metric.name, dataset: metric.dataset, kind: kindWords(metric), unit: unitWords(metric) })[column]
  return compareText(text(a), text(b))
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Whether a metric has no value, although it once had points. */
export function isDeleted(metric: MetricEntry): boolean {
  return metric.storedPoints === 0 && metric.points > 0
}

/** A cell for the last value. */
export function lastCell(metric: MetricEntry): string {
  return isDeleted(metric) ? 'all points deleted' : lastWords(metric) || '–'
}
