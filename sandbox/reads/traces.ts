import { z } from 'zod'
import type { MissingSegments, TraceList } from '../../contracts/sandbox/lists.ts'
import type { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { readSpans } from '../honeycomb/stored-spans.ts'
import { HttpError } from '../http/answer.ts'
import { parseQuery } from '../http/url-query.ts'
import { instanceJson } from '../rollbar/read-routes.ts'
import type { Store } from '../store/store.ts'

const MAX_LIMIT = 1_000

const QUERY = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(50),
  since: z
    .union([
      z
        .string()
        .regex(/^\d{1,16}$/)
        .transform(Number),
      z.iso.datetime({ offset: true }).transform((text) => Date.parse(text)),
    ])
    .optional(),
  service: z.string().min(1).optional(),
  error: z.enum(['true', 'false']).optional(),
})

/** What the reads of one trace need of the store. */
export type TraceStore = {
  readonly [Name in 'spans' | 'logs' | 'segments' | 'occurrences']: Pick<Store[Name], 'ofTrace'>
} & {
  readonly traces: Pick<Store['traces'], 'isPruned'>
}

/** All records of one trace, by provider, each as that provider received it. */
export function readTrace(store: TraceStore, traceId: string): SandboxTrace {
  return {
    traceId,
    honeycomb: {
      spans: readSpans(store.spans.ofTrace(traceId)),
      logs: store.logs.ofTrace(traceId).map(({ document }) => JSON.parse(document)),
    },
    xray: { segments: store.segments.ofTrace(traceId).map(({ document }) => JSON.parse(document)) },
    rollbar: { items: store.occurrences.ofTrace(traceId).map(instanceJson) },
    pruned: store.traces.isPruned(traceId),
  }
}

/** The list for `?limit=&since=&service=&error=`. Throws an HttpError (400). */
export function readTraceList(store: Store, query: URLSearchParams): TraceList {
  const { since, error, ...more } = parseQuery(QUERY, query)
  return { traces: store.traces.list({ ...more, sinceMs: since, error: error && error === 'true' }) }
}

const MISSING_QUERY = z.object({
  service: z.string().min(1),
  traces: z.string().regex(/^[0-9a-f]{32}(,[0-9a-f]{32})*$/),
})

/** For `?service=&traces=`, trace ids with commas in between. Throws an HttpError (400). */
export function readMissingSegments(store: Store, query: URLSearchParams): MissingSegments {
  const { service, traces } = parseQuery(MISSING_QUERY, query)
  return { traceIds: store.segments.missingOf(service, traces.split(',')) }
}

/** The trace id in a path, in either notation, as 32 hex digits. Throws an HttpError (400). */
export function traceIdIn(text: string): string {
  // Honeycomb's column has 16 of a 64-bit id.
  const traceId = parseTraceId(/^[0-9a-fA-F]{16}$/.test(text) ? text.padStart(32, '0') : text)
  if (traceId) return traceId
  throw new HttpError(400, `"${text}" is not a trace id: it has 32 or 16 hex digits, or X-Ray's form 1-8-24`)
}
