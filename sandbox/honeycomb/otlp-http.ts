import type { IncomingHttpHeaders } from 'node:http'
import { type Answer, HttpError, jsonAnswer } from '../http/answer.ts'
import { UnreadableBody } from '../http/body.ts'
import type { RouteRequest } from '../http/router.ts'
import type { MetricRow } from '../store/datasets.ts'
import { FormatError, type Message, messageOf } from './fields.ts'
import { countProtobufMetrics, metricsOf } from './metric-records.ts'
import { decodeProtobuf, encodeProtobuf } from './otlp-schema.ts'
import { type Split, splitJson, splitProtobuf } from './split-traces.ts'

const PROTOBUF = ['application/protobuf', 'application/x-protobuf']
const JSON_TYPE = 'application/json'
/** Honeycomb's words for it. */
const PARSE_FAILED = 'failed to parse OTLP request body'
const MAX_REASON_LENGTH = 200

type Head = Pick<RouteRequest, 'headers'>

/** Unchanged: Honeycomb accepts neither parameters nor capitals. */
function contentType({ headers }: Head): string {
  return headers['content-type'] ?? ''
}

/** Throws an HttpError (415) for a content type other than those of OTLP over HTTP. */
export function checkContentType(request: Head): void {
  const type = contentType(request)
  if (type === JSON_TYPE || PROTOBUF.includes(type)) return
  throw new HttpError(
    415,
    `unsupported content-type, valid types are: ${[...PROTOBUF, JSON_TYPE].join(', ')}`,
  )
}

/**
 * Decodes the body by its content type and reads it. Throws an HttpError (400) with the reason where the body is not
 * OTLP; any other error is the sandbox's own and passes through.
 *
 * Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function readExport<Result>(
  request: RouteRequest,
  message: string,
  read: (request: Message) => Result,
): Result {
  return withParseErrors(() =>
    read(isJson(request) ? jsonMessageOf(request.body) : decodeProtobuf(message, request.body)),
  )
}

/** The spans of the body by trace, as the store keeps them. Throws as `readExport` does. */
export function splitExport(request: RouteRequest): Split {
  return withParseErrors(() =>
    isJson(request) ? splitJson(jsonMessageOf(request.body)) : splitProtobuf(request.body),
  )
}

/**
 * The number of data points of each metric in the body, all of which has been decoded. Throws as `readExport` does.
 */
export function countExport(request: RouteRequest): Omit<MetricRow, 'dataset'>[] {
  return withParseErrors(() =>
    isJson(request)
      ? metricsOf(jsonMessageOf(request.body)).map(({ name, kind, unit, points }) => ({
          ...{ name, kind, unit },
          points: points.length,
        }))
      : countProtobufMetrics(request.body),
  )
}

export function isJson(request: Head): boolean {
  return contentType(request) === JSON_TYPE
}

function jsonMessageOf(body: Buffer): Message {
  const value = parseJson(body)
  if (value === null) throw new FormatError('an object is expected')
  return messageOf(value)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new FormatError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

function withParseErrors<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof FormatError)) throw error
    const reason = error.message.slice(0, MAX_REASON_LENGTH)
    throw new HttpError(400, `${PARSE_FAILED}: ${reason}`, { cause: error })
  }
}

/** 200 in the request's content type, with the number of rejected records and the reason, if any were. */
export function exportAnswer(
  request: Head,
  rejectedField: string,
  rejected: number,
  errorMessage: string,
): Answer {
  const type = contentType(request)
  if (isJson(request)) {
    const partialSuccess = { [rejectedField]: String(rejected), errorMessage }
    return jsonAnswer(200, rejected > 0 ? { partialSuccess } : {}, { 'content-type': JSON_TYPE })
  }
  const value = rejected > 0 ? { partialSuccess: { rejected, errorMessage } } : {}
  return { status: 200, headers: { 'content-type': type }, body: encodeProtobuf('ExportResponse', value) }
}

/**
 * An HTTP error in the request's content type: google.rpc.Status for protobuf, `{"message"}` for JSON, and plain text for
 * types other than OTLP's.
 */
export function exportErrorAnswer(error: HttpError, request: Head): Answer {
  const type = contentType(request)
  const message = error instanceof UnreadableBody ? `${PARSE_FAILED}: ${error.message}` : error.message
  if (PROTOBUF.includes(type)) {
    const body = encodeProtobuf('RpcStatus', { message })
    return { status: error.status, headers: { 'content-type': type }, body }
  }
  if (isJson(request)) return jsonAnswer(error.status, { message }, { 'content-type': JSON_TYPE })
  return { status: error.status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: message }
}

/** The request's API key; empty without one. */
export function keyIn(headers: IncomingHttpHeaders): string {
  return String(headers['x-honeycomb-team'] ?? '').trim()
}

/**
 * Whether this is a key of Honeycomb Classic, which has no environments and takes the dataset from a header.
 *
 * Source: https://github.com/honeycombio/husky/blob/main/otlp/common.go
 */
export function isClassicKey(key: string): boolean {
  return /^[0-9a-f]{32}$/.test(key) || /^hc[a-z]ic_[0-9a-z]{58}$/.test(key)
}
