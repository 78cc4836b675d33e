import type { DatabaseSync } from 'node:sqlite'
import type { StrayOccurrence, Wiring } from '../../../contracts/sandbox/wiring.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { TraceTable } from '../trace-table.ts'
import { ServiceWiring } from './service-wiring.ts'
import { type ErrorRequestIds, failedRequests, StrayErrors } from './stray-errors.ts'
import { readTwins, readWiring, type TwinIds } from './twin-search.ts'
import { WorkReader } from './work-reader.ts'

/** Milliseconds after which records are no longer read, so that lists need not wait. The next call continues. */
const READ_MS = 300

export type TwinJob =
  | { readonly kind: 'wiring'; readonly nowMs: number }
  | { readonly kind: 'trace twins'; readonly traceId: string; readonly nowMs: number }
  | {
      readonly kind: 'error requests'
      readonly itemId: number
      /** Ids of the occurrences. */
      readonly newest: number
      readonly oldest: number
      readonly nowMs: number
    }

/** The answer to 'trace twins'. */
export interface TraceTwinIds extends TwinIds {
  readonly errors: readonly StrayOccurrence[]
}

/** Answers what looks like one request although it is stored as two. */
export function createTwinJobs(database: DatabaseSync) {
  const reader = new WorkReader(database)
  const strays = new StrayErrors(database)
  let known: { traces: TraceTable; version: number; services: ServiceWiring } | undefined
  const servicesOf = (traces: TraceTable): ServiceWiring => {
    if (known?.traces !== traces || known.version !== traces.version) {
      known = { traces, version: traces.version, services: new ServiceWiring(traces) }
    }
    return known.services
  }
  return (
    job: TwinJob,
    traces: TraceTable,
    check: CheckDeadline,
  ): Wiring | TraceTwinIds | readonly ErrorRequestIds[] => {
    const endMs = performance.now() + READ_MS
    const hasTime = () => {
      check()
      return performance.now() < endMs
    }
    const context = { traces, reader, services: servicesOf(traces), nowMs: job.nowMs, hasTime }
    if (job.kind === 'wiring') return readWiring(context)
    const twinsOf = (traceId: string) =>
      readTwins(traceId, context).twins.flatMap(({ honeycomb, xray }) => [honeycomb, xray])
    const failed = failedRequests(traces, reader)
    if (job.kind === 'error requests') return strays.ofItem(job.itemId, job, failed, twinsOf)
    const { traceId } = job
    return { ...readTwins(traceId, context), errors: strays.ofTrace(traceId, failed, twinsOf) }
  }
}
