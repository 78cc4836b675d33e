import type { Refusal } from '../http/refusal.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { html } from './html.ts'
import { listPage } from './list-page.ts'
import { page } from './page.ts'
import { readQuery, readTrace, traceIdIn } from './reads.ts'
import { tracePage } from './trace-page.ts'

/** The pages: `/` and `/trace/<id>`. */
export function viewerRoutes(store: Store): Route[] {
  const refuse = (refusal: Refusal) =>
    page(
      'Sandbox',
      html`<header><h1><a href="/">Traces</a></h1></header><p class="empty">${refusal.message}</p>`,
      {
        status: refusal.status,
      },
    )
  return [
    {
      method: 'GET',
      path: '/',
      refuse,
      handle: ({ query }) => listPage(store.traces.list(readQuery(query))),
    },
    {
      method: 'GET',
      path: '/trace/:id',
      refuse,
      handle: ({ params }) => tracePage(readTrace(store, traceIdIn(params.id ?? ''))),
    },
  ]
}
