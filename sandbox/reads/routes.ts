import type { Answer, HttpError } from '../http/answer.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import type { BuiltApp } from './built-app.ts'
import { html } from './html.ts'
import { listPage } from './list-page.ts'
import { page } from './page.ts'
import { readQuery, readTrace, traceIdIn } from './reads.ts'
import { tracePage } from './trace-page.ts'

/** The viewer's pages besides `/` and `/trace/<id>`, which have a plain form too. */
const PAGES = ['/map', '/errors', '/errors/:id', '/logs', '/providers']

/**
 * The viewer at `/` and `/trace/<id>`, and below `/plain` the same two as pages that need no script. Where the viewer
 * is not built, those stand in its place.
 */
export function viewerRoutes(store: Store, app: BuiltApp): Route[] {
  const get = (path: string, handle: Route['handle']): Route => ({
    method: 'GET',
    path,
    toErrorAnswer,
    handle,
  })
  const list = (query: URLSearchParams, trace: string, note?: typeof NOT_BUILT) =>
    listPage(store.traces.list(readQuery(query)), trace, note)
  return [
    get('/', ({ query }) => app.shell(0) ?? list(query, 'trace/', NOT_BUILT)),
    get('/trace/:id', ({ params }) => {
      const traceId = traceIdIn(params.id ?? '')
      const status = store.traces.has(traceId) ? 200 : 404
      return app.shell(1, status) ?? tracePage(readTrace(store, traceId), '../', NOT_BUILT)
    }),
    ...PAGES.map((path) => get(path, () => app.shell(path.split('/').length - 2) ?? notBuilt())),
    get('/plain', ({ query }) => list(query, 'plain/trace/')),
    get('/plain/trace/:id', ({ params }) =>
      tracePage(readTrace(store, traceIdIn(params.id ?? '')), '../../plain'),
    ),
    { method: 'GET', path: '/assets/:name', handle: ({ params }) => app.asset(params.name ?? '') },
  ]
}

const NOT_BUILT = html`<p class="empty">This is the plain page: the viewer is not built here. <code>npm run viewer</code>
builds it, in seconds; then load this page again.</p>`

function notBuilt(): Answer {
  return page('Sandbox', html`<header><h1><a href="./">Traces</a></h1></header>${NOT_BUILT}`, { status: 503 })
}

function toErrorAnswer(refusal: HttpError): Answer {
  const body = html`<header><h1><a href="/">Traces</a></h1></header><p class="empty">${refusal.message}</p>`
  return page('Sandbox', body, { status: refusal.status })
}
