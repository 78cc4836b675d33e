import type { SandboxHealth } from '../../contracts/sandbox/health.ts'
import type { DecodeThread } from '../decode-thread/decode-thread.ts'
import { type HttpError, jsonAnswer } from '../http/answer.ts'
import type { Route } from '../http/router.ts'
import type { NewOccurrence } from '../store/occurrences.ts'
import type { Store } from '../store/store.ts'
import { tokenIn } from './decode-item.ts'

const MAX_ITEM_BYTES = 1024 * 1024 // https://docs.rollbar.com/reference/create-item
const TOKEN_HEADER = 'x-rollbar-access-token'

export type RollbarCounts = SandboxHealth['providers']['rollbar']

/** An HTTP error in Rollbar's shape. */
export function rollbarErrorAnswer(error: HttpError) {
  return jsonAnswer(error.status, { err: 1, message: error.message })
}

/**
 * `POST /api/1/item/` and `GET /api/1/status/ping`.
 *
 * Source: https://docs.rollbar.com/reference/create-item
 */
export function itemRoutes(store: Store, counts: RollbarCounts, decoder: DecodeThread): Route[] {
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
      handle: ({ body, headers: sent, takeTurn }) => {
        const item = { body, contentType: sent['content-type'], hasToken: tokenIn(sent[TOKEN_HEADER]) }
        return decoder.decode(
          'item',
          item,
          async ({ batches, facts: { uuid } }) => {
            const nowMs = Date.now()
            const { isAllowed, headers } = rate.take(nowMs)
            if (!isAllowed) {
              counts.refused++
              return jsonAnswer(429, { err: 1, message: 'rate limit exceeded' }, headers)
            }
            for await (const occurrences of batches) {
              await store.write(() => {
                for (const occurrence of occurrences) put(store, occurrence, nowMs)
              })
            }
            counts.items++
            return jsonAnswer(200, { err: 0, result: { id: null, uuid } }, headers)
          },
          takeTurn,
        )
      },
    },
  ]
}

function put(store: Store, occurrence: NewOccurrence, nowMs: number): void {
  store.occurrences.put(occurrence, nowMs)
  if (!occurrence.traceId) return
  // Rollbar has whole seconds. Their last millisecond keeps the trace from starting before its own spans.
  store.traces.touch(occurrence.traceId, occurrence.timestampS * 1_000 + 999, nowMs)
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
