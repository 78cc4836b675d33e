import type { Store } from '../store/store.ts'
import { invalidRequest } from './error.ts'
import type { GroupFilters } from './filter/evaluate.ts'
import type { Expression } from './filter/expression.ts'
import { readFilter } from './filter/filter.ts'

/** Every trace is in it, and it cannot be made. */
export const DEFAULT_GROUP = 'Default'

/** Looks up what a filter's `group.name = "…"` or `group.arn = "…"` stands for. */
export function groupFilters(store: Store): GroupFilters {
  return (nameOrArn) => {
    if (nameOrArn === DEFAULT_GROUP) return 'all'
    const text = store.groups.find(nameOrArn)?.filterExpression
    if (text === undefined) return undefined
    return text.trim() ? readFilter(text) : 'all'
  }
}

/** The filter of the group that a request names by name or ARN; undefined for all traces. Throws for one not there. */
export function filterOfGroup(store: Store, nameOrArn: string | undefined): Expression | undefined {
  if (nameOrArn === undefined || nameOrArn === DEFAULT_GROUP) return undefined
  const group = store.groups.find(nameOrArn)
  if (!group) throw invalidRequest(`Group ${nameOrArn} not found`)
  return group.filterExpression.trim() ? readFilter(group.filterExpression) : undefined
}
