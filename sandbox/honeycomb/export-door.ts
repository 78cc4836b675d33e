import { Refusal } from '../http/refusal.ts'
import type { DoorRequest, Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { isForXRay, type OtlpDoor } from '../xray/otlp-door.ts'
import { logRecordsOf } from './log-record.ts'
import { metricsOf } from './metric.ts'
import { checkContentType, exportAnswer, readExport, refuseExport } from './otlp-http.ts'
import { hasValidIds, spansOf } from './span.ts'

const MAX_OTLP_BYTES = 20 * 1024 * 1024 // Honeycomb's limit, before and after decompression
const UNKNOWN_METRICS = 'unknown_metrics'

export interface HoneycombCounts {
  spans: number
  logs: number
  metricPoints: number
  rejected: number
}

/**
 * `POST /v1/traces`, `/v1/logs` and `/v1/metrics`, as Honeycomb answers them; what is signed for X-Ray goes on to it.
 *
 * Source: https://github.com/honeycombio/husky/tree/main/otlp
 */
export function exportRoutes(store: Store, counts: HoneycombCounts, toXRay: OtlpDoor): Route[] {
  const door = { method: 'POST', maxBodyBytes: MAX_OTLP_BYTES, refuse: refuseExport } as const
  return [
    {
      ...door,
      path: '/v1/traces',
      check: (request) => (isForXRay(request.headers) ? checkContentType(request) : check(request)),
      handle: async (request) => {
        if (isForXRay(request.headers)) return toXRay(request)
        const received = readExport(request, 'ExportTraceServiceRequest', spansOf)
        const spans = received.filter(hasValidIds)
        const nowMs = Date.now()
        await store.write(() => {
          const starts = new Map<string, number>()
          for (const span of spans) {
            const startNs = BigInt(span.startTimeUnixNano)
            const startMs = Number(startNs / 1_000n) / 1_000
            starts.set(span.traceId, Math.min(startMs, starts.get(span.traceId) ?? startMs))
            store.spans.put(
              {
                traceId: span.traceId,
                spanId: span.spanId,
                service: span.service,
                name: span.name,
                startNs,
                endNs: BigInt(span.endTimeUnixNano),
                isError: span.status.code === 'ERROR',
                dataset: span.dataset,
                document: JSON.stringify(span),
              },
              nowMs,
            )
          }
          for (const [traceId, startMs] of starts) store.traces.touch(traceId, startMs, nowMs)
          for (const dataset of new Set(spans.map((span) => span.dataset)))
            store.datasets.touch(dataset, nowMs)
        })
        counts.spans += spans.length
        counts.rejected += received.length - spans.length
        const why = 'a span needs a trace id of 16 bytes and a span id of 8, not all zero'
        return exportAnswer(request, 'rejectedSpans', received.length - spans.length, why)
      },
    },
    {
      ...door,
      path: '/v1/logs',
      check,
      handle: async (request) => {
        const records = readExport(request, 'ExportLogsServiceRequest', logRecordsOf)
        const nowMs = Date.now()
        await store.write(() => {
          for (const record of records) {
            const { dataset } = record
            const traceId = record.traceId || null
            store.logs.put(
              { traceId, spanId: record.spanId || null, dataset, document: JSON.stringify(record) },
              nowMs,
            )
          }
          for (const dataset of new Set(records.map((record) => record.dataset))) {
            store.datasets.touch(dataset, nowMs)
          }
        })
        counts.logs += records.length
        return exportAnswer(request, 'rejectedLogRecords', 0, '')
      },
    },
    {
      ...door,
      path: '/v1/metrics',
      check,
      handle: async (request) => {
        const header = request.headers['x-honeycomb-dataset']
        const dataset = (typeof header === 'string' && header.trim()) || UNKNOWN_METRICS
        const metrics = readExport(request, 'ExportMetricsServiceRequest', (body) => metricsOf(body, dataset))
        const nowMs = Date.now()
        await store.write(() => {
          for (const metric of metrics) store.metrics.add(metric, nowMs)
          if (metrics.length > 0) store.datasets.touch(dataset, nowMs)
        })
        counts.metricPoints += metrics.reduce((sum, { points }) => sum + points, 0)
        return exportAnswer(request, 'rejectedDataPoints', 0, '')
      },
    },
  ]
}

function check(request: Omit<DoorRequest, 'body'>): void {
  checkContentType(request)
  const key = request.headers['x-honeycomb-team']
  if (typeof key !== 'string' || key.trim() === '') {
    throw new Refusal(401, "missing 'x-honeycomb-team' header")
  }
}
