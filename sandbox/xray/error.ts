import { randomUUID } from 'node:crypto'
import { type Answer, jsonAnswer } from '../http/answer.ts'
import { HttpError } from '../http/http-error.ts'

export type ErrorType =
  | 'InvalidRequestException'
  | 'RuleLimitExceededException'
  | 'ResourceNotFoundException'
  | 'TooManyTagsException'
  | 'ThrottledException'

const STATUS: Readonly<Record<ErrorType, number>> = {
  InvalidRequestException: 400,
  RuleLimitExceededException: 400,
  TooManyTagsException: 400,
  ResourceNotFoundException: 404,
  ThrottledException: 429,
}

/** An error of X-Ray's API, by the name that its service model gives it. */
export class XRayError extends HttpError {
  override readonly name = 'XRayError'
  readonly type: ErrorType

  constructor(type: ErrorType, message: string) {
    super(STATUS[type], message)
    this.type = type
  }
}

export function invalidRequest(message: string): XRayError {
  return new XRayError('InvalidRequestException', message)
}

/** The shape that every AWS SDK reads of a rest-json service. */
export function xrayErrorAnswer(error: HttpError): Answer {
  const ours = error.status >= 500 ? 'InternalFailure' : 'InvalidRequestException'
  const type = error instanceof XRayError ? error.type : ours
  return errorAnswer(error.status, type, error.message)
}

/** The answer to a path that is no operation. */
export function unknownOperation(): Answer {
  return errorAnswer(404, 'UnknownOperationException', 'The requested operation is not known.')
}

function errorAnswer(status: number, type: string, message: string): Answer {
  const headers = { 'x-amzn-errortype': type, 'x-amzn-requestid': randomUUID() }
  return jsonAnswer(status, { Message: message }, { 'content-type': 'application/json', ...headers })
}
