import { jsonAnswer } from '../http/answer.ts'
import { Refusal } from '../http/http-error.ts'
import type { DoorRequest, Route } from '../http/router.ts'
import type { Dataset } from '../store/datasets.ts'
import type { Store } from '../store/store.ts'
import { isClassicKey, keyIn } from './api-key.ts'

/** What `/1/auth` says of every key: that it may do what this sandbox can do. */
const AUTH = {
  id: 'sandbox',
  type: 'configuration',
  api_key_access: { events: true, createDatasets: true, markers: false, triggers: false, queries: false },
  environment: { name: 'local', slug: 'local' },
  team: { name: 'Sandbox', slug: 'sandbox' },
}
const INGEST_KEY = /^hc[a-z]i[ck]_/
/** Classic knows none. */
const NO_ENVIRONMENT = { name: '', slug: '' }

/**
 * `GET /1/auth`, `/1/datasets` and `/1/datasets/<slug>`.
 *
 * Source: https://docs.honeycomb.io/api/tag/Auth, https://docs.honeycomb.io/api/tag/Datasets
 */
export function apiRoutes(store: Store): Route[] {
  const refuse = (refusal: Refusal) => jsonAnswer(refusal.status, { error: refusal.message })
  const door = { method: 'GET', check, refuse } as const
  return [
    { ...door, path: '/1/auth', handle: ({ headers }) => jsonAnswer(200, authOf(keyIn(headers))) },
    { ...door, path: '/1/datasets', handle: () => jsonAnswer(200, store.datasets.list().map(toJson)) },
    {
      ...door,
      path: '/1/datasets/:slug',
      handle: ({ params }) => {
        const dataset = store.datasets.get(params.slug ?? '')
        if (!dataset) throw new Refusal(404, 'Dataset not found')
        return jsonAnswer(200, toJson(dataset))
      },
    },
  ]
}

function authOf(key: string) {
  return {
    ...AUTH,
    type: INGEST_KEY.test(key) ? 'ingest' : 'configuration',
    environment: isClassicKey(key) ? NO_ENVIRONMENT : AUTH.environment,
  }
}

function check({ headers }: Pick<DoorRequest, 'headers'>): void {
  if (keyIn(headers) === '') {
    throw new Refusal(401, 'unknown API key - check your credentials')
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
