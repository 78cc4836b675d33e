import type { z } from 'zod'
import type { ClauseNote, QueryErrorBody } from '../../contracts/sandbox/query.ts'
import { HttpError } from '../http/answer.ts'

/** A question that cannot be answered, with the clauses that are wrong, if any. */
export class QueryError extends HttpError {
  override readonly name = 'QueryError'
  readonly issues: readonly ClauseNote[]

  constructor(status: number, message: string, issues: readonly ClauseNote[] = []) {
    super(status, message)
    this.issues = issues
  }

  toBody(): QueryErrorBody {
    return { message: this.message, issues: this.issues }
  }
}

/** A 400 whose message names the first wrong clause. */
export function clauseError(issues: readonly ClauseNote[]): QueryError {
  const [first] = issues
  const message = first ? [first.clause, first.message].filter(Boolean).join(': ') : 'the question is wrong'
  return new QueryError(400, message, issues)
}

/** An issue of a schema as notes about clauses. */
export function notesOf(issue: z.core.$ZodIssue): ClauseNote[] {
  const clause = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      clause: [...issue.path, key].join('.'),
      message: 'is not a clause that the sandbox knows',
    }))
  }
  return [{ clause, message: issue.message }]
}
