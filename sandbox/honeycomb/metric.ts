import type { MetricRow } from '../store/metrics.ts'
import { FormatError, listOf, type Message, messageOf, textOf } from './fields.ts'

const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const

/** Reads an ExportMetricsServiceRequest: each metric and how many points it brought. Throws a FormatError. */
export function metricsOf(request: Message, dataset: string): MetricRow[] {
  return listOf(request.resourceMetrics).flatMap((resourceMetrics) =>
    listOf(resourceMetrics.scopeMetrics).flatMap((scopeMetrics) =>
      listOf(scopeMetrics.metrics).map((metric) => {
        const kind = KINDS.find((name) => metric[name] !== undefined)
        const points = kind ? messageOf(metric[kind]).dataPoints : []
        if (points !== undefined && !Array.isArray(points)) throw new FormatError('a list is expected')
        return {
          dataset,
          name: textOf(metric.name),
          kind: kind ?? 'empty',
          unit: textOf(metric.unit),
          points: points?.length ?? 0,
        }
      }),
    ),
  )
}
