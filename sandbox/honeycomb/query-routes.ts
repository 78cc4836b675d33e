import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { QuerySpecification } from '../../contracts/sandbox/query.ts'
import { QUERY_LIMITS } from '../../contracts/sandbox/query-words.ts'
import { HttpError, jsonAnswer } from '../http/answer.ts'
import type { Route } from '../http/router.ts'
import { apiRoute, baseUrlOf, readJson } from './api-route.ts'
import { columnRoutes, type Datasets, timesOf } from './column-routes.ts'
import { createQueryResults, type QueryApi, type QueryResult } from './query-results.ts'
import { createStoredQueries } from './stored-queries.ts'

/** `characters`: of all questions, and again of all results. `expiryMs`: a client polls every second or faster. */
const LIMITS = { queries: 1_000, results: 200, characters: 32 * 1024 * 1024, expiryMs: 600_000 }
export type QueryDataLimits = Readonly<typeof LIMITS>

/** s; Honeycomb's example is a day, but a result here is dropped earlier. */
const CACHE_S = 60

/** The most results that Honeycomb gives without series. */
const MAX_LIMIT = 10_000

const resultRequest = z.object({
  query_id: z.string({ error: 'cannot be blank' }).min(1, 'cannot be blank'),
  disable_series: z.boolean().nullish(),
  disable_total_by_aggregate: z.boolean().nullish(),
  /** Accepted and ignored: the rest beyond the limit is not calculated. */
  disable_other_by_aggregate: z.boolean().nullish(),
  limit: z.number().int().min(1).max(MAX_LIMIT).nullish(),
})

/**
 * Honeycomb's Queries, Query Data and Columns APIs over the stored events. A question is created, then run in the
 * background as a result, which a client polls until it is complete. Both are kept in memory.
 *
 * Source: https://api-docs.honeycomb.io/api/queries, https://api-docs.honeycomb.io/api/query-data
 */
export function queryDataRoutes(
  service: QueryApi,
  datasets: Datasets,
  limits: Partial<QueryDataLimits> = {},
): Route[] {
  const bounds = { ...LIMITS, ...limits }
  const queries = createStoredQueries(bounds)
  const results = createQueryResults(service, bounds)
  return [
    apiRoute('POST', '/1/queries/:dataset', ({ params: { dataset = '' }, body }) => {
      timesOf(datasets, dataset)
      const { id, specification } = queries.put(dataset, readJson(body, QuerySpecification))
      return jsonAnswer(200, { ...specification, id })
    }),
    apiRoute('GET', '/1/queries/:dataset/:id', ({ params: { dataset = '', id = '' } }) =>
      jsonAnswer(200, { ...queries.get(dataset, id).specification, id }),
    ),
    apiRoute('POST', '/1/query_results/:dataset', ({ params: { dataset = '' }, headers, body }) => {
      const wanted = readJson(body, resultRequest)
      const { id: queryId, specification } = queries.get(dataset, wanted.query_id)
      const result = results.create({
        dataset,
        queryId,
        specification,
        withSeries: wanted.disable_series !== true,
        withTotals: wanted.disable_total_by_aggregate === false,
        limit:
          wanted.disable_series && wanted.limit ? Math.min(wanted.limit, QUERY_LIMITS.results) : undefined,
      })
      const location = `${baseUrlOf(headers)}/1/query_results/${encodeURIComponent(dataset)}/${result.id}`
      return jsonAnswer(201, toJson(result, headers), { location })
    }),
    apiRoute('GET', '/1/query_results/:dataset/:id', ({ params: { dataset = '', id = '' }, headers }) => {
      const result = results.get(dataset, id)
      const { outcome } = result
      if (!outcome) return jsonAnswer(200, toJson(result, headers))
      if ('error' in outcome) throw finalError(outcome.error)
      const answer = jsonAnswer(
        200,
        { ...toJson(result, headers), complete: true },
        {
          'last-modified': new Date(outcome.completedMs).toUTCString(),
          'cache-control': `private, max-age=${CACHE_S}`,
        },
      )
      return { ...answer, body: `${String(answer.body).slice(0, -1)},"data":${outcome.dataJson}}` }
    }),
    ...columnRoutes(service, datasets),
  ]
}

function toJson({ id, dataset, queryId, specification }: QueryResult, headers: IncomingHttpHeaders) {
  const question = new URLSearchParams({ query: JSON.stringify(specification), dataset })
  return {
    id,
    query_id: queryId,
    query: specification,
    complete: false,
    links: {
      query_url: `${baseUrlOf(headers)}/ask?${question}`,
      // The sandbox draws no pictures.
      graph_image_url: '',
    },
  }
}

/**
 * What has failed once stays failed, so 5xx of the service become 400: Honeycomb's clients repeat a request that was
 * answered with 5xx, and this one would fail again. An internal error is thrown as it is.
 */
function finalError(error: unknown): unknown {
  return error instanceof HttpError && error.status >= 500
    ? new HttpError(400, error.message, { cause: error })
    : error
}
