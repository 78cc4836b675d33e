import type { HoneycombAuth } from '../../contracts/honeycomb-auth.ts'
import { HttpError, jsonAnswer } from '../http/answer.ts'
import type { Route, RouteRequest } from '../http/router.ts'
import type { Dataset } from '../store/datasets.ts'
import type { Store } from '../store/store.ts'
import { isClassicKey, keyIn } from './api-key.ts'
import { apiRoute } from './api-route.ts'

/** The answer of `/1/auth`: each key may do everything that the sandbox can. */
const AUTH = {
  id: 'sandbox',
  type: 'configuration',
  api_key_access: {
    events: true,
    createDatasets: true,
    columns: true,
    queries: true,
    markers: false,
    triggers: false,
  },
  environment: { name: 'local', slug: 'local' },
  team: { name: 'Sandbox', slug: 'sandbox' },
}
const INGEST_KEY = /^hc[a-z]i[ck]_/
/** Classic has no environments. */
const NO_ENVIRONMENT = { name: '', slug: '' }

/**
 * `GET /1/auth`, `/1/datasets` and `/1/datasets/<slug>`.
 *
 * Source: https://docs.honeycomb.io/api/tag/Auth, https://docs.honeycomb.io/api/tag/Datasets
 */
export function apiRoutes(store: Store): Route[] {
  const get = (path: string, read: (request: RouteRequest) => unknown): Route =>
    apiRoute('GET', path, (request) => jsonAnswer(200, read(request)))
  return [
    get('/1/auth', ({ headers }) => authOf(keyIn(headers))),
    get('/1/datasets', () => store.datasets.list().map(toJson)),
    get('/1/datasets/:slug', ({ params }) => {
      const dataset = store.datasets.get(params.slug ?? '')
      if (!dataset) throw new HttpError(404, 'Dataset not found')
      return toJson(dataset)
    }),
  ]
}

function authOf(key: string): HoneycombAuth {
  return {
    ...AUTH,
    type: INGEST_KEY.test(key) ? 'ingest' : 'configuration',
    environment: isClassicKey(key) ? NO_ENVIRONMENT : AUTH.environment,
  }
}

function toJson({ slug, name, createdMs, lastWrittenMs }: Dataset) {
  return {
    name,
    slug,
    description: '',
    created_at: new Date(createdMs).toISOString(),
    last_written_at: new Date(lastWrittenMs).toISOString(),
  }
}
