import type { Store } from '../../store/store.ts'
import type { GroupFilters } from './evaluate.ts'
import { readFilter } from './parser.ts'

/** Contains every trace, and cannot be created. */
export const DEFAULT_GROUP = 'Default'

/** Looks up the filter of a group. */
export function groupFilters(store: { readonly groups: Pick<Store['groups'], 'find'> }): GroupFilters {
  return (nameOrArn) => {
    if (nameOrArn === DEFAULT_GROUP) return 'all'
    const text = store.groups.find(nameOrArn)?.filterExpression
    if (text === undefined) return undefined
    return text.trim() ? readFilter(text) : 'all'
  }
}
