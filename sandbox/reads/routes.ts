import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type {
  ErrorDetail,
  ErrorList,
  LatencyPoints,
  LogPage,
  MetricList,
  RequestPage,
  TraceList,
} from '../../contracts/sandbox/lists.ts'
import type { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { type Answer, jsonAnswer } from '../http/answer.ts'
import type { Route, RouteRequest } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { readError, readErrors } from './errors.ts'
import type { LiveFeed } from './live-feed.ts'
import { readLogs } from './logs.ts'
import { readLatency, readRequestQuery, readRequests } from './requests.ts'
import { exportTrace } from './trace-export.ts'
import { readLenses } from './trace-lenses.ts'
import { readTrace, readTraceQuery, traceIdIn } from './traces.ts'

/** The sandbox's own reads, for the terminal, tests and the viewer. Their shapes are in `contracts/sandbox/`. */
export function readRoutes(
  store: Store,
  feed: LiveFeed,
  readProviders: () => Promise<ProvidersRead>,
): Route[] {
  const get = (path: string, handle: (request: RouteRequest) => Answer | Promise<Answer>): Route => ({
    method: 'GET',
    path,
    handle,
  })
  const idOf = ({ params }: RouteRequest) => traceIdIn(params.id ?? '')
  const known = (traceId: string) => (store.traces.has(traceId) ? 200 : 404)
  return [
    get('/sandbox/traces', ({ query }) =>
      ok<TraceList>({ traces: store.traces.list(readTraceQuery(query)) }),
    ),
    get('/sandbox/traces/:id', (request) => {
      const traceId = idOf(request)
      return jsonAnswer(known(traceId), readTrace(store, traceId) satisfies SandboxTrace)
    }),
    get('/sandbox/traces/:id/lenses', (request) => {
      const traceId = idOf(request)
      return jsonAnswer(known(traceId), readLenses(store, traceId) satisfies TraceLenses)
    }),
    get('/sandbox/traces/:id/export/:form', (request) =>
      exportTrace(store, idOf(request), request.params.form ?? ''),
    ),
    get('/sandbox/metrics', () => ok<MetricList>({ metrics: store.metrics.list() })),
    get('/sandbox/requests', ({ query }) => ok<RequestPage>(readRequests(store, readRequestQuery(query)))),
    get('/sandbox/latency', ({ query }) =>
      ok<LatencyPoints>({ points: readLatency(store, readRequestQuery(query)) }),
    ),
    get('/sandbox/live', ({ query }) => feed.watch(query)),
    get('/sandbox/providers', async () => ok<ProvidersRead>(await readProviders())),
    get('/sandbox/errors', () => ok<ErrorList>(readErrors(store))),
    get('/sandbox/errors/:id', ({ params, query }) => {
      const page = Math.max(0, Math.min(100_000, Math.floor(Number(query.get('page')) || 0)))
      return ok<ErrorDetail>(readError(store, params.id ?? '', page))
    }),
    get('/sandbox/logs', ({ query }) => ok<LogPage>(readLogs(store, query))),
  ]
}

function ok<Body>(body: Body): Answer {
  return jsonAnswer(200, body)
}
