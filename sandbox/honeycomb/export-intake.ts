import type { SandboxHealth } from '../../contracts/sandbox/health.ts'
import type { DecodeThread } from '../decode-thread/decode-thread.ts'
import { HttpError } from '../http/answer.ts'
import type { Store } from '../store/store.ts'
import { isClassicKey } from './api-key.ts'
import type { ExportBody } from './otlp-body.ts'

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
  /**
   * Stores the records, of a large request in several transactions. Throws an HttpError: 400 for a body that is not OTLP, and
   * 413, before anything is stored; 503 while the disk is full, or too much is sent. `takeTurn` is a RouteRequest's.
   */
  readonly take: (request: ExportRequest, takeTurn: () => Promise<void>) => Promise<ExportResult>
}

export type HoneycombCounts = Omit<SandboxHealth['providers']['honeycomb'], 'grpcPort'>

/**
 * Stores what is exported to Honeycomb, as Honeycomb does.
 *
 * Source: https://github.com/honeycombio/husky/tree/main/otlp
 */
export function createIntakes(
  store: Store,
  counts: HoneycombCounts,
  decoder: DecodeThread,
): Readonly<Record<Signal, Intake>> {
  /** Stores a batch in one transaction, with the time of the last write of its datasets. */
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
      take: ({ encoding, body, ...head }, takeTurn) =>
        decoder.decode(
          'spans',
          { encoding, body, classicDataset: classicDataset(head) },
          async ({ batches, facts: { rejected } }) => {
            for await (const chunks of batches) {
              await write(chunks, store.spans.put)
              counts.spans += chunks.reduce((sum, { spanIds }) => sum + spanIds.length, 0)
            }
            counts.rejected += rejected
            return { rejected, errorMessage: INVALID_IDS }
          },
          takeTurn,
        ),
    },
    logs: {
      check: checkKey,
      take: ({ encoding, body, dataset }, takeTurn) =>
        decoder.decode(
          'logs',
          { encoding, body, dataset },
          async ({ batches }) => {
            for await (const rows of batches) {
              await write(rows, store.logs.put)
              counts.logs += rows.length
            }
            return ALL_STORED
          },
          takeTurn,
        ),
    },
    metrics: {
      check: checkKeyAndDataset,
      take: ({ encoding, body, dataset }, takeTurn) =>
        decoder.decode(
          'metrics',
          { encoding, body, dataset },
          async ({ batches, facts: { points } }) => {
            for await (const rows of batches) {
              await write(rows, (row, nowMs) =>
                'body' in row ? store.metrics.put(row, nowMs) : store.metrics.add(row, nowMs),
              )
            }
            counts.metricPoints += points
            return ALL_STORED
          },
          takeTurn,
        ),
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
