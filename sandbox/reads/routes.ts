import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import { type Answer, type HttpError, jsonAnswer } from '../http/answer.ts'
import type { Route, RouteRequest } from '../http/router.ts'
import type { ReadThread } from '../read-thread/read-thread.ts'
import type { Store } from '../store/store.ts'
import { checkFilter, FilterExpressionError } from '../xray/filter/trace-finder.ts'
import { readError, readErrors } from './errors.ts'
import type { LiveFeed } from './live-feed.ts'
import { readLogs } from './logs.ts'
import { readMap } from './map.ts'
import type { CheckedQuery, RequestReads } from './requests.ts'
import { exportTrace } from './trace-export.ts'
import type { TraceJob } from './trace-jobs.ts'
import { readLenses } from './trace-lenses.ts'
import { readMissingSegments, readTrace, readTraceList, type TraceStore, traceIdIn } from './traces.ts'
import { createWiringReads } from './wiring.ts'
import { readFilterTerms } from './xray-terms.ts'

/** A trace of more is read in the read thread: its records are decoded in about ten milliseconds. */
const LARGE_TRACE_BYTES = 256 * 1024
const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

/** The sandbox's own GET endpoints, for the terminal, tests and the viewer. Their shapes are in `contracts/sandbox/`. */
export function sandboxRoutes(
  store: Store,
  requests: RequestReads,
  feed: LiveFeed,
  reads: ReadThread,
  readProviders: () => Promise<ProvidersRead>,
): Route[] {
  const get = (path: string, handle: Route['handle']): Route => ({
    method: 'GET',
    path,
    handle,
    isShared: true,
    toErrorAnswer: errorAnswer,
  })
  const json = (path: string, read: (request: RouteRequest) => unknown) =>
    get(path, async (request) => jsonAnswer(200, await read(request)))
  const idOf = ({ params }: RouteRequest) => traceIdIn(params.id ?? '')
  /** The thread's answer for a large trace; undefined for others, which are read here. */
  const readLarge = (traceId: string, form: TraceJob['form'], signal: AbortSignal) =>
    store.traces.isLargerThan(traceId, LARGE_TRACE_BYTES)
      ? reads.ask({ kind: 'trace', traceId, form }, signal)
      : undefined
  // A trace without records is a 404, whose body says whether it was pruned.
  const trace = (
    path: string,
    form: TraceJob['form'],
    read: (store: TraceStore, traceId: string) => unknown,
  ) =>
    get(path, async (request) => {
      const traceId = idOf(request)
      const large = await readLarge(traceId, form, request.signal)
      if (large) return { status: 200, headers: JSON_TYPE, body: large }
      return jsonAnswer(store.traces.has(traceId) ? 200 : 404, read(store, traceId))
    })
  const wiring = createWiringReads(reads, requests.rowsOf)
  const list = (path: string, read: (query: CheckedQuery, signal: AbortSignal) => Promise<unknown>) =>
    json(path, ({ query, signal }) => read(requests.readQuery(query), signal))
  return [
    json('/sandbox/traces', ({ query }) => readTraceList(store, query)),
    trace('/sandbox/traces/:id', 'records', readTrace),
    trace('/sandbox/traces/:id/lenses', 'lenses', readLenses),
    get('/sandbox/traces/:id/export/:form', (request) => {
      const traceId = idOf(request)
      const readOtlp = () => readLarge(traceId, 'otlp', request.signal)
      return exportTrace(store, traceId, request.params.form ?? '', readOtlp)
    }),
    json('/sandbox/missing-segments', ({ query }) => readMissingSegments(store, query)),
    list('/sandbox/requests', requests.page),
    list('/sandbox/requests/menus', requests.menus),
    list('/sandbox/latency', requests.latency),
    json('/sandbox/traces/:id/peers', (request) => requests.peers(idOf(request), request.signal)),
    { ...get('/sandbox/live', ({ query }) => feed.watch(query)), isShared: false },
    json('/sandbox/xray/check', ({ query }) => checkFilter(query)),
    json('/sandbox/xray/terms', () => readFilterTerms(store)),
    list('/sandbox/xray/response-times', requests.responseTimes),
    json('/sandbox/providers', readProviders),
    json('/sandbox/errors', () => readErrors(store)),
    json('/sandbox/errors/:id', ({ params, query }) => readError(store, params.id ?? '', query)),
    json('/sandbox/wiring', ({ signal }) => wiring.wiring(signal)),
    json('/sandbox/traces/:id/twins', (request) => wiring.twins(idOf(request), request.signal)),
    json('/sandbox/errors/:id/requests', ({ params, query, signal }) =>
      wiring.errorRequests(params.id ?? '', query, signal),
    ),
    get('/sandbox/map', (request) => readMap(reads, request)),
    json('/sandbox/logs', ({ query }) => readLogs(store, query)),
  ]
}

/** A wrong filter expression has its position beside the message. */
function errorAnswer(error: HttpError): Answer {
  const { message } = error
  const body = error instanceof FilterExpressionError ? { ...error.issue, message } : { message }
  return jsonAnswer(error.status, body)
}
