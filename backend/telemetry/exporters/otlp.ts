import { type ISerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import { isSampled } from '../sampling/sample-rate.ts'
import { foreignAnswer, oneLine, unreachable } from './answer.ts'
import { Batches } from './batches.ts'
import type { Delivery, Outcome } from './delivery.ts'
import { createPost, isSuccess, type PostResult, retryAfterMs } from './http-post.ts'
import { sizeOfSpan } from './item-size.ts'
import { type Attempt, RetryQueue } from './retry-queue.ts'

/** Where an OTLP signal goes. */
export interface OtlpTarget {
  /** For messages: `Honeycomb`, `X-Ray`. */
  readonly provider: string
  /** The whole address. Example: `https://api.honeycomb.io/v1/traces`. */
  readonly url: URL
  /** Headers for a body. Where it rejects, the body counts as refused, with the error's message. */
  readonly headersOf: (body: Uint8Array) => Promise<Readonly<Record<string, string>>>
  /** What to do about an answer that is no success; undefined where nothing special is known. */
  readonly fixOf: (status: number) => string | undefined
}

/** How much of a signal may wait (bytes when encoded, and items). */
export interface Room {
  readonly maxBytes: number
  readonly maxItems: number
}

/** The part of a response that all three signals share. Field numbers are the same; names differ. */
interface ExportResponse {
  readonly partialSuccess?: null | {
    readonly rejectedSpans?: number | string
    readonly rejectedLogRecords?: number | string
    readonly rejectedDataPoints?: number | string
    readonly errorMessage?: string
  }
}

type Serializer<Items> = ISerializer<Items, ExportResponse>

/** The status codes that OTLP allows to be retried: https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes */
const RETRYABLE = new Set([429, 502, 503, 504])

/** A queue that sends the encoded requests of one signal by OTLP over HTTP, as protobuf. */
export function createOtlpQueue(
  serializer: Serializer<never>,
  target: OtlpTarget,
  room: Room,
  delivery: Delivery,
): RetryQueue {
  const post = createPost(target.url)
  const send = async (body: Uint8Array, count: number): Promise<Attempt> => {
    let headers: Readonly<Record<string, string>>
    try {
      headers = await target.headersOf(body)
    } catch (error) {
      return { outcome: { refused: count, message: (error as Error).message } }
    }
    return judge(await post({ 'content-type': PROTOBUF, ...headers }, body), count, serializer, target)
  }
  return new RetryQueue({ delivery, send, ...room, canJoin: true })
}

/** Sends sampled spans. */
export function createSpanSender(target: OtlpTarget, room: Room, delivery: Delivery): SpanProcessor {
  const queue = createOtlpQueue(ProtobufTraceSerializer, target, room, delivery)
  const batches = new Batches<ReadableSpan>({
    what: 'span',
    sizeOf: sizeOfSpan,
    encode: (spans) => ProtobufTraceSerializer.serializeRequest(spans),
    traceIdOf: (span) => span.spanContext().traceId,
    queue,
    delivery,
  })
  return {
    onStart() {},
    onEnd(span) {
      if (isSampled(span.spanContext())) batches.add(span)
    },
    forceFlush: () => batches.flush(),
    shutdown: () => batches.flush(),
  }
}

const PROTOBUF = 'application/x-protobuf'

/** What the answer to a request with `count` items means. */
function judge(
  result: PostResult,
  count: number,
  serializer: Serializer<never>,
  { provider, url, fixOf }: OtlpTarget,
): Attempt {
  if (result.kind === 'cut') {
    return { outcome: { unconfirmed: count, message: `${provider}’s answer was cut off: ${result.message}` } }
  }
  if (result.kind === 'unanswered') {
    return { retry: unreachable(url, result.code, result.message) }
  }
  const { status, headers, body } = result
  if (isSuccess(status)) return { outcome: partialLoss(result, count, serializer, provider) }
  const fix = fixOf(status)
  const message = `${provider} answered ${status}: ${textOf(body, headers['content-type'])}${fix ? ` (${fix})` : ''}`
  if (RETRYABLE.has(status)) return { retry: message, afterMs: retryAfterMs(headers) }
  return { outcome: { refused: count, message }, isContent: status === 400 || status === 413 }
}

/** The items that were not accepted with a 2xx. A body that is no export response comes from something in between. */
function partialLoss(
  { headers, body, isWhole }: PostResult & { readonly kind: 'answered' },
  count: number,
  serializer: Serializer<never>,
  provider: string,
): Outcome {
  try {
    const type = headers['content-type'] ?? ''
    if (!isWhole || type.startsWith('text/')) throw new Error(type)
    const response = type.includes('json') ? parseJson(body) : serializer.deserializeResponse(body)
    const { rejectedSpans, rejectedLogRecords, rejectedDataPoints, errorMessage } =
      response.partialSuccess ?? {}
    const rejected = Number(rejectedSpans ?? rejectedLogRecords ?? rejectedDataPoints ?? 0)
    if (!Number.isInteger(rejected) || rejected < 0) throw new Error('no count')
    const refused = Math.min(count, rejected)
    return refused > 0
      ? { refused, message: `${provider} did not accept ${refused}: ${oneLine(errorMessage ?? '')}` }
      : {}
  } catch {
    const message = foreignAnswer(provider, textOf(body, headers['content-type']))
    return { refused: count, message }
  }
}

function parseJson(body: Buffer): ExportResponse {
  const value: unknown = body.length === 0 ? {} : JSON.parse(body.toString())
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error('no response')
  return value
}

/** The beginning of an answer's text. Failures of protobuf requests are a `google.rpc.Status` in protobuf. */
function textOf(body: Buffer, type = ''): string {
  const bytes = type.includes('protobuf') ? (statusMessage(body) ?? body) : body
  return oneLine(bytes.toString())
}

/**
 * The `message` of a `google.rpc.Status`: field 2, a string, after the optional field 1, a varint of a small number.
 * Source: https://github.com/googleapis/googleapis/blob/master/google/rpc/status.proto
 */
function statusMessage(body: Buffer): Buffer | undefined {
  const at = body[0] === 0x08 ? 2 : 0
  if (body[at] !== 0x12) return undefined
  let length = 0
  for (let index = at + 1, shift = 0; index < body.length; index++, shift += 7) {
    const byte = body[index] ?? 0
    length |= (byte & 0x7f) << shift
    if (byte < 0x80) return body.subarray(index + 1, index + 1 + length)
  }
  return undefined
}
