import type { z } from 'zod'
import { type Answer, type HttpError, jsonAnswer } from '../http/answer.ts'
import { QueryError } from '../read-thread/read-error.ts'
import { clauseError, notesOf } from './query-error.ts'

/**
 * Parses a question; an empty body is a question without clauses. Throws a QueryError (400) with every wrong clause.
 * `clauses` lists those that there are.
 */
export function readQuestion<Schema extends z.ZodType>(
  schema: Schema,
  body: Buffer,
  clauses: string,
): z.output<Schema> {
  const result = schema.safeParse(parseJson(body))
  if (result.success) return result.data
  throw clauseError(result.error.issues.flatMap((issue) => notesOf(issue, clauses)))
}

function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw clauseError([{ clause: '', message: `the body is not JSON: ${why}` }])
  }
}

/** An answer of the read thread, sent as the thread wrote it. */
export function answered(json: Buffer): Answer {
  return { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: json }
}

export function questionErrorAnswer(error: HttpError): Answer {
  return jsonAnswer(
    error.status,
    error instanceof QueryError ? error.toBody() : { message: error.message, issues: [] },
  )
}
