import { z } from 'zod'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { readSpans } from '../honeycomb/span.ts'
import { HttpError, jsonAnswer } from '../http/answer.ts'
import type { Route } from '../http/router.ts'
import { instanceJson } from '../rollbar/read-routes.ts'
import type { Store } from '../store/store.ts'
import type { TraceQuery } from '../store/traces.ts'

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

/** Everything known of one trace, by provider, each as that provider got it. */
export interface TraceView {
  readonly traceId: string
  readonly honeycomb: { readonly spans: readonly unknown[]; readonly logs: readonly unknown[] }
  readonly xray: { readonly segments: readonly unknown[] }
  readonly rollbar: { readonly items: readonly ReturnType<typeof instanceJson>[] }
  /** Some of it was here and has been deleted, because the store is bounded. */
  readonly pruned: boolean
}

export function readTrace(store: Store, traceId: string): TraceView {
  const parse = (text: string): unknown => JSON.parse(text)
  return {
    traceId,
    honeycomb: {
      spans: readSpans(store.spans.ofTrace(traceId)),
      logs: store.logs.ofTrace(traceId).map(parse),
    },
    xray: { segments: store.segments.ofTrace(traceId).map(({ document }) => parse(document)) },
    rollbar: { items: store.occurrences.ofTrace(traceId).map(instanceJson) },
    pruned: store.traces.isPruned(traceId),
  }
}

export function isEmpty({ honeycomb, xray, rollbar }: TraceView): boolean {
  const { spans, logs } = honeycomb
  return [spans, logs, xray.segments, rollbar.items].every((records) => records.length === 0)
}

/** The trace id in a path, in either notation. Throws a HttpError (400). */
export function traceIdIn(text: string): string {
  const traceId = parseTraceId(text)
  if (traceId) return traceId
  throw new HttpError(400, `"${text}" is no trace id: it has 32 hex digits, or X-Ray's form 1-8-24`)
}

/** The sandbox's own reads: `GET /sandbox/traces` and `GET /sandbox/traces/<id>`. */
export function readRoutes(store: Store): Route[] {
  return [
    {
      method: 'GET',
      path: '/sandbox/traces',
      handle: ({ query }) => jsonAnswer(200, { traces: store.traces.list(readQuery(query)) }),
    },
    {
      method: 'GET',
      path: '/sandbox/traces/:id',
      handle: ({ params }) => {
        const trace = readTrace(store, traceIdIn(params.id ?? ''))
        return jsonAnswer(isEmpty(trace) ? 404 : 200, trace)
      },
    },
  ]
}

/** `?limit=&since=&service=&error=`; an empty one counts as absent. Throws a HttpError (400). */
export function readQuery(query: URLSearchParams): TraceQuery {
  const given = Object.fromEntries([...query].filter(([, value]) => value !== ''))
  const result = QUERY.safeParse(given)
  if (!result.success) {
    const issue = result.error.issues[0]
    throw new HttpError(400, `${issue?.path.join('.')}: ${issue?.message}`)
  }
  const { limit, since, service, error } = result.data
  return {
    limit,
    ...(since === undefined ? {} : { sinceMs: since }),
    ...(service === undefined ? {} : { service }),
    ...(error === undefined ? {} : { error: error === 'true' }),
  }
}
