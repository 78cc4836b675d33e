import { HttpError } from '../http/answer.ts'

type ErrorType =
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

/** An error of X-Ray's API, with its type in the service model. */
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
