import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { z } from 'zod'
import type { ClauseNote } from '../../contracts/sandbox/query.ts'
import { QUERY_LIMITS } from '../../contracts/sandbox/query-words.ts'
import { type Answer, HttpError, jsonAnswer } from '../http/answer.ts'
import type { RequestHead, Route, RouteRequest } from '../http/router.ts'
import { notesOf, QUERY_CLAUSES } from '../query/query-error.ts'
import { QueryError } from '../read-thread/read-error.ts'
import { keyIn } from './api-key.ts'

/** Honeycomb's words for the kinds of HTTP errors, and the last part of their addresses. */
const PROBLEMS: Readonly<Record<number, { readonly type: string; readonly title: string }>> = {
  400: { type: 'unparseable', title: 'The request body could not be parsed.' },
  404: { type: 'not-found', title: 'The requested resource cannot be found.' },
  422: { type: 'validation-failed', title: 'The provided input is invalid.' },
}
/** As long as Honeycomb's ids. */
const ID_LENGTH = 11

/** A 422 that names each wrong clause. */
class ValidationError extends HttpError {
  readonly issues: readonly ClauseNote[]

  constructor(issues: readonly ClauseNote[]) {
    super(422, 'The provided input is invalid.')
    this.issues = issues
  }
}

/**
 * A route of Honeycomb's API: 401 without a key, and errors in Honeycomb's form. A QueryError with status 400 becomes a 422,
 * as everything is that can be read and has no meaning.
 *
 * Source: https://api-docs.honeycomb.io, schemas Error, DetailedError and ValidationError
 */
export function apiRoute(
  method: Route['method'],
  path: string,
  handle: (request: RouteRequest) => Answer | Promise<Answer>,
): Route {
  const maxBodyBytes = QUERY_LIMITS.bytes
  return { method, path, maxBodyBytes, check: checkKey, handle, toErrorAnswer: apiErrorAnswer }
}

function checkKey({ headers }: RequestHead): void {
  if (keyIn(headers) === '') {
    throw new HttpError(401, 'unknown API key - check your credentials')
  }
}

function apiErrorAnswer(thrown: HttpError, { headers }: RequestHead): Answer {
  const error = toValidationError(thrown)
  const problem = PROBLEMS[error.status]
  if (!problem) return jsonAnswer(error.status, { error: error.message })
  const body = {
    status: error.status,
    type: `${baseUrlOf(headers)}/problems/${problem.type}`,
    title: problem.title,
    error: error.message,
    ...(error instanceof ValidationError ? { type_detail: error.issues.map(toDetail) } : {}),
  }
  return jsonAnswer(error.status, body, { 'content-type': 'application/problem+json' })
}

function toValidationError(error: HttpError): HttpError {
  if (!(error instanceof QueryError) || error.status !== 400) return error
  const { issues, message } = error
  return new ValidationError(issues.length > 0 ? issues : [{ clause: '', message }])
}

function toDetail({ clause, message }: ClauseNote) {
  return { field: clause, code: 'invalid', description: message }
}

/** Throws an HttpError: 400 for a body that is not JSON, a ValidationError for one that the schema does not allow. */
export function readJson<Schema extends z.ZodType>(body: Buffer, schema: Schema): z.output<Schema> {
  let value: unknown
  try {
    value = JSON.parse(body.toString('utf8'))
  } catch (error) {
    throw new HttpError(400, 'could not parse request body', { cause: error })
  }
  const { success, data, error } = schema.safeParse(value)
  if (success) return data
  throw new ValidationError(error.issues.flatMap((issue) => notesOf(issue, QUERY_CLAUSES)))
}

/** The sandbox's address as the client has it, also through a forwarded port. */
export function baseUrlOf(headers: IncomingHttpHeaders): string {
  const scheme = headers['x-forwarded-proto'] === 'https' ? 'https' : 'http'
  return `${scheme}://${headers['x-forwarded-host'] ?? headers.host ?? 'localhost'}`
}

/** The same id for the same parts, in the form of Honeycomb's. */
export function apiIdOf(...parts: readonly string[]): string {
  const digest = createHash('sha256').update(JSON.stringify(parts)).digest('base64')
  return digest.replace(/\W/g, '').slice(0, ID_LENGTH)
}

/** A time as Honeycomb writes it, in whole seconds: `2026-11-26T07:15:00Z`. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
}
