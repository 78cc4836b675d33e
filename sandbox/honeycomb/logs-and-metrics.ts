import type { LogRecord } from '../../contracts/sandbox/trace.ts'
import type { MetricRow } from '../store/datasets.ts'
import {
  attributeOf,
  attributesOf,
  countOf,
  FormatError,
  idOf,
  listOf,
  type Message,
  messageOf,
  textOf,
  timeOf,
} from './fields.ts'
import { originOf, scopeOf } from './span.ts'

/** Reads an ExportLogsServiceRequest. Throws a FormatError. */
export function logRecordsOf(request: Message): LogRecord[] {
  return listOf(request.resourceLogs).flatMap((resourceLogs) => {
    const origin = originOf(resourceLogs)
    return listOf(resourceLogs.scopeLogs).flatMap((scopeLogs) => {
      const scope = scopeOf(scopeLogs)
      return listOf(scopeLogs.logRecords).map((record) => ({
        traceId: idOf(record.traceId).replace(/^0+$/, ''),
        spanId: idOf(record.spanId).replace(/^0+$/, ''),
        timeUnixNano: timeOf(record.timeUnixNano),
        observedTimeUnixNano: timeOf(record.observedTimeUnixNano),
        severityNumber: countOf(record.severityNumber),
        severityText: textOf(record.severityText),
        eventName: textOf(record.eventName),
        body: attributeOf(messageOf(record.body)),
        ...origin,
        scope,
        attributes: attributesOf(record.attributes),
        flags: countOf(record.flags),
        droppedAttributesCount: countOf(record.droppedAttributesCount),
      }))
    })
  })
}

const KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const

/** Reads an ExportMetricsServiceRequest: each metric with its number of data points. Throws a FormatError. */
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
