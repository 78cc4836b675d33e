import { z } from 'zod'
import {
  MAX_REQUESTS_PAGE,
  REQUEST_ORDERS,
  REQUEST_PROVIDERS,
  REQUEST_SORTS,
  REQUEST_STATUSES,
} from '../../contracts/sandbox/list-words.ts'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { HttpError } from '../http/answer.ts'
import { parseQuery } from '../http/url-query.ts'
import { readCursor } from './cursor.ts'
import type { RequestQuestion } from './list-jobs.ts'
import type { Ordering, Position } from './request-order.ts'
import { MAX_WORDS, readWords } from './words.ts'

const number = z.coerce.number().nonnegative()
const provider = z.enum(REQUEST_PROVIDERS)
const QUERY = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_REQUESTS_PAGE).default(100),
  sort: z.enum(REQUEST_SORTS).default('start'),
  order: z.enum(REQUEST_ORDERS).default('desc'),
  after: z.string().optional(),
  since: number.optional(),
  until: number.optional(),
  service: z.string().optional(),
  route: z.string().optional(),
  text: z.string().max(200).optional(),
  status: z.enum(REQUEST_STATUSES).optional(),
  min: number.optional(),
  max: number.optional(),
  has: provider.optional(),
  lacks: provider.optional(),
  trace: z.string().optional(),
  filter: z.string().optional(),
  group: z.string().max(100).optional(),
})

export interface RequestQuery {
  readonly question: RequestQuestion
  readonly ordering: Ordering
  readonly after: Position | undefined
  readonly limit: number
}

/** The list's filters and order in a URL's query. Throws an HttpError (400). Filter expressions are not parsed yet. */
export function readRequestQuery(query: URLSearchParams): RequestQuery {
  const { limit, sort, order, after, since, until, service, route, status, min, max, has, lacks, ...more } =
    parseQuery(QUERY, query)
  const ordering = { sort, order }
  const position = after === undefined ? undefined : readCursor(ordering, after)
  if (after !== undefined && !position) throw new HttpError(400, 'after: no cursor of this order')
  const text = more.text?.trim() || undefined
  if (text !== undefined && readWords(text).length > MAX_WORDS) {
    throw new HttpError(400, `text: more than ${MAX_WORDS} words`)
  }
  const idInText = text && parseTraceId(text.toLowerCase())
  const traceId = (more.trace && parseTraceId(more.trace)) || idInText || undefined
  const statusClass = status && /^\d/.test(status) ? Number(status[0]) : undefined
  return {
    limit,
    ordering,
    after: position,
    question: {
      filter: {
        sinceMs: since,
        untilMs: until,
        service,
        route,
        error: status === 'error' || status === 'ok' ? status === 'error' : undefined,
        statusClass,
        minMs: min,
        maxMs: max,
        has,
        lacks,
        traceIds: traceId ? [traceId] : undefined,
      },
      text: idInText ? undefined : text,
      xray: { filter: more.filter, group: more.group },
    },
  }
}
