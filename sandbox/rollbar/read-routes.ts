import type { RollbarInstance } from '../../contracts/sandbox/trace.ts'
import { HttpError, jsonAnswer } from '../http/answer.ts'
import type { RequestHead, Route, RouteRequest } from '../http/router.ts'
import type { Occurrence, StoredItem } from '../store/occurrences.ts'
import type { Store } from '../store/store.ts'
import { tokenIn } from './decode-item.ts'
import { rollbarErrorAnswer } from './item-route.ts'

const ITEMS_PER_PAGE = 100
const INSTANCES_PER_PAGE = 20
/** Items cannot be resolved or muted here. */
const STATUS = 'active'
const PROJECT_ID = 1
/** An exact integer; other ids are uuids. */
const ID = /^\d{1,15}$/

/**
 * Rollbar's reads, whose paths call an occurrence `instance`. `:id` is a number, or the uuid of an occurrence.
 *
 * Source: https://docs.rollbar.com/reference/get-an-item-by-id, https://docs.rollbar.com/reference/list-all-items, https://github.com/rollbar/docs/blob/master/api/occurrences.md
 */
export function rollbarReadRoutes(store: Store): Route[] {
  const get = (path: string, read: (request: RouteRequest) => unknown): Route => ({
    method: 'GET',
    path,
    check,
    toErrorAnswer: rollbarErrorAnswer,
    handle: (request) => jsonAnswer(200, { err: 0, result: read(request) }),
  })
  return [
    get('/api/1/items', ({ query }) => {
      const page = pageOf(query)
      const levels = query.getAll('level')
      const environments = query.getAll('environment')
      const statuses = query.getAll('status')
      const ids = idsOf(query)
      const words = (query.get('query') ?? '').toLowerCase()
      const all = store.occurrences
        .items()
        .filter(({ level }) => levels.length === 0 || levels.includes(level))
        .filter(({ environment }) => environments.length === 0 || environments.includes(environment))
        .filter(() => statuses.length === 0 || statuses.includes(STATUS))
        .filter(({ id }) => !ids || ids.has(id))
        .filter(({ title }) => title.toLowerCase().includes(words))
      const items = all.slice((page - 1) * ITEMS_PER_PAGE, page * ITEMS_PER_PAGE).map(itemJson)
      return { page, total_count: all.length, items }
    }),
    get('/api/1/item/:id', ({ params }) => itemJson(findItem(params.id ?? ''))),
    get('/api/1/item/:id/instances', ({ params, query }) => {
      const page = pageOf(query)
      const { id } = findItem(params.id ?? '')
      const offset = (page - 1) * INSTANCES_PER_PAGE
      return {
        page,
        instances: store.occurrences.pageOfItem(id, INSTANCES_PER_PAGE, offset).map(instanceJson),
      }
    }),
    {
      method: 'GET',
      path: '/api/1/item_by_counter/:counter',
      check,
      toErrorAnswer: rollbarErrorAnswer,
      handle: ({ params }) => {
        const { id } = findItem(params.counter ?? '')
        const path = `/api/1/item/${id}`
        return jsonAnswer(301, { err: 0, result: { itemId: id, path, uri: path } }, { location: path })
      },
    },
    get('/api/1/instances', ({ query }) => {
      const page = pageOf(query)
      const offset = (page - 1) * INSTANCES_PER_PAGE
      return { page, instances: store.occurrences.page(INSTANCES_PER_PAGE, offset).map(instanceJson) }
    }),
    get('/api/1/instance/:id', ({ params }) => {
      const occurrence = findOccurrence(params.id ?? '')
      if (!occurrence) throw new HttpError(404, 'Instance not found')
      return instanceJson(occurrence)
    }),
  ]

  function findOccurrence(id: string): Occurrence | undefined {
    return ID.test(id) ? store.occurrences.byId(Number(id)) : store.occurrences.byUuid(id)
  }

  function findItem(id: string): StoredItem {
    const itemId = ID.test(id) ? Number(id) : store.occurrences.byUuid(id)?.itemId
    const item = itemId === undefined ? undefined : store.occurrences.item(itemId)
    if (!item) throw new HttpError(404, 'Item not found')
    return item
  }
}

function check({ headers, query }: RequestHead): void {
  if (tokenIn(headers['x-rollbar-access-token']) || tokenIn(query.get('access_token'))) return
  throw new HttpError(401, 'access token required')
}

/** `ids`: numbers with commas between them; undefined without the parameter. */
function idsOf(query: URLSearchParams): Set<number> | undefined {
  const text = query.get('ids')
  if (!text) return undefined
  if (!/^\d{1,15}(,\d{1,15})*$/.test(text))
    throw new HttpError(400, 'ids must be numbers with commas between them')
  return new Set(text.split(',').map(Number))
}

function pageOf(query: URLSearchParams): number {
  const text = query.get('page') ?? '1'
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new HttpError(400, 'page must be a number from 1 on')
  return Number(text)
}

/** The occurrence as `result` of `/api/1/instance/:id`. */
export function instanceJson({ id, itemId, timestampS, document }: Occurrence): RollbarInstance {
  const data: RollbarInstance['data'] = JSON.parse(document)
  return {
    id,
    project_id: PROJECT_ID,
    item_id: itemId,
    timestamp: timestampS,
    version: 2,
    data,
    billable: 1,
  }
}

function itemJson(item: StoredItem) {
  return {
    id: item.id,
    counter: item.id,
    project_id: PROJECT_ID,
    public_item_id: null,
    hash: item.fingerprint,
    environment: item.environment,
    platform: item.platform,
    framework: item.framework,
    title: item.title,
    level: item.level,
    status: STATUS,
    total_occurrences: item.total,
    first_occurrence_id: item.firstOccurrenceId,
    first_occurrence_timestamp: item.firstS,
    last_occurrence_id: item.lastOccurrenceId,
    last_occurrence_timestamp: item.lastS,
    assigned_user_id: null,
  }
}
