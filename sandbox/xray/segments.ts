import { z } from 'zod'
import type { SandboxHealth } from '../../contracts/sandbox/health.ts'
import { parseTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import type { DecodeThread } from '../decode-thread/decode-thread.ts'
import type { DecodedInBatches } from '../decode-thread/decoded.ts'
import type { Route } from '../http/router.ts'
import type { SegmentRow } from '../store/segments.ts'
import type { Store } from '../store/store.ts'
import type { Rejection } from './decode-segments.ts'
import { mergeDocuments } from './merge-documents.ts'
import { INTEGER, NO_TOKEN, operation, operationOnBody, TRACE_IDS } from './operation.ts'
import { assembleTrace } from './trace.ts'
import type { TransactionSearch } from './transaction-search.ts'

/** 50 documents of 64 KB, with room for escapes. */
const MAX_DOCUMENTS_BYTES = 5 * 1024 * 1024
const RETENTION_S = 30 * 24 * 3_600
const MAX_AHEAD_S = 2 * 3_600

const telemetryCount = INTEGER.optional()
const TELEMETRY = z.object({
  TelemetryRecords: z.array(
    z.object({
      Timestamp: z.number(),
      SegmentsReceivedCount: telemetryCount,
      SegmentsSentCount: telemetryCount,
      SegmentsSpilloverCount: telemetryCount,
      SegmentsRejectedCount: telemetryCount,
      BackendConnectionErrors: z
        .object({
          TimeoutCount: telemetryCount,
          ConnectionRefusedCount: telemetryCount,
          HTTPCode4XXCount: telemetryCount,
          HTTPCode5XXCount: telemetryCount,
          UnknownHostCount: telemetryCount,
          OtherCount: telemetryCount,
        })
        .optional(),
    }),
  ),
  EC2InstanceId: z.string().max(20).optional(),
  Hostname: z.string().max(255).optional(),
  ResourceARN: z.string().max(500).optional(),
})

export type SegmentCounts = Pick<
  SandboxHealth['providers']['xray'],
  'received' | 'dropped' | 'lastDrop' | 'outsideRetention'
>

/** Stores the segments of valid documents, and counts the others. */
export function createKeepSegments(store: Store, counts: SegmentCounts) {
  return async (
    batches: DecodedInBatches<SegmentRow, unknown>['batches'],
    rejected: readonly Rejection[],
  ): Promise<void> => {
    const last = rejected.at(-1)
    counts.dropped += rejected.length
    if (last) counts.lastDrop = last.id ? `${last.message} (segment ${last.id})` : last.message
    for await (const rows of batches) {
      const nowMs = Date.now()
      counts.outsideRetention += rows.filter(({ startS }) => isOutsideRetention(startS, nowMs)).length
      if (rows.length > 0) {
        await store.write(() => {
          for (const row of rows) {
            if (store.segments.put(row, nowMs)) store.traces.touch(row.traceId, row.startS * 1000, nowMs)
          }
        })
      }
      counts.received += rows.length
    }
  }
}

/**
 * X-Ray keeps traces for 30 days. It documents no error for older or future segments, and takes trace ids of any time, so
 * they are stored. Two hours are those of its OTLP endpoint.
 *
 * Sources: https://docs.aws.amazon.com/general/latest/gr/xray.html and
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
 */
function isOutsideRetention(startS: number, nowMs: number): boolean {
  return startS < nowMs / 1000 - RETENTION_S || startS > nowMs / 1000 + MAX_AHEAD_S
}

export type KeepSegments = ReturnType<typeof createKeepSegments>

/** PutTraceSegments, PutTelemetryRecords and BatchGetTraces. */
export function segmentRoutes(
  store: Store,
  keep: KeepSegments,
  search: TransactionSearch,
  decoder: DecodeThread,
): Route[] {
  return [
    operationOnBody('/TraceSegments', MAX_DOCUMENTS_BYTES, ({ body, takeTurn }) =>
      decoder.decode(
        'PutTraceSegments',
        { body },
        async ({ batches, facts: { rejected } }) => {
          await keep(batches, rejected)
          return {
            UnprocessedTraceSegments: rejected.map(({ id, code, message }) => ({
              Id: id,
              ErrorCode: code,
              Message: message,
            })),
          }
        },
        takeTurn,
      ),
    ),

    operation('/TelemetryRecords', TELEMETRY, () => ({})),

    operation(
      '/Traces',
      z.object({
        TraceIds: TRACE_IDS,
        NextToken: NO_TOKEN,
      }),
      ({ TraceIds: ids }) => {
        const found = [...new Set(ids)].map((id) => ({ id, trace: getTrace(store, id, search) }))
        return {
          Traces: found.flatMap(({ trace }) => trace ?? []),
          UnprocessedTraceIds: found.flatMap(({ id }) => (parseTraceId(id) ? [] : id)),
        }
      },
    ),
  ]
}

/** A trace in BatchGetTraces' shape; undefined if it is unknown or not indexed. */
function getTrace(store: Store, id: string, search: TransactionSearch) {
  const traceId = parseTraceId(id)
  const stored = traceId && search.isIndexed(traceId) ? store.segments.ofTrace(traceId) : []
  const trace = traceId && assembleTrace(traceId, stored)
  if (!trace) return undefined
  return {
    Id: toXRayTraceId(trace.traceId),
    Duration: seconds(trace.durationS),
    LimitExceeded: false,
    Segments: mergeDocuments(stored).map(({ id: Id, document: Document }) => ({ Id, Document })),
  }
}

/** X-Ray returns durations in whole milliseconds. */
export function seconds(value: number): number {
  return Math.round(value * 1000) / 1000
}
