import { type Answer, jsonAnswer } from '../http/answer.ts'
import { Refusal } from '../http/refusal.ts'
import type { DoorRequest } from '../http/router.ts'
import { FormatError, type Message, messageOf } from './fields.ts'
import { decodeProtobuf, encodeProtobuf } from './schema.ts'

const PROTOBUF = ['application/protobuf', 'application/x-protobuf']
const JSON_TYPE = 'application/json'
/** google.rpc.Code, by HTTP status. */
const RPC_CODES: Readonly<Record<number, number>> = { 400: 3, 401: 16, 413: 8, 415: 3, 500: 13, 501: 12 }
const UNKNOWN_CODE = 2

type Head = Pick<DoorRequest, 'headers'>

/** The request's content type without its parameters. */
function contentType({ headers }: Head): string {
  return headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? ''
}

/** Throws a Refusal (415) for a content type that OTLP over HTTP does not have. */
export function checkContentType(request: Head): void {
  const type = contentType(request)
  if (type === JSON_TYPE || PROTOBUF.includes(type)) return
  throw new Refusal(
    415,
    "unsupported content-type, valid types are: 'application/protobuf', 'application/x-protobuf', 'application/json'",
  )
}

/**
 * Decodes the body by its content type and reads it. Throws a Refusal (400) in Honeycomb's words for what is not OTLP.
 *
 * Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp
 */
export function readExport<Result>(
  request: DoorRequest,
  message: string,
  read: (request: Message) => Result,
): Result {
  try {
    const decoded =
      contentType(request) === JSON_TYPE
        ? messageOf(JSON.parse(request.body.toString('utf8')))
        : decodeProtobuf(message, request.body)
    return read(decoded)
  } catch (error) {
    const isOurs = !(error instanceof FormatError || error instanceof SyntaxError || isProtobufError(error))
    if (isOurs) throw error
    throw new Refusal(400, 'failed to parse OTLP request body', { cause: error })
  }
}

/** protobufjs throws RangeError for a truncated message and Error itself for the rest. */
function isProtobufError(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof Error && error.constructor.name !== 'TypeError')
}

/** 200 in the request's content type; says how many records were not taken, and why, if any were not. */
export function exportAnswer(
  request: Head,
  rejectedField: string,
  rejected: number,
  errorMessage: string,
): Answer {
  const type = contentType(request)
  if (type === JSON_TYPE) {
    const partialSuccess = { [rejectedField]: String(rejected), errorMessage }
    return jsonAnswer(200, rejected > 0 ? { partialSuccess } : {}, { 'content-type': JSON_TYPE })
  }
  const value = rejected > 0 ? { partialSuccess: { rejected, errorMessage } } : {}
  return { status: 200, headers: { 'content-type': type }, body: encodeProtobuf('ExportResponse', value) }
}

/** A refusal in the request's content type: a google.rpc.Status for protobuf, `{"message"}` for everything else. */
export function refuseExport(refusal: Refusal, request: Head): Answer {
  const type = contentType(request)
  if (!PROTOBUF.includes(type)) return jsonAnswer(refusal.status, { message: refusal.message })
  const code = RPC_CODES[refusal.status] ?? UNKNOWN_CODE
  return {
    status: refusal.status,
    headers: { 'content-type': type },
    body: encodeProtobuf('RpcStatus', { code, message: refusal.message }),
  }
}
