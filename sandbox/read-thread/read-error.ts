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
