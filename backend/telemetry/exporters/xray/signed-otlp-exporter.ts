import { setTimeout as delay } from 'node:timers/promises'
import { context } from '@opentelemetry/api'
import { type ExportResult, ExportResultCode, suppressTracing } from '@opentelemetry/core'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'
import type { Delivery } from '../delivery.ts'
import { EXPORT_TIMEOUT_MS } from '../queue.ts'
import type { Signer } from './signer.ts'

/** Per request. X-Ray's limit of 10,000 spans is never reached by a batch. Source: the endpoint's quotas. */
const MAX_REQUEST_BYTES = 5 * 1024 * 1024
/** The status codes that OTLP allows to be retried: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = new Set([429, 502, 503, 504])
const FIRST_RETRY_MS = 500
const HEADERS = { 'content-type': 'application/x-protobuf' }

/**
 * OTLP over HTTP with SigV4-signed requests. A signature covers the body, and the stock exporter creates its headers
 * before the body. Settles its deliveries itself, because a batch may be sent in parts, and X-Ray may accept only some
 * spans of a part.
 */
export class SignedOtlpExporter implements SpanExporter {
  readonly #url: URL
  readonly #sign: Signer
  readonly #delivery: Delivery
  readonly #stopping = new AbortController()

  constructor(endpoint: string, sign: Signer, delivery: Delivery) {
    this.#url = new URL(endpoint)
    this.#sign = sign
    this.#delivery = delivery
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    context
      .with(suppressTracing(context.active()), () => this.#send(spans))
      .then(
        () => done({ code: ExportResultCode.SUCCESS }),
        (error: Error) => done({ code: ExportResultCode.FAILED, error }),
      )
  }

  forceFlush(): Promise<void> {
    return Promise.resolve()
  }

  /** Gives up retries; the queue has passed on all spans by then. */
  shutdown(): Promise<void> {
    this.#stopping.abort()
    return Promise.resolve()
  }

  async #send(spans: ReadableSpan[]): Promise<void> {
    const body = ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array()
    if (body.byteLength > MAX_REQUEST_BYTES && spans.length > 1) {
      const half = Math.ceil(spans.length / 2)
      await this.#send(spans.slice(0, half))
      await this.#send(spans.slice(half))
      return
    }
    const batch = {
      count: spans.length,
      traceIds: new Set(spans.map((span) => span.spanContext().traceId)),
    }
    try {
      const { rejected, why } = await this.#post(body)
      this.#delivery.settle(
        batch,
        rejected > 0 ? { refused: rejected, message: `X-Ray did not accept a span: ${why}` } : undefined,
      )
    } catch (error) {
      this.#delivery.settle(batch, { refused: spans.length, message: explain(error, this.#url) })
    }
  }

  /** Posts until the answer is not retryable or the time is up. */
  async #post(body: Uint8Array): Promise<Accepted> {
    const deadline = Date.now() + EXPORT_TIMEOUT_MS
    for (let waitMs = FIRST_RETRY_MS; ; waitMs *= 2) {
      const outcome = await this.#attempt(body, deadline)
      if ('accepted' in outcome) return outcome.accepted
      const retryMs = outcome.retryAfterMs ?? waitMs
      if (!outcome.isRetryable || Date.now() + retryMs >= deadline) throw outcome.error
      await delay(retryMs, undefined, { signal: this.#stopping.signal, ref: false })
    }
  }

  async #attempt(body: Uint8Array, deadline: number): Promise<Outcome> {
    // Each attempt is signed, because a signature contains its time.
    const headers = await this.#sign(this.#url, HEADERS, body)
    try {
      const response = await fetch(this.#url, {
        method: 'POST',
        headers,
        body: body as Uint8Array<ArrayBuffer>,
        signal: AbortSignal.any([
          this.#stopping.signal,
          AbortSignal.timeout(Math.max(1, deadline - Date.now())),
        ]),
      })
      const answer = new Uint8Array(await response.arrayBuffer())
      if (response.ok) return { accepted: partialSuccess(answer) }
      return {
        error: new RefusedError(response.status, new TextDecoder().decode(answer)),
        isRetryable: RETRYABLE.has(response.status),
        retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
      }
    } catch (error) {
      // `fetch` reports every network failure as a TypeError; a reset or stale connection is worth a retry.
      return { error, isRetryable: error instanceof TypeError, retryAfterMs: undefined }
    }
  }
}

type Accepted = { readonly rejected: number; readonly why: string }
type Outcome =
  | { readonly accepted: Accepted }
  | { readonly error: unknown; readonly isRetryable: boolean; readonly retryAfterMs: number | undefined }

class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly status: number

  constructor(status: number, body: string) {
    super(`X-Ray answered ${status}: ${printable(body).slice(0, 200)}`)
    this.status = status
  }
}

/** The body is a protobuf Status: a readable message between other bytes. */
function printable(body: string): string {
  return body.replaceAll(/[^\x20-\x7e]+/g, ' ').trim()
}

function partialSuccess(answer: Uint8Array): Accepted {
  const { partialSuccess: partial } = ProtobufTraceSerializer.deserializeResponse(answer)
  return { rejected: Number(partial?.rejectedSpans ?? 0), why: partial?.errorMessage ?? '' }
}

/** Seconds, or a date. Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

function explain(error: unknown, { origin }: URL): string {
  if (error instanceof RefusedError) {
    const isUnsigned = error.status === 401 || error.status === 403
    return isUnsigned
      ? `${error.message} (are the AWS credentials good, and may they write to X-Ray? AWSXrayWriteOnlyAccess is enough)`
      : error.message
  }
  const { name, message, cause } = error as Error & { cause?: { code?: string } }
  if (name === 'CredentialsProviderError') return 'no AWS credentials are found to sign with (npm run env)'
  if (name === 'TimeoutError') return `${origin} did not answer in time`
  if (name === 'AbortError') return `${origin} had not answered when the process ended`
  return `${origin} cannot be reached: ${cause?.code ?? message}`
}
