import type { Readable } from 'node:stream'

/** One HTTP answer, as a value: handlers return it, the server writes it. */
export interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  /** A stream is written as it comes, for as long as the client stays. */
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

/**
 * What a door answers instead of doing what was asked: a status of the 4xx or 5xx kind and a sentence.
 * Each door puts it into its provider's own shape.
 */
export class HttpError extends Error {
  override readonly name: string = 'HttpError'
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
  }
}
