import type { SandboxHealth } from '../../contracts/sandbox/health.ts'
import { HttpError, jsonAnswer } from '../http/answer.ts'
import type { Route, RouteRequest } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { formatIssue, occurrenceOf, PAYLOAD } from './payload.ts'

const MAX_ITEM_BYTES = 1024 * 1024 // https://docs.rollbar.com/reference/create-item
const TOKEN_HEADER = 'x-rollbar-access-token'

export type RollbarCounts = SandboxHealth['providers']['rollbar']

/** An HTTP error in Rollbar's shape. */
export function rollbarErrorAnswer(error: HttpError) {
  return jsonAnswer(error.status, { err: 1, message: error.message })
}

export function tokenIn(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

/**
 * `POST /api/1/item/` and `GET /api/1/status/ping`.
 *
 * Source: https://docs.rollbar.com/reference/create-item
 */
export function itemRoutes(store: Store, counts: RollbarCounts): Route[] {
  const rate = createRateWindow()
  return [
    {
      method: 'GET',
      path: '/api/1/status/ping',
      handle: () => ({ status: 200, headers: { 'content-type': 'text/plain' }, body: 'pong' }),
    },
    {
      method: 'POST',
      path: '/api/1/item',
      takesTelemetry: true,
      maxBodyBytes: MAX_ITEM_BYTES,
      toErrorAnswer: (error) => {
        counts.refused++
        return rollbarErrorAnswer(error)
      },
      handle: async (request) => {
        const { data } = readPayload(request)
        const nowMs = Date.now()
        const { isAllowed, headers } = rate.take(nowMs)
        if (!isAllowed) {
          counts.refused++
          return jsonAnswer(429, { err: 1, message: 'rate limit exceeded' }, headers)
        }
        const occurrence = occurrenceOf(data, nowMs)
        await store.write(() => {
          store.occurrences.put(occurrence, nowMs)
          if (occurrence.traceId) {
            // Rollbar has whole seconds. Their last millisecond keeps the trace from starting before its own spans.
            store.traces.touch(occurrence.traceId, occurrence.timestampS * 1_000 + 999, nowMs)
          }
        })
        counts.items++
        return jsonAnswer(200, { err: 0, result: { id: null, uuid: occurrence.uuid } }, headers)
      },
    },
  ]
}

/** Throws an HttpError: 400 for a body that is no JSON object, 401 without a token, 422 for an invalid payload. */
function readPayload(request: RouteRequest) {
  let json: unknown
  try {
    json = JSON.parse(textOf(request))
  } catch (error) {
    throw new HttpError(400, 'no JSON payload was found, or it could not be decoded', { cause: error })
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new HttpError(400, 'the payload is not a JSON object')
  }
  const inBody = 'access_token' in json && tokenIn(json.access_token)
  if (!tokenIn(request.headers[TOKEN_HEADER]) && !inBody) throw new HttpError(401, 'access token required')
  const result = PAYLOAD.safeParse(json)
  if (result.success) return result.data
  throw new HttpError(422, formatIssue(result.error.issues[0]))
}

/**
 * The JSON, which is the body itself or its form field `payload`. A body that is no such form is read as JSON whatever its
 * content type: curl calls everything a form.
 *
 * Source: https://github.com/rollbar/docs/blob/master/api/items_post.md#overview
 */
function textOf({ body, headers }: RouteRequest): string {
  const text = body.toString('utf8')
  const isForm = headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  return (isForm && new URLSearchParams(text).get('payload')) || text
}

/** Items per minute; more are answered 429. */
const ITEMS_PER_MINUTE = 10_000
const WINDOW_S = 60

/** Counts calls in windows of one minute. */
export function createRateWindow(limit = ITEMS_PER_MINUTE) {
  let window = 0
  let used = 0
  return {
    /** Counts one call; `isAllowed` is false beyond the limit. `headers` are Rollbar's. */
    take(nowMs: number): { isAllowed: boolean; headers: Record<string, string> } {
      const nowS = Math.floor(nowMs / 1000)
      const current = Math.floor(nowS / WINDOW_S)
      if (current !== window) {
        window = current
        used = 0
      }
      used++
      const resetS = (current + 1) * WINDOW_S
      return {
        isAllowed: used <= limit,
        headers: {
          'x-rate-limit-limit': String(limit),
          'x-rate-limit-remaining': String(Math.max(0, limit - used)),
          'x-rate-limit-reset': String(resetS),
          'x-rate-limit-remaining-seconds': String(resetS - nowS),
        },
      }
    },
  }
}
