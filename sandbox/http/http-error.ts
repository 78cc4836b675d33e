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
