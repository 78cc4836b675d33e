import { z } from 'zod'
import { BubbleUpQuestion, QuerySpecification } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS, QUERY_LIMITS } from '../../contracts/sandbox/query-words.ts'
import type { Route, RouteRequest } from '../http/router.ts'
import { parseQuery } from '../http/url-query.ts'
import { QUERY_CLAUSES } from './query-error.ts'
import type { QueryOptions, QueryService } from './query-service.ts'
import { answered, questionErrorAnswer, readQuestion } from './question-body.ts'

const OPTIONS = z.object({
  dataset: z.string().max(300).default(ALL_DATASETS),
})
const COLUMNS = OPTIONS.extend({ column: z.string().optional(), contains: z.string().max(200).optional() })

/** `POST /sandbox/query`, `POST /sandbox/bubble-up` and `GET /sandbox/columns`. Shapes: `contracts/sandbox/query.ts`. */
export function queryRoutes(service: QueryService): Route[] {
  const common = { maxBodyBytes: QUERY_LIMITS.bytes, toErrorAnswer: questionErrorAnswer }
  return [
    {
      ...common,
      method: 'POST',
      path: '/sandbox/query',
      handle: async (request) =>
        answered(
          await service.json.query(
            readQuestion(QuerySpecification, request.body, QUERY_CLAUSES),
            optionsOf(request),
          ),
        ),
    },
    {
      ...common,
      method: 'POST',
      path: '/sandbox/bubble-up',
      handle: async (request) =>
        answered(
          await service.json.bubbleUp(
            readQuestion(BubbleUpQuestion, request.body, QUERY_CLAUSES),
            optionsOf(request),
          ),
        ),
    },
    {
      ...common,
      method: 'GET',
      path: '/sandbox/columns',
      handle: async (request) => {
        const { column, contains } = parseQuery(COLUMNS, request.query)
        return answered(await service.json.columns({ column, contains }, optionsOf(request)))
      },
    },
  ]
}

function optionsOf({ query, signal }: RouteRequest): QueryOptions {
  const { dataset } = parseQuery(OPTIONS, query)
  return { dataset, signal }
}
