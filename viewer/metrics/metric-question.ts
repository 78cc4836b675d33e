import { type Filter, filterText, type Read, readFilter } from '../../analysis/questions/filter-text.ts'
import type { Times } from '../../analysis/times.ts'
import {
  calculationsOf,
  METRIC_CALCULATIONS,
  METRIC_FILTER_OPERATORS,
  type MetricCalculation,
  type MetricShape,
} from '../../contracts/sandbox/metric-words.ts'
import type { MetricFilter, MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import { hrefOf } from '../shell/router.ts'
import { isDistribution } from './metric-words.ts'

// The question about a metric in the page's address, and the changes that a click makes to it.

export interface AddressedQuestion {
  readonly question: MetricQuestion
  /** What of the address cannot be read, a sentence each. */
  readonly problems: readonly string[]
}

const NUMBERS = ['limit', 'granularity', 'start_time', 'end_time', 'time_range'] as const

/**
 * Reads `?name=&dataset=&kind=&calculations=P95,RATE&where=http.route = /home&by=http.route&time_range=600`, with a `where`
 * for each filter and a `by` for each attribute. Undefined without a name. Never throws.
 */
export function questionAt(query: URLSearchParams): AddressedQuestion | undefined {
  const name = query.get('name')
  if (!name) return undefined
  const problems: string[] = []
  const typed = (query.get('calculations') ?? '').split(',').filter(Boolean)
  const calculations = typed.flatMap((one) => {
    const known = METRIC_CALCULATIONS.find((calculation) => calculation === one.trim().toUpperCase())
    if (!known) problems.push(`There is no calculation ${one.slice(0, 100)}.`)
    return known ?? []
  })
  const filters = query.getAll('where').flatMap((text) => {
    const read = readMetricFilter(text)
    if ('missing' in read) problems.push(`The filter ${text.slice(0, 100)} cannot be read: ${read.missing}`)
    return 'term' in read ? [read.term] : []
  })
  const numbers = NUMBERS.flatMap((clause) => {
    const text = query.get(clause)
    if (text === null) return []
    const value = Number(text)
    if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return [[clause, value] as const]
    problems.push(`${clause} is not a number.`)
    return []
  })
  const question = {
    name,
    ...Object.fromEntries(
      ['dataset', 'kind'].flatMap((clause) => (query.get(clause) ? [[clause, query.get(clause)]] : [])),
    ),
    calculations,
    filters,
    breakdowns: query.getAll('by').filter(Boolean),
    ...Object.fromEntries(numbers),
  }
  return { question: cleanQuestion(question), problems }
}

/** The address of a question. */
export function hrefOfQuestion(question: MetricQuestion): string {
  const { name, dataset, kind, calculations, filters, breakdowns } = question
  const search = new URLSearchParams({ name })
  if (dataset) search.set('dataset', dataset)
  if (kind) search.set('kind', kind)
  if (calculations?.length) search.set('calculations', calculations.join(','))
  for (const filter of filters ?? []) search.append('where', metricFilterText(filter))
  for (const attribute of breakdowns ?? []) search.append('by', attribute)
  for (const clause of NUMBERS)
    if (question[clause] !== undefined) search.set(clause, String(question[clause]))
  return hrefOf('metrics', search.toString())
}

/** Without clauses that change nothing. */
export function cleanQuestion(question: MetricQuestion): MetricQuestion {
  const kept = Object.entries(question).filter(
    ([clause, value]) =>
      value !== undefined &&
      value !== null &&
      !(Array.isArray(value) && value.length === 0) &&
      !(clause === 'granularity' && value === 0),
  )
  return Object.fromEntries(kept) as MetricQuestion
}

/** What the page calculates of a metric where the address does not say. Empty for an unknown kind. */
export function usualCalculations(metric: MetricShape): readonly MetricCalculation[] {
  const possible = calculationsOf(metric)
  // A summary has only the percentiles that its sender calculated: these are the most usual ones.
  if (metric.kind === 'summary') return ['P99', 'P50', 'RATE']
  return isDistribution(metric) ? ['P95', 'RATE', 'HEATMAP'] : possible.slice(0, 1)
}

/** In the order in which the page offers them; at least one stays. */
export function withCalculation(
  chosen: readonly MetricCalculation[],
  calculation: MetricCalculation,
  possible: readonly MetricCalculation[],
): MetricCalculation[] {
  const next = chosen.includes(calculation)
    ? chosen.filter((one) => one !== calculation)
    : possible.filter((one) => one === calculation || chosen.includes(one))
  return next.length > 0 ? next : [...chosen]
}

export function withTimes(question: MetricQuestion, times: Times): MetricQuestion {
  const { start_time, end_time, time_range, granularity, ...rest } = question
  return cleanQuestion({ ...rest, ...times } as MetricQuestion)
}

function withFilter(question: MetricQuestion, filter: MetricFilter): MetricQuestion {
  const before = question.filters ?? []
  const isThere = before.some((known) => JSON.stringify(known) === JSON.stringify(filter))
  return isThere ? question : { ...question, filters: [...before, filter] }
}

/** Only time series with this value; null: without the attribute. */
export function withValue(question: MetricQuestion, attribute: string, value: string | null): MetricQuestion {
  return withFilter(
    question,
    value === null ? { attribute, op: 'does-not-exist' } : { attribute, op: '=', value },
  )
}

/** Only time series without this value; null: with the attribute. */
export function withoutValue(
  question: MetricQuestion,
  attribute: string,
  value: string | null,
): MetricQuestion {
  return withFilter(question, value === null ? { attribute, op: 'exists' } : { attribute, op: '!=', value })
}

export function metricFilterText({ attribute, op, value }: MetricFilter): string {
  return filterText({ column: attribute, op, value })
}

/** Reads `http.route = /home`, `error.type exists`. Values are text, as the attributes of metrics are compared. */
export function readMetricFilter(text: string): Read<MetricFilter> {
  const read: Read<Filter<MetricFilter['op']>> = readFilter(text, METRIC_FILTER_OPERATORS)
  if ('missing' in read) return read
  const { column: attribute, op, value } = read.term
  return { term: { attribute, op, ...(value !== undefined && value !== null && { value }) } }
}
