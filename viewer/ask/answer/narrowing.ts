import type { QueryInput } from '../../../contracts/sandbox/query.ts'
import { cleanQuestion } from '../question.ts'

/**
 * The question that a filter is added to when a click narrows it. A specification combines all of its filters in one way,
 * so one more beside filters of which any may hold would widen the answer: it replaces them, which `note` says.
 */
export function narrowable(question: QueryInput): { readonly base: QueryInput; readonly note: string } {
  const isAny = question.filter_combination === 'OR' && (question.filters?.length ?? 0) > 1
  if (!isAny) return { base: question, note: '' }
  const { filters, filter_combination, ...base } = question
  return { base: cleanQuestion(base), note: ' (replaces the OR filters)' }
}
