import type { Store } from '../store/store.ts'
import { invalidRequest } from './error.ts'
import type { Expression } from './filter/expression.ts'
import { readFilter } from './filter/filter.ts'

/** Every trace is in it, and it cannot be made. */
const DEFAULT_GROUP = 'Default'

/** Looks up what a filter's `group.name = "…"` stands for; undefined for a group that is not there, or takes all. */
export function groupFilters(store: Store): (name: string) => Expression | undefined {
  return (name) => {
    const text = store.groups.find(name)?.filterExpression
    return text ? readFilter(text) : undefined
  }
}

/** The filter of the group that a request names by name or ARN; undefined for all traces. Throws for one not there. */
export function filterOfGroup(store: Store, nameOrArn: string | undefined): Expression | undefined {
  if (nameOrArn === undefined || nameOrArn === DEFAULT_GROUP) return undefined
  const group = store.groups.find(nameOrArn)
  if (!group) throw invalidRequest(`Group ${nameOrArn} not found`)
  return group.filterExpression ? readFilter(group.filterExpression) : undefined
}
