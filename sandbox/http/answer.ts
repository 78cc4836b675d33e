import type { Readable } from 'node:stream'

/** An HTTP answer as a value: handlers return it, and the server writes it. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A stream is written as it produces data, until the client disconnects. */
  readonly body?: string | Uint8Array | Readable
}

/** An answer whose body is `value` as JSON. */
export function jsonAnswer(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
    body: JSON.stringify(value),
  }
}

/** An answer with status 4xx or 5xx and a sentence. Each route formats it as its provider does. */
export class HttpError extends Error {
  override readonly name: string = 'HttpError'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}
