import { DatabaseSync } from 'node:sqlite'
import type { JobAnswerer } from '../read-thread/jobs.ts'
import { createLogs } from '../store/logs.ts'
import { createOccurrences } from '../store/occurrences.ts'
import { createSegments } from '../store/segments.ts'
import { createSpans } from '../store/spans.ts'
import { createTraceIndex } from '../store/traces.ts'
import { otlpRequestOf } from './trace-export.ts'
import { readLenses } from './trace-lenses.ts'
import { readTrace, type TraceStore } from './traces.ts'

/** A trace of so many records that decoding them would hold up the main thread. */
export interface TraceJob {
  readonly kind: 'trace'
  readonly traceId: string
  readonly form: keyof typeof FORMS
}

const FORMS = { records: readTrace, lenses: readLenses, otlp: otlpRequestOf } as const

/** Reads large traces, in the read thread. */
export function createTraceJobs(file: string): JobAnswerer<TraceJob> {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
  const index = createTraceIndex(database)
  const store: TraceStore = {
    traces: index,
    spans: createSpans(database, index),
    logs: createLogs(database),
    segments: createSegments(database),
    occurrences: createOccurrences(database),
  }
  return ({ traceId, form }) => FORMS[form](store, traceId)
}
