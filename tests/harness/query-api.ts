import { expect, vi } from 'vitest'
import type { QueryAnswer, QuerySpecification } from '../../contracts/sandbox/query.ts'
import type { Datasets } from '../../sandbox/honeycomb/column-routes.ts'
import type { QueryApi } from '../../sandbox/honeycomb/query-results.ts'
import { type QueryDataLimits, queryDataRoutes } from '../../sandbox/honeycomb/query-routes.ts'
import { createHttpServer, drain, listen } from '../../sandbox/http/server.ts'
import type { QueryOptions } from '../../sandbox/query/query-service.ts'
import { resultData } from '../../sandbox/query/result-data.ts'
import { HONEYCOMB_KEY } from './sandbox.ts'

const TIME = '2023-11-14T22:13:20.000Z'
const DATASET = { slug: 'api', name: 'API', createdMs: 1_700_000_000_123, lastWrittenMs: 1_700_000_060_999 }

/** The answer of the service for a question with breakdowns. */
export const ANSWER: QueryAnswer = {
  results: [
    { name: 'a', COUNT: 3, 'AVG(duration_ms)': null },
    { name: null, COUNT: 1, 'AVG(duration_ms)': 2.5 },
  ],
  resultTraces: [null, null],
  series: [{ time: TIME, data: { name: 'a', COUNT: 3, 'AVG(duration_ms)': null } }],
  heatmaps: [],
  traces: [],
  rows: 4,
  stored: 4,
  groupCount: 2,
  range: { start: 1_700_000_000, end: 1_700_007_200, granularity: 60 },
  warnings: [],
  emptiedBy: null,
  elapsedMs: 1,
}
/** And for one without. */
export const TOTAL = { ...ANSWER, results: [{ COUNT: 4 }], series: [{ time: TIME, data: { COUNT: 3 } }] }
export const COUNT_BY_NAME = { calculations: [{ op: 'COUNT' }], breakdowns: ['name'] }

type Answerer = (question: QuerySpecification, options: QueryOptions) => Promise<QueryAnswer>

/**
 * Honeycomb's Query Data API over a service whose columns and answers are always the same, with one dataset, `api`. Its
 * end fails for internal errors that the test has not taken out of `internalErrors`.
 */
export async function queryApiForTest(limits: Partial<QueryDataLimits> = {}) {
  const asked: { question: QuerySpecification; options: QueryOptions }[] = []
  const internalErrors: unknown[] = []
  let answer: Answerer = async ({ breakdowns }) => (breakdowns ? ANSWER : TOTAL)
  const service: QueryApi = {
    json: {
      async resultData(question, parts, options) {
        asked.push({ question, options })
        const first = await answer(question, options)
        const data = resultData(question, parts, (one) => (one === question ? first : TOTAL))
        return Buffer.from(JSON.stringify(data))
      },
    },
    columns: async ({ column }) => ({
      columns: (['name', 'duration_ms'] as const)
        .filter((name) => column === undefined || name === column)
        .map((name) => ({
          name,
          type: name === 'name' ? 'string' : 'float',
          share: 1,
          distinct: 2,
          values: [],
        })),
      datasets: [],
      rows: 4,
      truncated: 0,
    }),
  }
  const datasets: Datasets = { get: (slug) => (slug === 'api' ? DATASET : undefined), list: () => [DATASET] }
  const server = createHttpServer({
    routes: queryDataRoutes(service, datasets, limits),
    allowedHosts: [],
    onInternalError: (error) => internalErrors.push(error),
  })
  const url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}`

  /** GET, or POST with a body. */
  const ask = async (path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const response = await fetch(url + path, {
      headers: { ...HONEYCOMB_KEY, ...headers },
      ...(body === undefined ? {} : { method: 'POST', body: text }),
    })
    // biome-ignore lint/suspicious/noExplicitAny: the tests compare it.
    return { status: response.status, headers: response.headers, body: (await response.json()) as any }
  }
  const create = async (specification: unknown, dataset = 'api'): Promise<string> =>
    (await ask(`/1/queries/${dataset}`, specification)).body.id
  const startResult = (queryId: string, options: object = {}, dataset = 'api') =>
    ask(`/1/query_results/${dataset}`, { query_id: queryId, ...options })
  /** Polls, as a client does, until the result is complete or an error. */
  const completed = (id: string) =>
    vi.waitFor(async () => {
      const result = await ask(`/1/query_results/api/${id}`)
      if (result.status === 200) expect(result.body.complete).toBe(true)
      return result
    })
  return {
    url,
    asked,
    internalErrors,
    ask,
    create,
    startResult,
    completed,
    run: async (specification: unknown, options: object = {}) =>
      completed((await startResult(await create(specification), options)).body.id),
    answerWith(next: Answerer): void {
      answer = next
    },
    async [Symbol.asyncDispose]() {
      await drain(server)
      expect(internalErrors).toEqual([])
    },
  }
}
