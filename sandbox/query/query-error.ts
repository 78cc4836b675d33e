import type { z } from 'zod'
import type { ClauseNote } from '../../contracts/sandbox/query.ts'
import { QueryError } from '../read-thread/read-error.ts'

/** A 400 whose message names the first wrong clause. */
export function clauseError(issues: readonly ClauseNote[]): QueryError {
  const [first] = issues
  const message = first ? [first.clause, first.message].filter(Boolean).join(': ') : 'the question is wrong'
  return new QueryError(400, message, issues)
}

/** An issue of a schema as notes about clauses. `clauses` lists those that there are. */
export function notesOf(issue: z.core.$ZodIssue, clauses: string): ClauseNote[] {
  const clause = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      clause: [...issue.path, key].join('.'),
      message: clause ? 'is unknown here' : `is an unknown clause; the clauses are ${clauses}`,
    }))
  }
  return [{ clause, message: messageOf(issue) }]
}

export const QUERY_CLAUSES =
  'calculations, filters, filter_combination, breakdowns, orders, havings, limit, granularity, start_time, end_time, time_range and calculated_fields'
const UNITS: Readonly<Record<string, string>> = { string: ' characters', array: ' items' }

/** A schema's own sentence is kept; zod's are replaced by shorter ones. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_value':
      return `must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`
    case 'invalid_type':
      if (issue.message.endsWith('received undefined')) return 'is missing'
      return `must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}`
    case 'too_big':
      return `must ${UNITS[issue.origin] ? 'have' : 'be'} at most ${issue.maximum}${UNITS[issue.origin] ?? ''}`
    case 'too_small':
      return `must ${UNITS[issue.origin] ? 'have' : 'be'} at least ${issue.minimum}${UNITS[issue.origin] ?? ''}`
    default:
      return issue.message
  }
}
