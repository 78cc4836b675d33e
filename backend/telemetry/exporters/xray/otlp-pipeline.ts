import { setTimeout as delay } from 'node:timers/promises'
import { Sha256 } from '@aws-crypto/sha256-js'
import { context } from '@opentelemetry/api'
import { ExportResultCode, suppressTracing } from '@opentelemetry/core'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace'
import { HttpRequest } from '@smithy/protocol-http'
import { SignatureV4 } from '@smithy/signature-v4'
import type { AwsCredentials, XRayOtlpOptions } from '../../options.ts'
import { createSpanQueue, type Delivery, EXPORT_TIMEOUT_MS, type Outcome, spanBatch } from '../delivery.ts'
import { isAnnotated } from './document-fields.ts'

/** Sends spans, SigV4-signed, to X-Ray's OTLP endpoint. The X-Ray SDK is not loaded. */
export function createOtlpPipeline(options: XRayOtlpOptions, delivery: Delivery): SpanProcessor {
  const queue = createSpanQueue(createSignedExporter(options, delivery), delivery)
  return { ...queue, onEnd: (span) => queue.onEnd(withAnnotations(span)) }
}

/**
 * Lists the attributes that X-Ray should index in `aws.xray.annotations`. Returns a view of the span, because an ended
 * span is read-only.
 *
 * Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter
 */
function withAnnotations(span: ReadableSpan): ReadableSpan {
  const annotated = Object.keys(span.attributes).filter(isAnnotated)
  if (annotated.length === 0) return span
  const attributes = { ...span.attributes, 'aws.xray.annotations': annotated }
  return Object.create(span, { attributes: { value: attributes, enumerable: true } }) as ReadableSpan
}

/** Bytes per request. X-Ray's limit of 10,000 spans is never reached by a batch. */
const MAX_REQUEST_BYTES = 5 * 1024 * 1024
/** The status codes that OTLP allows to be retried: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = new Set([429, 502, 503, 504])
const FIRST_RETRY_MS = 500

/**
 * OTLP over HTTP with SigV4-signed requests. The stock exporter cannot be used: it makes its headers before the body, which
 * the signature covers. Counts accepted and refused spans itself, because a batch may be sent in parts, and X-Ray may
 * accept only some spans of a part. Its shutdown waits for the requests in progress, because the queue does not.
 */
function createSignedExporter(options: XRayOtlpOptions, delivery: Delivery): SpanExporter {
  const url = new URL(options.endpoint)
  const sign = createSigner(url, options)

  async function send(spans: ReadableSpan[]): Promise<void> {
    let body: Uint8Array
    try {
      body = ProtobufTraceSerializer.serializeRequest(spans) ?? new Uint8Array()
    } catch (error) {
      const message = `the spans cannot be serialized: ${(error as Error).message}`
      return delivery.settle(spanBatch(spans), { dropped: spans.length, message })
    }
    if (body.byteLength > MAX_REQUEST_BYTES && spans.length > 1) {
      const half = Math.ceil(spans.length / 2)
      await send(spans.slice(0, half))
      return send(spans.slice(half))
    }
    delivery.settle(spanBatch(spans), await post(body, spans.length))
  }

  /** Posts until the answer is not retryable or the time is up. Returns the outcome of these `count` spans. */
  async function post(body: Uint8Array, count: number): Promise<Outcome | undefined> {
    const deadline = Date.now() + EXPORT_TIMEOUT_MS
    for (let waitMs = FIRST_RETRY_MS; ; waitMs *= 2) {
      let retryMs = waitMs
      let isRetryable: boolean
      let message: string
      try {
        const response = await fetch(url, {
          method: 'POST',
          // Each attempt is signed, because a signature contains its time.
          headers: await sign(body),
          body: body as Uint8Array<ArrayBuffer>,
          signal: AbortSignal.timeout(Math.max(1, deadline - Date.now())),
        })
        const answer = new Uint8Array(await response.arrayBuffer())
        if (response.ok) return partialLoss(answer, count)
        message = explainAnswer(response.status, answer)
        isRetryable = RETRYABLE.has(response.status)
        retryMs = retryAfterMs(response.headers.get('retry-after')) ?? waitMs
      } catch (error) {
        message = explainError(error, url)
        // `fetch` reports every network failure as a TypeError; a reset or stale connection is worth a retry.
        isRetryable = error instanceof TypeError
      }
      if (!isRetryable || Date.now() + retryMs >= deadline) return { refused: count, message }
      await delay(retryMs, undefined, { ref: false })
    }
  }

  return {
    export: (spans, done) => {
      context
        .with(suppressTracing(context.active()), () => send(spans))
        .then(
          () => done({ code: ExportResultCode.SUCCESS }),
          (error: Error) => done({ code: ExportResultCode.FAILED, error }),
        )
    },
    forceFlush: () => delivery.idle(),
    shutdown: () => delivery.idle(),
  }
}

/**
 * Returns a function that makes the headers for posting a body to X-Ray, with a SigV4 signature. It rejects if no
 * credentials are found. The AWS SDK finds them and renews those that expire; these many modules are loaded with the
 * first request.
 */
function createSigner(url: URL, { region, credentials }: XRayOtlpOptions) {
  let find: Promise<() => Promise<AwsCredentials>> | undefined
  const signer = new SignatureV4({
    service: 'xray',
    region,
    sha256: Sha256,
    credentials:
      credentials ??
      (async () => {
        find ??= import('@aws-sdk/credential-provider-node').then(({ defaultProvider }) => defaultProvider())
        return (await find)()
      }),
  })
  return async (body: Uint8Array): Promise<Record<string, string>> => {
    const request = new HttpRequest({
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      path: url.pathname,
      headers: { 'content-type': 'application/x-protobuf', host: url.host },
      body,
    })
    const { host: _setByFetch, ...signed } = (await signer.sign(request)).headers
    return signed
  }
}

/** The spans that X-Ray did not accept although it answered 200, if any. */
function partialLoss(answer: Uint8Array, count: number): Outcome | undefined {
  const { partialSuccess } = ProtobufTraceSerializer.deserializeResponse(answer)
  const refused = Math.min(count, Number(partialSuccess?.rejectedSpans ?? 0))
  if (refused === 0) return undefined
  return { refused, message: `X-Ray did not accept a span: ${partialSuccess?.errorMessage ?? ''}` }
}

/** Milliseconds of a Retry-After header: seconds, or a date. Source: https://www.rfc-editor.org/rfc/rfc9110#field.retry-after */
function retryAfterMs(header: string | null): number | undefined {
  if (header === null) return undefined
  const ms = /^\d+$/.test(header.trim()) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** The body is JSON, or a protobuf Status: a message between other bytes. Keeps what is printable. */
function explainAnswer(status: number, body: Uint8Array): string {
  const text = new TextDecoder().decode(body).replaceAll(/[^\x20-\x7e]+/g, ' ')
  const message = `X-Ray answered ${status}: ${text.trim().slice(0, 200)}`
  return status === 401 || status === 403
    ? `${message} (are the AWS credentials good, and may they write to X-Ray? AWSXrayWriteOnlyAccess is enough)`
    : message
}

function explainError(error: unknown, { origin }: URL): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string } }
  if (name === 'CredentialsProviderError') return 'no AWS credentials are found to sign with (npm run env)'
  if (name === 'TimeoutError') return `${origin} did not answer in time`
  return `${origin} cannot be reached: ${cause?.code ?? message}`
}
