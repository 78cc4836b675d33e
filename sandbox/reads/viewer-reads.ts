import { jsonAnswer } from '../http/answer.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { readError, readErrors } from './error-reads.ts'
import type { createLiveFeed } from './live-feed.ts'
import { readLogs } from './log-reads.ts'
import type { ProvidersView } from './provider-reads.ts'
import { traceIdIn } from './reads.ts'
import { readLatency, readRequestQuery, readRequests } from './requests.ts'
import { exportTrace } from './trace-export.ts'
import { readLenses } from './trace-lenses.ts'

/** What the viewer asks the sandbox for; nobody else need know of it. */
export function viewerReads(
  store: Store,
  feed: ReturnType<typeof createLiveFeed>,
  readProviders: () => Promise<ProvidersView>,
): Route[] {
  const get = (path: string, handle: Route['handle']): Route => ({ method: 'GET', path, handle })
  return [
    get('/sandbox/requests', ({ query }) => jsonAnswer(200, readRequests(store, readRequestQuery(query)))),
    get('/sandbox/latency', ({ query }) =>
      jsonAnswer(200, { points: readLatency(store, readRequestQuery(query)) }),
    ),
    get('/sandbox/providers', async () => jsonAnswer(200, await readProviders())),
    get('/sandbox/errors', () => jsonAnswer(200, readErrors(store))),
    get('/sandbox/errors/:id', ({ params, query }) => {
      const page = Math.max(0, Math.min(100_000, Math.floor(Number(query.get('page')) || 0)))
      return jsonAnswer(200, readError(store, params.id ?? '', page))
    }),
    get('/sandbox/logs', ({ query }) => jsonAnswer(200, readLogs(store, query))),
    get('/sandbox/live', ({ query }) => feed.watch(query)),
    get('/sandbox/traces/:id/lenses', ({ params }) => {
      const traceId = traceIdIn(params.id ?? '')
      return jsonAnswer(store.traces.has(traceId) ? 200 : 404, readLenses(store, traceId))
    }),
    get('/sandbox/traces/:id/export/:form', ({ params }) =>
      exportTrace(store, traceIdIn(params.id ?? ''), params.form ?? ''),
    ),
  ]
}
