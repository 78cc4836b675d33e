import type { LogRecord } from '../../contracts/sandbox/trace.ts'
import type { Decoded } from '../decode-thread/decoded.ts'
import { HttpError } from '../http/answer.ts'
import type { MetricChunk, MetricRow } from '../store/datasets.ts'
import type { LogRow } from '../store/logs.ts'
import { DEFAULT_BOUNDS } from '../store/prune.ts'
import type { SpanChunk } from '../store/spans.ts'
import { placeInTime } from './log-time.ts'
import { countExport, type ExportBody, readExport, splitExport } from './otlp-body.ts'
import { logRecordsOf, UNKNOWN_SERVICE } from './records.ts'
import { createSizeBound } from './request-size.ts'

// What is stored of an export request. Each function throws an HttpError: 400 for a body that is not OTLP, and 413.

const UNKNOWN_METRICS = 'unknown_metrics'
const UNKNOWN_LOGS = 'unknown_log_source'

export interface SpansToDecode extends ExportBody {
  /** Of all spans, where the key is a Classic one. */
  readonly classicDataset: string | undefined
}

export function decodeSpans({
  classicDataset,
  ...body
}: SpansToDecode): Decoded<SpanChunk, { readonly rejected: number }> {
  const { chunks, rejected } = splitExport(body)
  if (classicDataset === undefined) return { rows: chunks, facts: { rejected } }
  return { rows: chunks.map((chunk) => ({ ...chunk, dataset: classicDataset })), facts: { rejected } }
}

export interface RecordsToDecode extends ExportBody {
  /** In the request's head; empty without one. */
  readonly dataset: string
}

export function decodeLogs({ dataset, ...body }: RecordsToDecode): Decoded<LogRow, undefined> {
  const bound = createSizeBound()
  const nowMs = Date.now()
  const rows = readExport(body, 'ExportLogsServiceRequest', logRecordsOf).map((read) => {
    const record = { ...read, dataset: logsDataset(read, dataset) }
    const document = JSON.stringify(record)
    bound.add(document.length)
    return {
      traceId: record.traceId || null,
      spanId: record.spanId || null,
      dataset: record.dataset,
      atNs: placeInTime(record, nowMs).atNs,
      document,
    }
  })
  return { rows, facts: undefined }
}

/** Logs of unknown services go to the head's dataset, or to a default one. */
function logsDataset({ dataset }: LogRecord, inHead: string): string {
  return dataset === UNKNOWN_SERVICE ? inHead || UNKNOWN_LOGS : dataset
}

/** The counts of the metrics, and behind them the request itself, which is the last to be stored. */
export function decodeMetrics({
  dataset: inHead,
  ...request
}: RecordsToDecode): Decoded<MetricRow | MetricChunk, { readonly points: number }> {
  const { encoding, body } = request
  const dataset = inHead || UNKNOWN_METRICS
  const metrics = countExport(request).map((metric) => ({ ...metric, dataset }))
  const points = metrics.reduce((sum, metric) => sum + metric.points, 0)
  if (points > DEFAULT_BOUNDS.maxMetricPoints) {
    throw new HttpError(413, `${points} data points are more than the sandbox keeps: send them in parts`)
  }
  const chunk = { dataset, encoding, points, body }
  return { rows: points > 0 ? [...metrics, chunk] : metrics, facts: { points } }
}
