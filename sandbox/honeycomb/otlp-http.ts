import { type Answer, jsonAnswer } from '../http/answer.ts'
import { UnreadableBody } from '../http/body.ts'
import { Refusal } from '../http/http-error.ts'
import type { DoorRequest } from '../http/router.ts'
import { FormatError, type Message, messageOf } from './fields.ts'
import { decodeProtobuf, encodeProtobuf } from './schema.ts'
import { splitJson } from './split-json.ts'
import { type Split, splitProtobuf } from './split-protobuf.ts'

const PROTOBUF = ['application/protobuf', 'application/x-protobuf']
const JSON_TYPE = 'application/json'
const PARSE_FAILED = 'failed to parse OTLP request body'

type Head = Pick<DoorRequest, 'headers'>

/** As it stands: Honeycomb knows no parameters, and no capitals. */
function contentType({ headers }: Head): string {
  return headers['content-type'] ?? ''
}

/** Throws a Refusal (415) for a content type that OTLP over HTTP does not have. */
export function checkContentType(request: Head): void {
  const type = contentType(request)
  if (type === JSON_TYPE || PROTOBUF.includes(type)) return
  throw new Refusal(415, `unsupported content-type, valid types are: ${[...PROTOBUF, JSON_TYPE].join(', ')}`)
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
  return refusing(() =>
    read(isJson(request) ? jsonMessageOf(request.body) : decodeProtobuf(message, request.body)),
  )
}

/** The spans of the body, by trace, as far as storing them needs. Throws as `readExport` does. */
export function splitExport(request: DoorRequest): Split {
  return refusing(() =>
    isJson(request) ? splitJson(jsonMessageOf(request.body)) : splitProtobuf(request.body),
  )
}

function isJson(request: Head): boolean {
  return contentType(request) === JSON_TYPE
}

function jsonMessageOf(body: Buffer): Message {
  const value: unknown = JSON.parse(body.toString('utf8'))
  if (value === null) throw new FormatError('an object is expected')
  return messageOf(value)
}

function refusing<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    const isOurs = !(error instanceof FormatError || error instanceof SyntaxError || isProtobufError(error))
    if (isOurs) throw error
    throw new Refusal(400, PARSE_FAILED, { cause: error })
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
  if (isJson(request)) {
    const partialSuccess = { [rejectedField]: String(rejected), errorMessage }
    return jsonAnswer(200, rejected > 0 ? { partialSuccess } : {}, { 'content-type': JSON_TYPE })
  }
  const value = rejected > 0 ? { partialSuccess: { rejected, errorMessage } } : {}
  return { status: 200, headers: { 'content-type': type }, body: encodeProtobuf('ExportResponse', value) }
}

/**
 * A refusal in the request's content type: a google.rpc.Status for protobuf, `{"message"}` for JSON, and the sentence
 * itself for a type that is none of OTLP's.
 */
export function refuseExport(refusal: Refusal, request: Head): Answer {
  const type = contentType(request)
  const message = refusal instanceof UnreadableBody ? PARSE_FAILED : refusal.message
  if (PROTOBUF.includes(type)) {
    const body = encodeProtobuf('RpcStatus', { message })
    return { status: refusal.status, headers: { 'content-type': type }, body }
  }
  if (isJson(request)) return jsonAnswer(refusal.status, { message }, { 'content-type': JSON_TYPE })
  return { status: refusal.status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: message }
}
