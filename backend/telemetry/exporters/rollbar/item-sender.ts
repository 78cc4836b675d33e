import type { RollbarOptions } from '../../options.ts'
import { foreignAnswer, oneLine, unreachable } from '../answer.ts'
import { createPost, isSuccess, type PostResult, retryAfterMs } from '../http-post.ts'
import type { Attempt } from '../retry-queue.ts'

/**
 * How many times an item is sent while Rollbar answers 500: for more than a minute. After that the item itself may be the
 * cause, and it must not block those behind it.
 */
const MAX_ATTEMPTS = 20

/**
 * Returns a function that posts an item. An item may be posted again: Rollbar discards the second of two with one uuid.
 *
 * Source: https://docs.rollbar.com/reference/create-item
 */
export function createItemSender({
  apiEndpoint,
  accessToken,
}: Pick<RollbarOptions, 'apiEndpoint' | 'accessToken'>): (body: Uint8Array) => Promise<Attempt> {
  const url = new URL(`${apiEndpoint}/api/1/item/`)
  const post = createPost(url)
  const headers = { 'content-type': 'application/json', 'x-rollbar-access-token': accessToken }
  const attempts = new WeakMap<Uint8Array, number>()
  return async (body) => {
    const number = (attempts.get(body) ?? 0) + 1
    attempts.set(body, number)
    return judge(await post(headers, body), url, number)
  }
}

/** What the answer to the `number`-th post of an item means. */
function judge(result: PostResult, url: URL, number: number): Attempt {
  if (result.kind === 'cut') return { retry: `Rollbar’s answer was cut off: ${result.message}` }
  if (result.kind === 'unanswered') return { retry: unreachable(url, result.code, result.message) }
  const { status, headers, body } = result
  const { err, message: reason } = parseAnswer(body)
  if (isSuccess(status) && err === 0) return { outcome: {} }
  const text = typeof reason === 'string' ? oneLine(reason) : oneLine(body.toString())
  if (isSuccess(status) && err === undefined) {
    const message = foreignAnswer('Rollbar', text)
    return { outcome: { refused: 1, message } }
  }
  const fix = FIXES[status]
  const message = `Rollbar answered ${status}: ${text}${fix ? ` (${fix})` : ''}`
  if (status === 429) return { retry: message, afterMs: retryAfterMs(headers) ?? rateLimitEndsInMs(headers) }
  const isRetryable = status === 408 || status > 500 || (status === 500 && number < MAX_ATTEMPTS)
  return isRetryable
    ? { retry: message, afterMs: retryAfterMs(headers) }
    : { outcome: { refused: 1, message } }
}

const FIXES: Readonly<Record<number, string>> = {
  401: 'the token is missing or unknown: check ROLLBAR_ACCESS_TOKEN',
  403: 'the token must have the scope post_server_item, and the project must not be over its quota',
  429: 'the rate limit of the token is reached; what waits is sent again',
}

/** `{"err": 0, "result": …}`, or `{"err": 1, "message": …}`. Any other body has neither field. */
function parseAnswer(body: Buffer): { readonly err?: unknown; readonly message?: unknown } {
  try {
    const value: unknown = JSON.parse(body.toString())
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}

/** Milliseconds until the minute of Rollbar's rate limit ends. */
function rateLimitEndsInMs(headers: NodeJS.Dict<string | string[]>): number | undefined {
  const seconds = Number(headers['x-rate-limit-remaining-seconds'])
  return seconds >= 0 ? seconds * 1_000 : undefined
}
