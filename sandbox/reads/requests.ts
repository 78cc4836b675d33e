import { z } from 'zod'
import type { LatencyPoints, RequestPage, RequestRow } from '../../contracts/sandbox/lists.ts'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { readSpans } from '../honeycomb/stored-spans.ts'
import type { Store } from '../store/store.ts'
import type { TraceFilter, TracePlace, WalkedTrace } from '../store/traces.ts'
import { parseQuery } from './traces.ts'

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
})

export interface RequestQuery {
  readonly limit: number
  readonly filter: TraceFilter
  readonly matches: (row: RequestRow) => boolean
  /** Whether `matches` needs the HTTP status. */
  readonly wantsStatus: boolean
}

/** The list's filters in a URL's query. Throws an HttpError (400). */
export function readRequestQuery(query: URLSearchParams): RequestQuery {
  const { limit, after, since, until, service, route, text, status, min, max, has, lacks, trace } =
    parseQuery(QUERY, query)
  const words = text?.toLowerCase().trim()
  const traceId = (trace && parseTraceId(trace)) || (words && parseTraceId(words)) || undefined
  const first = typeof status === 'string' && /^\d/.test(status) ? Number(status[0]) : undefined
  return {
    limit,
    wantsStatus: first !== undefined,
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
  const found = search(store, query, SEARCH_MS)
  return { ...found, requests: found.requests.map((row) => withStatus(store, row)) }
}

/** The points of the latency chart: the newest requests that match. */
export function readLatency(store: Store, query: RequestQuery): LatencyPoints {
  const { requests } = search(store, { ...query, limit: MAX_POINTS }, 2 * SEARCH_MS)
  return {
    points: requests.map(({ startMs, durationMs, error, traceId }) => [
      startMs,
      durationMs,
      error ? 1 : 0,
      traceId,
    ]),
  }
}

function search(store: Store, query: RequestQuery, withinMs: number): RequestPage {
  const requests: RequestRow[] = []
  const deadline = performance.now() + withinMs
  let reachedMs: number | null = null
  for (const trace of store.traces.walk(query.filter)) {
    reachedMs = trace.startMs
    const row = rowOf(trace)
    const known = query.wantsStatus ? withStatus(store, row) : row
    if (query.matches(known)) requests.push(known)
    if (requests.length === query.limit || performance.now() > deadline) {
      return { requests, next: row.place, reachedMs }
    }
  }
  return { requests, next: null, reachedMs }
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
