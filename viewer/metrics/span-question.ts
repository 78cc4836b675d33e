import type { Metric, MetricQuestion } from '../../contracts/sandbox/metrics.ts'
import type { QueryInput } from '../../contracts/sandbox/query.ts'

/** Attributes that spans and metrics of one operation share, by OpenTelemetry's semantic conventions. */
const SHARED = /^(?:http|url|server|client|db|rpc|messaging|error|service|network|faas)\./

/** The kind of the spans that a metric of OpenTelemetry's conventions measures. */
const KINDS = [
  [/^(?:http|rpc)\.server\./, 'server'],
  [/^(?:http|rpc|db|messaging)\.client\./, 'client'],
] as const

/** Whether each value of a metric was recorded for one operation. */
function isOperation({ name, kind, isMonotonic }: Metric): boolean {
  if (/^db\.client\.connection/.test(name)) return false
  return kind !== 'gauge' && (kind !== 'sum' || isMonotonic)
}

/**
 * The question to Ask about the spans that a metric measures, with the same filters and groups, as far as spans have them.
 * Undefined for a metric that does not measure spans, such as the memory of a process.
 */
export function spanQuestion(metric: Metric, question: MetricQuestion): QueryInput | undefined {
  const kind = KINDS.find(([names]) => names.test(metric.name))?.[1]
  // A pool of connections has no spans: only operations do.
  if (!kind || !isOperation(metric)) return undefined
  const filters = (question.filters ?? []).flatMap(({ attribute, op, value }) =>
    SHARED.test(attribute) ? [{ column: attribute, op, ...(value !== undefined && { value }) }] : [],
  )
  const breakdowns = (question.breakdowns ?? []).filter((attribute) => SHARED.test(attribute))
  const isDuration = metric.name.endsWith('.duration')
  const { start_time, end_time, time_range } = question
  return {
    calculations: isDuration
      ? [{ op: 'HEATMAP', column: 'duration_ms' }, { op: 'P95', column: 'duration_ms' }, { op: 'COUNT' }]
      : [{ op: 'COUNT' }],
    filters: [{ column: 'span.kind', op: '=', value: kind }, ...filters],
    ...(breakdowns.length > 0 && { breakdowns }),
    ...(start_time !== undefined && { start_time }),
    ...(end_time !== undefined && { end_time }),
    ...(time_range !== undefined && { time_range }),
  }
}
