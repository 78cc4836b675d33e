import { z } from 'zod'
import { BubbleUpQuestion, QuerySpecification } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS, QUERY_LIMITS } from '../../contracts/sandbox/query-words.ts'
import { type HttpError, jsonAnswer } from '../http/answer.ts'
import type { Route, RouteRequest } from '../http/router.ts'
import { parseQuery } from '../http/url-query.ts'
import { clauseError, notesOf, QueryError } from './query-error.ts'
import type { QueryOptions, QueryService } from './query-service.ts'

const OPTIONS = z.object({
  dataset: z.string().max(300).default(ALL_DATASETS),
})
const COLUMNS = OPTIONS.extend({ column: z.string().optional(), contains: z.string().max(200).optional() })

/** `POST /sandbox/query`, `POST /sandbox/bubble-up` and `GET /sandbox/columns`. Shapes: `contracts/sandbox/query.ts`. */
export function queryRoutes(service: QueryService): Route[] {
  const common = { maxBodyBytes: QUERY_LIMITS.bytes, toErrorAnswer: errorAnswer }
  return [
    {
      ...common,
      method: 'POST',
      path: '/sandbox/query',
      handle: async (request) =>
        answered(
          await service.json.query(readQuestion(QuerySpecification, request.body), optionsOf(request)),
        ),
    },
    {
      ...common,
      method: 'POST',
      path: '/sandbox/bubble-up',
      handle: async (request) =>
        answered(
          await service.json.bubbleUp(readQuestion(BubbleUpQuestion, request.body), optionsOf(request)),
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

function answered(json: string) {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: json }
}

function errorAnswer(error: HttpError) {
  return jsonAnswer(
    error.status,
    error instanceof QueryError ? error.toBody() : { message: error.message, issues: [] },
  )
}

/** Parses a question; an empty body is a question without clauses. Throws a QueryError (400) with every wrong clause. */
function readQuestion<Schema extends z.ZodType>(schema: Schema, body: Buffer): z.output<Schema> {
  const result = schema.safeParse(parseJson(body))
  if (result.success) return result.data
  throw clauseError(result.error.issues.flatMap(notesOf))
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw clauseError([{ clause: '', message: `the body is not JSON: ${why}` }])
  }
}
