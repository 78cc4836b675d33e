import type { FilterCheck, FilterIssue } from '../../../contracts/sandbox/xray-filter.ts'
import { MAX_FILTER_LENGTH } from '../../../contracts/sandbox/xray-filter-words.ts'
import { HttpError } from '../../http/answer.ts'
import type { Store } from '../../store/store.ts'
import { assembleTrace, type Trace } from '../trace.ts'
import { matches } from './evaluate.ts'
import type { Expression } from './expression.ts'
import { groupFilters } from './group-filters.ts'
import { FilterError } from './lexer.ts'
import { parseFilter } from './parser.ts'

/** A 400 for a wrong filter expression, with the place of the error. */
export class FilterExpressionError extends HttpError {
  override readonly name = 'FilterExpressionError'
  readonly issue: FilterIssue

  constructor(issue: FilterIssue) {
    super(400, `filter: ${issue.message}, at position ${issue.position}`)
    this.issue = issue
  }
}

/** Returns a trace with this id if it matches. */
export type TraceFinder = (traceId: string) => Trace | undefined
export type TraceMatcher = (trace: Trace) => boolean

/** A filter expression, and the name or ARN of a group. */
interface XRayQuestion {
  readonly filter?: string | undefined
  readonly group?: string | undefined
}

/** Finds the traces that match, as `createTraceMatcher` does. A trace without segments matches nothing. */
export function createTraceFinder(
  store: Pick<Store, 'groups' | 'segments'>,
  question: XRayQuestion,
): TraceFinder | undefined {
  const isWanted = createTraceMatcher(store, question)
  if (!isWanted) return undefined
  return (traceId) => {
    const trace = assembleTrace(traceId, store.segments.ofTrace(traceId))
    return trace && isWanted(trace) ? trace : undefined
  }
}

/**
 * Tells which traces match a filter expression and are in a group, as GetTraceSummaries does, except that traces match that
 * Transaction Search has not indexed as well. A group that is deleted later has no traces. Undefined for neither filter
 * nor group. Throws a FilterExpressionError, or an HttpError (400) for an unknown group.
 */
export function createTraceMatcher(
  store: Pick<Store, 'groups'>,
  { filter = '', group }: XRayQuestion,
): TraceMatcher | undefined {
  const expressions: Expression[] = []
  const groups = groupFilters(store)
  if (group !== undefined) {
    if (groups(group) === undefined) throw new HttpError(400, `group: there is no X-Ray group "${group}"`)
    expressions.push({ kind: 'compare', field: 'group.name', comparison: '=', value: group })
  }
  if (filter.trim() !== '') {
    const parsed = parse(filter)
    if ('issue' in parsed) throw new FilterExpressionError(parsed.issue)
    expressions.push(parsed.expression)
  }
  if (expressions.length === 0) return undefined
  return (trace) => expressions.every((expression) => matches(expression, trace, groups))
}

/** What is wrong in `?filter=`. An empty expression is right: it filters nothing. */
export function checkFilter(query: URLSearchParams): FilterCheck {
  const text = query.get('filter') ?? ''
  if (text.trim() === '') return { issue: null }
  const parsed = parse(text)
  return { issue: 'issue' in parsed ? parsed.issue : null }
}

function parse(text: string): { readonly expression: Expression } | { readonly issue: FilterIssue } {
  if (text.length > MAX_FILTER_LENGTH) {
    const message = `an expression has at most ${MAX_FILTER_LENGTH} characters`
    return { issue: { code: 'invalid', message, position: MAX_FILTER_LENGTH } }
  }
  try {
    return { expression: parseFilter(text) }
  } catch (error) {
    if (!(error instanceof FilterError)) throw error
    const { code, message, position } = error
    return { issue: { code, message, position } }
  }
}
