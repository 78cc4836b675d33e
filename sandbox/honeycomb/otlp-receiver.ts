import type { SandboxHealth } from '../../contracts/sandbox/health.ts'
import type { LogRecord } from '../../contracts/sandbox/trace.ts'
import { HttpError } from '../http/answer.ts'
import type { RequestHead, Route } from '../http/router.ts'
import { DEFAULT_BOUNDS } from '../store/prune.ts'
import type { Store } from '../store/store.ts'
import { isForXRay, type XRayOtlpHandler } from '../xray/otlp-receiver.ts'
import { placeInTime } from './log-time.ts'
import {
  checkContentType,
  countExport,
  exportAnswer,
  exportErrorAnswer,
  isClassicKey,
  isJson,
  keyIn,
  readExport,
  splitExport,
} from './otlp-http.ts'
import { logRecordsOf, UNKNOWN_SERVICE } from './records.ts'
import { checkMetricsSize } from './request-size.ts'

const MAX_OTLP_BYTES = 20 * 1024 * 1024 // Honeycomb's limit, before and after decompression
const UNKNOWN_METRICS = 'unknown_metrics'
const UNKNOWN_LOGS = 'unknown_log_source'

export type HoneycombCounts = SandboxHealth['providers']['honeycomb']

/**
 * `POST /v1/traces`, `/v1/logs` and `/v1/metrics`, as Honeycomb answers them. `toXRay` handles requests that are signed
 * for X-Ray.
 *
 * Source: https://github.com/honeycombio/husky/tree/main/otlp
 */
export function exportRoutes(store: Store, counts: HoneycombCounts, toXRay: XRayOtlpHandler): Route[] {
  const common = { method: 'POST', maxBodyBytes: MAX_OTLP_BYTES, toErrorAnswer: exportErrorAnswer } as const
  /** Stores the records in one transaction, with the time of the last write of their datasets. */
  const write = <Row extends { readonly dataset: string }>(
    rows: readonly Row[],
    put: (row: Row, nowMs: number) => void,
  ) => {
    const nowMs = Date.now()
    return store.write(() => {
      for (const row of rows) put(row, nowMs)
      for (const dataset of new Set(rows.map((row) => row.dataset))) store.datasets.touch(dataset, nowMs)
    })
  }
  return [
    {
      ...common,
      path: '/v1/traces',
      check: (request) => (isForXRay(request.headers) ? checkContentType(request) : checkDataset(request)),
      handle: async (request) => {
        if (isForXRay(request.headers)) return toXRay(request)
        const { chunks: split, rejected } = splitExport(request)
        const classic = classicDataset(request)
        const chunks = classic === undefined ? split : split.map((chunk) => ({ ...chunk, dataset: classic }))
        await write(chunks, store.spans.put)
        counts.spans += chunks.reduce((sum, { spanIds }) => sum + spanIds.length, 0)
        counts.rejected += rejected
        const why = 'a span needs a trace id of 16 bytes and a span id of 8, not all zero'
        return exportAnswer(request, 'rejectedSpans', rejected, why)
      },
    },
    {
      ...common,
      path: '/v1/logs',
      check,
      handle: async (request) => {
        const records = readExport(request, 'ExportLogsServiceRequest', logRecordsOf).map((record) => ({
          ...record,
          dataset: datasetOf(record, request),
        }))
        await write(records, (record, nowMs) => {
          const { traceId, spanId, dataset } = record
          const { atNs } = placeInTime(record, nowMs)
          const document = JSON.stringify(record)
          store.logs.put({ traceId: traceId || null, spanId: spanId || null, dataset, atNs, document }, nowMs)
        })
        counts.logs += records.length
        return exportAnswer(request, 'rejectedLogRecords', 0, '')
      },
    },
    {
      ...common,
      path: '/v1/metrics',
      check: checkDataset,
      handle: async (request) => {
        const { headers, body } = request
        const header = headers['x-honeycomb-dataset']
        const dataset = (typeof header === 'string' && header.trim()) || UNKNOWN_METRICS
        checkMetricsSize(body, isJson(request))
        const metrics = countExport(request).map((metric) => ({ ...metric, dataset }))
        const points = metrics.reduce((sum, metric) => sum + metric.points, 0)
        if (points > DEFAULT_BOUNDS.maxMetricPoints) {
          throw new HttpError(
            413,
            `${points} data points are more than the sandbox keeps: send them in parts`,
          )
        }
        const chunk = { dataset, encoding: isJson(request) ? 'json' : 'protobuf', points, body } as const
        const nowMs = Date.now()
        await store.write(() => {
          for (const metric of metrics) store.metrics.add(metric, nowMs)
          if (points > 0) store.metrics.put(chunk, nowMs)
          if (metrics.length > 0) store.datasets.touch(dataset, nowMs)
        })
        counts.metricPoints += points
        return exportAnswer(request, 'rejectedDataPoints', 0, '')
      },
    },
  ]
}

/** For traces and metrics. Logs without a dataset have a default one. */
function checkDataset(request: RequestHead): void {
  check(request)
  if (classicDataset(request) === '') throw new HttpError(401, "missing 'x-honeycomb-dataset' header")
}

/** The dataset in the header of a request with a Classic key, empty without one; undefined for any other key. */
function classicDataset({ headers }: RequestHead): string | undefined {
  if (!isClassicKey(keyIn(headers))) return undefined
  return String(headers['x-honeycomb-dataset'] ?? '').trim()
}

function check(request: RequestHead): void {
  checkContentType(request)
  if (keyIn(request.headers) === '') {
    throw new HttpError(401, "missing 'x-honeycomb-team' header")
  }
}

/** Logs of unknown services go to the header's dataset, or to a default one. */
function datasetOf({ dataset }: LogRecord, { headers }: RequestHead): string {
  if (dataset !== UNKNOWN_SERVICE) return dataset
  return String(headers['x-honeycomb-dataset'] ?? '').trim() || UNKNOWN_LOGS
}
