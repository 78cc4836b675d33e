import type { ColumnEntry } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS } from '../../contracts/sandbox/query-words.ts'
import { HttpError, jsonAnswer } from '../http/answer.ts'
import type { Route, RouteRequest } from '../http/router.ts'
import type { Dataset } from '../store/datasets.ts'
import { apiIdOf, apiRoute, timestamp } from './api-route.ts'
import type { QueryApi } from './query-results.ts'

export interface Datasets {
  get(slug: string): Dataset | undefined
  list(): Dataset[]
}

/** When a dataset was created and last written to, epoch ms. */
type Times = Pick<Dataset, 'createdMs' | 'lastWrittenMs'>

/**
 * `GET /1/columns/<dataset>`, with `key_name` one of them, `/1/columns/<dataset>/<id>`, and `/1/derived_columns/<dataset>`,
 * which is always empty. A column has the times of its dataset. Unlike at Honeycomb, the dataset may be `__all__`.
 *
 * Source: https://api-docs.honeycomb.io/api/columns
 */
export function columnRoutes(service: QueryApi, datasets: Datasets): Route[] {
  const read = async ({ params, signal }: RouteRequest, column?: string) => {
    const dataset = params.dataset ?? ''
    const times = timesOf(datasets, dataset)
    const { columns } = await service.columns({ column }, { dataset, signal })
    return columns
      .filter(({ name }) => column === undefined || name === column)
      .map((entry) => toJson(entry, times))
  }
  const found = <Column>(column: Column | undefined) => {
    if (!column) throw new HttpError(404, 'Column not found')
    return jsonAnswer(200, column)
  }
  return [
    apiRoute('GET', '/1/columns/:dataset', async (request) => {
      const name = request.query.get('key_name')
      return name === null ? jsonAnswer(200, await read(request)) : found((await read(request, name))[0])
    }),
    apiRoute('GET', '/1/columns/:dataset/:id', async (request) =>
      found((await read(request)).find(({ id }) => id === request.params.id)),
    ),
    apiRoute('GET', '/1/derived_columns/:dataset', ({ params, query }) => {
      timesOf(datasets, params.dataset ?? '')
      if (query.has('alias')) throw new HttpError(404, 'Derived column not found')
      return jsonAnswer(200, [])
    }),
  ]
}

/** Throws an HttpError (404) for an unknown dataset. */
export function timesOf(datasets: Datasets, slug: string): Times {
  if (slug !== ALL_DATASETS) {
    const dataset = datasets.get(slug)
    if (!dataset) throw new HttpError(404, 'Dataset not found')
    return dataset
  }
  const all = datasets.list()
  const now = Date.now()
  return {
    createdMs: all.reduce((first, { createdMs }) => Math.min(first, createdMs), now),
    lastWrittenMs: all.reduce((last, { lastWrittenMs }) => Math.max(last, lastWrittenMs), 0) || now,
  }
}

function toJson({ name, type }: ColumnEntry, { createdMs, lastWrittenMs }: Times) {
  return {
    id: apiIdOf('column', name),
    key_name: name,
    type,
    description: '',
    hidden: false,
    last_written: timestamp(lastWrittenMs),
    created_at: timestamp(createdMs),
    updated_at: timestamp(createdMs),
  }
}
