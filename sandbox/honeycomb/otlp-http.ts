import { type Answer, HttpError, jsonAnswer } from '../http/answer.ts'
import { type Encoding, isEncoding, UnreadableBody } from '../http/decompress.ts'
import type { RouteRequest } from '../http/router.ts'
import { keyIn } from './api-key.ts'
import type { ExportHead, ExportResult, Signal } from './export-intake.ts'
import { type ExportBody, PARSE_FAILED } from './otlp-body.ts'
import { encodeProtobuf } from './otlp-schema.ts'

const PROTOBUF = ['application/protobuf', 'application/x-protobuf']
const JSON_TYPE = 'application/json'
const REJECTED: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
}

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
 * Honeycomb knows gzip and zstd in lower case. Traces of another encoding, `identity` too, are a 400; logs and metrics are read
 * as they are.
 *
 * Source: https://github.com/honeycombio/husky/tree/main/otlp, TranslateTraceRequestFromReaderSizedWithMsgp in traces.go and
 * parseOtlpRequestBody in common.go
 */
export function exportEncoding({ headers }: Head, signal: Signal): Encoding | 'identity' {
  const name = headers['content-encoding'] ?? ''
  if (isEncoding(name)) return name
  if (name === '' || signal !== 'traces') return 'identity'
  throw new HttpError(400, `${PARSE_FAILED}: unsupported content encoding "${name}"`)
}

export function bodyOf(request: RouteRequest): ExportBody {
  return { encoding: isJson(request) ? 'json' : 'protobuf', body: request.body }
}

export function headOf({ headers }: Head): ExportHead {
  return { key: keyIn(headers), dataset: String(headers['x-honeycomb-dataset'] ?? '').trim() }
}

function isJson(request: Head): boolean {
  return contentType(request) === JSON_TYPE
}

/** 200 in the request's content type, with the number of rejected records and the reason, if any were. */
export function exportAnswer(
  request: Head,
  signal: Signal,
  { rejected, errorMessage }: ExportResult,
): Answer {
  const type = contentType(request)
  if (isJson(request)) {
    const partialSuccess = { [REJECTED[signal]]: String(rejected), errorMessage }
    return jsonAnswer(200, rejected > 0 ? { partialSuccess } : {}, { 'content-type': JSON_TYPE })
  }
  const body = encodeResult({ rejected, errorMessage })
  return { status: 200, headers: { 'content-type': type }, body }
}

/** An ExportTraceServiceResponse, or that of another signal: they have the same fields on the wire. */
export function encodeResult({ rejected, errorMessage }: ExportResult): Uint8Array {
  return encodeProtobuf('ExportResponse', rejected > 0 ? { partialSuccess: { rejected, errorMessage } } : {})
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
