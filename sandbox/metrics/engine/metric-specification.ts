import {
  calculationsOf,
  DEFAULT_METRIC_GROUPS,
  DEFAULT_METRIC_RANGE_S,
  METRIC_LIMITS,
  type MetricCalculation,
} from '../../../contracts/sandbox/metric-words.ts'
import type { MetricFilter, MetricQuestion } from '../../../contracts/sandbox/metrics.ts'
import type { ClauseNote } from '../../../contracts/sandbox/query.ts'
import { GRANULARITIES_S } from '../../../contracts/sandbox/query-words.ts'
import { clauseError } from '../../query/query-error.ts'
import type { StoredMetric } from '../time-series.ts'
import { medianDistance } from './held-values.ts'
import type { TimeSteps } from './time-steps.ts'

/** Steps that a chart has by default. */
const DEFAULT_BUCKETS = 120
/** Time series that are asked how often the metric is sent. */
const SAMPLED_SERIES = 20

/** A question with its defaults. */
export interface CompleteQuestion {
  readonly calculations: readonly MetricCalculation[]
  readonly filters: readonly MetricFilter[]
  readonly breakdowns: readonly string[]
  readonly limit: number
  readonly steps: TimeSteps
}

/**
 * Checks what a schema cannot, and fills in the defaults. Throws a QueryError (400) with an issue for every clause that is
 * wrong. `nowMs` is the end of a relative time range.
 */
export function completeQuestion(
  metric: StoredMetric,
  question: MetricQuestion,
  nowMs: number,
): CompleteQuestion {
  const issues: ClauseNote[] = []
  const possible = calculationsOf(metric)
  const calculations = [...new Set(question.calculations ?? possible.slice(0, 1))]
  for (const [index, calculation] of (question.calculations ?? []).entries()) {
    if (possible.includes(calculation)) continue
    const message = `${calculation} cannot be calculated of ${metric.name}: choose one of ${possible.join(', ') || 'none'}`
    issues.push({ clause: `calculations.${index}`, message })
  }
  for (const [index, { op, value }] of (question.filters ?? []).entries()) {
    const message = valueIssue(op, value)
    if (message) issues.push({ clause: `filters.${index}.value`, message })
  }
  const steps = readSteps(metric, question, nowMs, (clause, message) => issues.push({ clause, message }))
  if (issues.length > 0) throw clauseError(issues)
  return {
    calculations,
    filters: question.filters ?? [],
    breakdowns: [...new Set(question.breakdowns)],
    limit: question.limit ?? DEFAULT_METRIC_GROUPS,
    steps,
  }
}

function valueIssue(op: MetricFilter['op'], value: MetricFilter['value']): string | undefined {
  if (op === 'exists' || op === 'does-not-exist')
    return value === undefined ? undefined : `${op} takes no value`
  if (value === undefined) return 'is missing'
  const isList = op === 'in' || op === 'not-in'
  if (isList !== Array.isArray(value)) return isList ? `${op} takes a list` : `${op} takes one value`
  return undefined
}

function readSteps(
  metric: StoredMetric,
  question: MetricQuestion,
  nowMs: number,
  add: (clause: string, message: string) => void,
): TimeSteps {
  const { start_time: start, end_time: end, time_range: length } = question
  if (start !== undefined && end !== undefined && length !== undefined) {
    add('time_range', 'give at most two of start_time, end_time and time_range')
  }
  const last = end ?? (start !== undefined && length !== undefined ? start + length : nowMs / 1_000)
  const first = start ?? last - (length ?? DEFAULT_METRIC_RANGE_S)
  if (!(first < last)) add(end === undefined ? 'start_time' : 'end_time', 'the end must be after the start')
  const width = question.granularity || defaultGranularity(metric, last - first)
  const firstStep = Math.floor(first / width)
  const count = Math.max(1, Math.ceil(last / width) - firstStep)
  // The first and the last step may reach beyond the range.
  if (count > METRIC_LIMITS.buckets + 2) {
    const least = Math.ceil((last - first) / METRIC_LIMITS.buckets)
    add('granularity', `for this time range it is at least ${least} seconds`)
  }
  return {
    firstMs: firstStep * width * 1_000,
    widthMs: width * 1_000,
    count: Math.min(count, METRIC_LIMITS.buckets + 2),
  }
}

/** Fits the range, and is not finer than the metric was sent. Seconds. */
function defaultGranularity({ series }: StoredMetric, lengthS: number): number {
  const distances = series.slice(0, SAMPLED_SERIES).flatMap(({ points }) => medianDistance(points) || [])
  // Exporters are some milliseconds late.
  const sentEveryS = (distances.length > 0 ? Math.min(...distances) / 1_000 : 0) * 0.95
  const least = Math.max(lengthS / DEFAULT_BUCKETS, Math.min(sentEveryS, lengthS))
  return GRANULARITIES_S.find((width) => width >= least) ?? Math.ceil(least / 86_400) * 86_400
}
