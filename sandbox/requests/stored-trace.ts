import type { TraceDescription } from '../store/trace-description.ts'

/** The tables that a trace's row is made of. */
export const RECORD_TABLES = ['span_chunks', 'segments', 'rollbar_occurrences'] as const
export type RecordTable = (typeof RECORD_TABLES)[number]

/** A trace as the table takes it. */
export interface StoredTrace extends Omit<TraceDescription, 'startMs'> {
  /** The trace's number in the store. */
  readonly number: number
  readonly traceId: string
  /** Epoch ms: the trace's place in the list. */
  readonly startedMs: number
  /** Start of the earliest record, epoch ms. */
  readonly startMs: number
  /** The row of the span chunk that may have the HTTP status; 0 where no chunk can have it. */
  readonly statusRow: number
  /** The oldest row of each table; infinite without one. */
  readonly firstRows: Readonly<Record<RecordTable, number>>
}
