import { randomUUID } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { z } from 'zod'
import { type Answer, type HttpError, jsonAnswer } from '../http/answer.ts'
import type { Route, RouteRequest } from '../http/router.ts'
import { invalidRequest, XRayError } from './xray-error.ts'

/** More than any input other than documents has. */
const MAX_INPUT_BYTES = 256 * 1024

/**
 * One operation of X-Ray's rest-json API: `POST <path>`, with input validated by `schema`.
 */
export function operation<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
  handle: (input: z.output<Schema>, headers: IncomingHttpHeaders) => unknown,
): Route {
  return operationOnBody(path, MAX_INPUT_BYTES, ({ body, headers }) =>
    handle(readInput(schema, body), headers),
  )
}

/** An operation whose input `handle` reads itself. */
export function operationOnBody(
  path: string,
  maxBodyBytes: number,
  handle: (request: RouteRequest) => unknown,
): Route {
  return {
    method: 'POST',
    path,
    maxBodyBytes,
    toErrorAnswer: xrayErrorAnswer,
    handle: async (request) => {
      const output = await handle(request)
      const headers = { 'content-type': 'application/json', 'x-amzn-requestid': randomUUID() }
      return jsonAnswer(200, output ?? {}, headers)
    },
  }
}

/**
 * The input in a body. An empty one counts as `{}`, because samplers send none. A null member counts as absent. Throws an
 * XRayError.
 */
export function readInput<Schema extends z.ZodType>(schema: Schema, body: Uint8Array): z.output<Schema> {
  return validated(schema, parse(body))
}

/** Throws an XRayError for a value that does not fit the schema. */
export function validated<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw invalidRequest([issue?.path.join('.'), issue?.message].filter(Boolean).join(': '))
}

function parse(body: Uint8Array): unknown {
  const text = new TextDecoder().decode(body).trim()
  if (text === '') return {}
  try {
    const value: unknown = JSON.parse(text, (_key, member: unknown) => member ?? undefined)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  } catch {
    // Invalid JSON gets the same answer as JSON other than an object.
  }
  throw invalidRequest('The request body is not a JSON object.')
}

/** An error in the shape that AWS SDKs read from rest-json services. */
function xrayErrorAnswer(error: HttpError): Answer {
  const ours = error.status >= 500 ? 'InternalFailure' : 'InvalidRequestException'
  const type = error instanceof XRayError ? error.type : ours
  return errorAnswer(error.status, type, error.message)
}

/** The answer to an unknown operation. */
export function unknownOperation(): Answer {
  return errorAnswer(404, 'UnknownOperationException', 'The requested operation is not known.')
}

function errorAnswer(status: number, type: string, message: string): Answer {
  const headers = { 'x-amzn-errortype': type, 'x-amzn-requestid': randomUUID() }
  return jsonAnswer(status, { Message: message }, { 'content-type': 'application/json', ...headers })
}

const MAX_TRACE_IDS = 5

/** `TraceIds` of operations that look up traces. */
export const TRACE_IDS = z.array(z.string().min(1).max(35)).min(1).max(MAX_TRACE_IDS, 'at most 5 trace ids')

/** `NextToken` of operations without pages, which never return one. */
export const NO_TOKEN = z.never({ error: 'Invalid NextToken' }).optional()

/** An integer of the service model, which has 32 bits. */
export const INTEGER = z.int32()

/** `StartTime` and `EndTime` of operations on a range of time. */
export const TIME_RANGE = z.object({
  StartTime: z.number({ error: 'StartTime is required, in epoch seconds' }),
  EndTime: z.number({ error: 'EndTime is required, in epoch seconds' }),
})

/** Throws an XRayError for an end before the start, or a longer range than the operation allows. */
export function checkRange({ StartTime, EndTime }: z.output<typeof TIME_RANGE>, maxHours?: number): void {
  if (EndTime < StartTime) throw invalidRequest('StartTime is after EndTime')
  if (maxHours !== undefined && EndTime - StartTime > maxHours * 3_600) {
    throw invalidRequest(`The time range is longer than ${maxHours} hours`)
  }
}
