import { invalidRequest } from '../error.ts'
import type { Expression } from './expression.ts'
import { FilterError } from './lexer.ts'
import { parseFilter } from './parser.ts'

/** Reads a filter expression for an operation: one that cannot be read is an InvalidRequestException with the place. */
export function readFilter(text: string): Expression {
  try {
    return parseFilter(text)
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    throw invalidRequest(`Invalid filter expression: ${error.message} at position ${error.position}`)
  }
}
