import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { JSON_HEADERS } from '../../contracts/json-headers.ts'
import type { Answer } from './answer.ts'

/** How long a large answer waits for a client that does not read; smaller ones fit into the system's buffers. */
const UNREAD_TIMEOUT_MS = 30_000
const LARGE_ANSWER_BYTES = 256 * 1024

/** Of answers that are not JSON. Pages add a policy that allows what they need. */
const EVERY_HEADERS = {
  'cross-origin-resource-policy': JSON_HEADERS['cross-origin-resource-policy'],
  'x-content-type-options': JSON_HEADERS['x-content-type-options'],
}

/** The bytes of large answers that clients have not read yet, of all connections together. */
export class UnreadBytes {
  #left: number

  constructor(maxBytes: number) {
    this.#left = maxBytes
  }

  /** False, without taking anything, where not as many are left. */
  take(bytes: number): boolean {
    if (bytes > this.#left) return false
    this.#left -= bytes
    return true
  }

  give(bytes: number): void {
    this.#left += bytes
  }
}

/**
 * Sends an answer. A large one takes its bytes from `unread` until it is sent; where not enough are left, it is replaced by a
 * 503. `isListening`: false closes the connection afterwards.
 */
export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body = '' }: Answer,
  isListening: boolean,
  unread: UnreadBytes,
): void {
  const isCutShort = !request.complete
  const isJson = headers['content-type']?.startsWith('application/json') === true
  const common = {
    ...(isJson ? JSON_HEADERS : EVERY_HEADERS),
    ...headers,
    ...(isCutShort || !isListening ? { connection: 'close' } : {}),
  }
  if (body instanceof Readable) {
    response.writeHead(status, common)
    if (request.method === 'HEAD') {
      body.destroy()
      response.end()
    } else {
      response.flushHeaders()
      // Whichever side ends first ends the other. A client that disconnects is no error.
      pipeline(body, response, () => {})
    }
    return
  }
  const bytes = Buffer.byteLength(body)
  if (bytes > LARGE_ANSWER_BYTES) {
    // Clients that do not read must not keep large answers for ever, nor many of them.
    response.setTimeout(UNREAD_TIMEOUT_MS, () => response.destroy())
    if (unread.take(bytes)) response.once('close', () => unread.give(bytes))
    else {
      response.writeHead(503, {
        ...common,
        ...JSON_HEADERS,
        'content-type': 'application/json; charset=utf-8',
      })
      response.end(
        JSON.stringify({ message: 'too many large answers are waiting for clients that do not read them' }),
      )
      return
    }
  }
  response.writeHead(status, { ...common, 'content-length': bytes })
  response.end(request.method === 'HEAD' ? undefined : body)
}
