import type { Decoded } from '../decode-thread/decoded.ts'
import { HttpError } from '../http/answer.ts'
import type { NewOccurrence } from '../store/occurrences.ts'
import { formatIssue, occurrenceOf, PAYLOAD } from './payload.ts'

export interface ItemToDecode {
  readonly body: Uint8Array
  readonly contentType: string | undefined
  /** Whether the head of the request has an access token. */
  readonly hasToken: boolean
}

/**
 * The occurrence in a request. Throws an HttpError: 400 for a body that is no JSON object, 401 without a token, 422 for an
 * invalid payload.
 */
export function decodeItem(item: ItemToDecode): Decoded<NewOccurrence, { readonly uuid: string }> {
  const occurrence = occurrenceOf(readPayload(item), Date.now())
  return { rows: [occurrence], facts: { uuid: occurrence.uuid } }
}

export function tokenIn(value: unknown): boolean {
  return typeof value === 'string' && value.trim() !== ''
}

function readPayload(item: ItemToDecode) {
  let json: unknown
  try {
    json = JSON.parse(textOf(item))
  } catch (error) {
    throw new HttpError(400, 'no JSON payload was found, or it could not be decoded', { cause: error })
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new HttpError(400, 'the payload is not a JSON object')
  }
  const inBody = 'access_token' in json && tokenIn(json.access_token)
  if (!item.hasToken && !inBody) throw new HttpError(401, 'access token required')
  const result = PAYLOAD.safeParse(json)
  if (result.success) return result.data.data
  throw new HttpError(422, formatIssue(result.error.issues[0]))
}

/**
 * The JSON, which is the body itself or its form field `payload`. A body that is no such form is read as JSON whatever its
 * content type: curl calls everything a form.
 *
 * Source: https://github.com/rollbar/docs/blob/master/api/items_post.md#overview
 */
function textOf({ body, contentType }: ItemToDecode): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8')
  const isForm = contentType?.startsWith('application/x-www-form-urlencoded')
  return (isForm && new URLSearchParams(text).get('payload')) || text
}
