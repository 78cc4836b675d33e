import { z } from 'zod'
import type { LatencyPoint, LatencyPoints, RequestPage, RequestRow } from '../../contracts/sandbox/lists.ts'
import type { ResponseTime, ResponseTimes } from '../../contracts/sandbox/xray-filter.ts'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { readSpans } from '../honeycomb/stored-spans.ts'
import { parseQuery } from '../http/url-query.ts'
import type { Store } from '../store/store.ts'
import type { TraceFilter, TracePlace, WalkedTrace } from '../store/traces.ts'
import { assembleTrace, type Trace } from '../xray/trace.ts'
import { createTraceFinder, type TraceFinder } from './xray-filter.ts'

/** Milliseconds after which a search stops, because it blocks the event loop; the next call continues. */
const SEARCH_MS = 60
const MAX_LIMIT = 200
const MAX_POINTS = 2_000
const PROVIDERS = { honeycomb: 'spans', xray: 'segments', rollbar: 'items' } as const

const number = z.coerce.number().nonnegative()
const provider = z.enum(['honeycomb', 'xray', 'rollbar'])
const QUERY = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
  after: z
    .string()
    .regex(/^\d+(\.\d+)?_\d+$/)
    .optional(),
  since: number.optional(),
  until: number.optional(),
  service: z.string().optional(),
  route: z.string().optional(),
  text: z.string().max(200).optional(),
  status: z.enum(['2xx', '3xx', '4xx', '5xx', 'error', 'ok']).optional(),
  min: number.optional(),
  max: number.optional(),
  has: provider.optional(),
  lacks: provider.optional(),
  trace: z.string().optional(),
  filter: z.string().optional(),
  group: z.string().max(100).optional(),
})

export interface RequestQuery {
  readonly limit: number
  readonly filter: TraceFilter
  readonly matches: (row: RequestRow) => boolean
  /** Whether `matches` needs the HTTP status. */
  readonly wantsStatus: boolean
  /** Of an X-Ray filter expression or group; asked last, because it reads all segments of a trace. */
  readonly xray: TraceFinder | undefined
}

/** The list's filters in a URL's query. Throws an HttpError (400). */
export function readRequestQuery(store: Store, query: URLSearchParams): RequestQuery {
  const { limit, after, since, until, service, route, text, status, min, max, has, lacks, trace, ...xray } =
    parseQuery(QUERY, query)
  const words = text?.toLowerCase().trim()
  const traceId = (trace && parseTraceId(trace)) || (words && parseTraceId(words)) || undefined
  const first = typeof status === 'string' && /^\d/.test(status) ? Number(status[0]) : undefined
  return {
    limit,
    wantsStatus: first !== undefined,
    xray: createTraceFinder(store, xray),
    filter: {
      after: after ? placeOf(after) : undefined,
      sinceMs: since,
      untilMs: until,
      service,
      error: status === 'error' || status === 'ok' ? status === 'error' : undefined,
      traceIds: traceId ? [traceId] : undefined,
    },
    matches: (row) =>
      (route === undefined || row.name === route) &&
      (min === undefined || row.durationMs >= min) &&
      (max === undefined || row.durationMs <= max) &&
      (has === undefined || row[PROVIDERS[has]] > 0) &&
      (lacks === undefined || row[PROVIDERS[lacks]] === 0) &&
      (first === undefined || Math.floor((row.status ?? 0) / 100) === first) &&
      (!words || traceId !== undefined || textOf(row).includes(words)),
  }
}

/** One page of the list, newest first. Even a short or empty page may have a next one. */
export function readRequests(store: Store, query: RequestQuery): RequestPage {
  const { found, ...page } = search(store, query, SEARCH_MS, (row) => row)
  return { requests: found.map((row) => withStatus(store, row)), ...page }
}

/** The points of the latency chart: the newest requests that match. */
export function readLatency(store: Store, query: RequestQuery): LatencyPoints {
  const toPoint = ({ startMs, durationMs, error, traceId }: RequestRow): LatencyPoint => [
    startMs,
    durationMs,
    error ? 1 : 0,
    traceId,
  ]
  const points = search(store, { ...query, limit: MAX_POINTS }, 2 * SEARCH_MS, toPoint).found
  return { points, matching: points.length }
}

/** How long the root segments took that an expression's `responsetime` is compared with. */
export function readResponseTimes(store: Store, query: RequestQuery): ResponseTimes {
  const toTime = ({ traceId, segments }: RequestRow, known: Trace | undefined): ResponseTime | undefined => {
    if (segments === 0) return undefined
    const { root } = known ?? assembleTrace(traceId, store.segments.ofTrace(traceId)) ?? {}
    if (root?.endS === undefined) return undefined
    return [root.endS - root.startS, root.isError || root.isFault || root.isThrottle ? 1 : 0]
  }
  const { found, next } = search(store, { ...query, limit: MAX_POINTS }, 2 * SEARCH_MS, toTime)
  return { times: found, isComplete: next === null }
}

/** What `pick` makes of the requests that match, without those that it makes nothing of. */
function search<Item>(
  store: Store,
  query: RequestQuery,
  withinMs: number,
  pick: (row: RequestRow, trace: Trace | undefined) => Item | undefined,
): { readonly found: Item[] } & Pick<RequestPage, 'next' | 'reachedMs'> {
  const found: Item[] = []
  const deadline = performance.now() + withinMs
  let reachedMs: number | null = null
  for (const walked of store.traces.walk(query.filter)) {
    reachedMs = walked.startMs
    const row = rowOf(walked)
    if (query.matches(query.wantsStatus ? withStatus(store, row) : row)) {
      const trace = row.segments > 0 ? query.xray?.(row.traceId) : undefined
      const item = query.xray && !trace ? undefined : pick(row, trace)
      if (item !== undefined) found.push(item)
    }
    if (found.length === query.limit || performance.now() > deadline) {
      return { found, next: row.place, reachedMs }
    }
  }
  return { found, next: null, reachedMs }
}

function rowOf({ place, rootName, httpStatus, startedAt: _, ...trace }: WalkedTrace): RequestRow {
  return {
    ...trace,
    name: rootName,
    status: httpStatus ?? null,
    place: `${place.startedMs}_${place.number}`,
  }
}

/** Reads the status from the root span if no segment has it. */
function withStatus(store: Store, row: RequestRow): RequestRow {
  if (row.status !== null || row.spans === 0) return row
  const chunk = store.spans.rootOf(row.traceId)
  const root = chunk && readSpans([chunk]).find(({ parentSpanId }) => parentSpanId === '')
  const status = Number(root?.attributes['http.response.status_code'] ?? root?.attributes['http.status_code'])
  return Number.isInteger(status) && status > 0 ? { ...row, status } : row
}

function textOf({ name, services, traceId }: RequestRow): string {
  return `${name} ${services.join(' ')} ${traceId}`.toLowerCase()
}

/** Reads a row's `place`. */
function placeOf(text: string): TracePlace {
  const [startedMs = 0, traceNumber = 0] = text.split('_').map(Number)
  return { startedMs, number: traceNumber }
}
