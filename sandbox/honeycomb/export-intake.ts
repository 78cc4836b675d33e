import type { SandboxHealth } from '../../contracts/sandbox/health.ts'
import type { LogRecord } from '../../contracts/sandbox/trace.ts'
import { HttpError } from '../http/answer.ts'
import { DEFAULT_BOUNDS } from '../store/prune.ts'
import type { Store } from '../store/store.ts'
import { isClassicKey } from './api-key.ts'
import { placeInTime } from './log-time.ts'
import { countExport, type ExportBody, readExport, splitExport } from './otlp-body.ts'
import { logRecordsOf, UNKNOWN_SERVICE } from './records.ts'
import { checkMetricsSize, createSizeBound } from './request-size.ts'

const UNKNOWN_METRICS = 'unknown_metrics'
const UNKNOWN_LOGS = 'unknown_log_source'
const INVALID_IDS = 'a span needs a trace id and a span id, of at most 16 bytes and not all zero'

export type Signal = 'traces' | 'logs' | 'metrics'

/** What Honeycomb reads of an export request's HTTP headers or gRPC metadata. Both are trimmed, and empty without one. */
export interface ExportHead {
  /** x-honeycomb-team */
  readonly key: string
  /** x-honeycomb-dataset */
  readonly dataset: string
}

export interface ExportRequest extends ExportHead, ExportBody {}

export interface ExportResult {
  /** Records that were not stored, and why. */
  readonly rejected: number
  readonly errorMessage: string
}

/** Takes the export requests of one signal, over HTTP and over gRPC. */
export interface Intake {
  /** Throws an HttpError (401) for a request that Honeycomb rejects by its head alone. */
  readonly check: (head: ExportHead) => void
  /** Stores the records. Throws an HttpError: 400 for a body that is not OTLP, 413, or 503 while the disk is full. */
  readonly take: (request: ExportRequest) => Promise<ExportResult>
}

export type HoneycombCounts = Omit<SandboxHealth['providers']['honeycomb'], 'grpcPort'>

/**
 * Stores what is exported to Honeycomb, as Honeycomb does.
 *
 * Source: https://github.com/honeycombio/husky/tree/main/otlp
 */
export function createIntakes(store: Store, counts: HoneycombCounts): Readonly<Record<Signal, Intake>> {
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
  return {
    traces: {
      check: checkKeyAndDataset,
      take: async (request) => {
        const { chunks: split, rejected } = splitExport(request)
        const classic = classicDataset(request)
        const chunks = classic === undefined ? split : split.map((chunk) => ({ ...chunk, dataset: classic }))
        await write(chunks, store.spans.put)
        counts.spans += chunks.reduce((sum, { spanIds }) => sum + spanIds.length, 0)
        counts.rejected += rejected
        return { rejected, errorMessage: INVALID_IDS }
      },
    },
    logs: {
      check: checkKey,
      take: async (request) => {
        const bound = createSizeBound()
        const records = readExport(request, 'ExportLogsServiceRequest', logRecordsOf).map((read) => {
          const record = { ...read, dataset: logsDataset(read, request) }
          const document = JSON.stringify(record)
          bound.add(document.length)
          return { ...record, document }
        })
        await write(records, (record, nowMs) => {
          const { traceId, spanId, dataset, document } = record
          const { atNs } = placeInTime(record, nowMs)
          store.logs.put({ traceId: traceId || null, spanId: spanId || null, dataset, atNs, document }, nowMs)
        })
        counts.logs += records.length
        return ALL_STORED
      },
    },
    metrics: {
      check: checkKeyAndDataset,
      take: async (request) => {
        const { encoding, body } = request
        const dataset = request.dataset || UNKNOWN_METRICS
        checkMetricsSize(body, encoding === 'json')
        const metrics = countExport(request).map((metric) => ({ ...metric, dataset }))
        const points = metrics.reduce((sum, metric) => sum + metric.points, 0)
        if (points > DEFAULT_BOUNDS.maxMetricPoints) {
          throw new HttpError(
            413,
            `${points} data points are more than the sandbox keeps: send them in parts`,
          )
        }
        const nowMs = Date.now()
        await store.write(() => {
          for (const metric of metrics) store.metrics.add(metric, nowMs)
          if (points > 0) store.metrics.put({ dataset, encoding, points, body }, nowMs)
          if (metrics.length > 0) store.datasets.touch(dataset, nowMs)
        })
        counts.metricPoints += points
        return ALL_STORED
      },
    },
  }
}

const ALL_STORED: ExportResult = { rejected: 0, errorMessage: '' }

function checkKey({ key }: ExportHead): void {
  if (key === '') throw new HttpError(401, "missing 'x-honeycomb-team' header")
}

/** For traces and metrics. Logs without a dataset have a default one. */
function checkKeyAndDataset(head: ExportHead): void {
  checkKey(head)
  if (classicDataset(head) === '') throw new HttpError(401, "missing 'x-honeycomb-dataset' header")
}

/** The dataset in the head of a request with a Classic key, empty without one; undefined for any other key. */
function classicDataset({ key, dataset }: ExportHead): string | undefined {
  return isClassicKey(key) ? dataset : undefined
}

/** Logs of unknown services go to the head's dataset, or to a default one. */
function logsDataset({ dataset }: LogRecord, head: ExportHead): string {
  return dataset === UNKNOWN_SERVICE ? head.dataset || UNKNOWN_LOGS : dataset
}
