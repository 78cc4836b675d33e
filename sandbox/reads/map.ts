import { z } from 'zod'
import { MAP_GROUPINGS } from '../../contracts/sandbox/map-words.ts'
import type { Answer } from '../http/answer.ts'
import type { RouteRequest } from '../http/router.ts'
import { parseQuery } from '../http/url-query.ts'
import type { ReadThread } from '../read-thread/read-thread.ts'

const MAX_MINUTES = 7 * 24 * 60

const QUERY = z.object({
  minutes: z.coerce.number().positive().max(MAX_MINUTES).default(60),
  by: z.enum(MAP_GROUPINGS).default('service'),
  verify: z.enum(['folded', 'shown']).default('folded'),
})

/** `GET /sandbox/map`: a ServiceMap. Throws an HttpError: 400 for a wrong query, 503 while too many reads wait. */
export async function readMap(reads: ReadThread, { query, signal }: RouteRequest): Promise<Answer> {
  const { minutes, by, verify } = parseQuery(QUERY, query)
  const foldsVerify = verify === 'folded'
  const body = await reads.ask({ kind: 'map', by, minutes, nowMs: Date.now(), foldsVerify }, signal)
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body }
}
