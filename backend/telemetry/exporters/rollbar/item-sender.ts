import type { RollbarOptions } from '../../options.ts'
import { createPost, isSuccess, type PostResult, retryAfterMs } from '../http-post.ts'
import type { Attempt } from '../retry-queue.ts'

/**
 * How often an item is sent that Rollbar fails to process (500): for longer than a minute. Then the item itself may be the
 * reason, and those behind it are sent.
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
  if (result.kind === 'cut') {
    return { outcome: { unconfirmed: 1, message: `Rollbar’s answer was cut off: ${result.message}` } }
  }
  if (result.kind === 'unanswered') {
    const fix = result.code === 'ECONNREFUSED' ? ': nothing listens there. Is it started?' : ''
    return { retry: `${url.origin} cannot be reached: ${result.code ?? result.message}${fix}` }
  }
  const { status, headers, body } = result
  const { err, message: reason } = parseAnswer(body)
  if (isSuccess(status) && err === 0) return { outcome: {} }
  const text = typeof reason === 'string' ? oneLine(reason) : oneLine(body.toString())
  if (isSuccess(status) && err === undefined) {
    const message = `a 2xx that is not Rollbar’s: ${text} (is a proxy or a login page in between?)`
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
  429: 'the rate limit of the token is reached; the rest waits',
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

/** The beginning of a text, without control characters. */
function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\p{C}]+/gu, ' ')
    .trim()
    .slice(0, 200)
}
