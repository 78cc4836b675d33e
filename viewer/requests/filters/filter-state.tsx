import { count, plural } from '../../../analysis/format.ts'
import type { RequestMenus } from '../../../contracts/sandbox/lists.ts'
import { query } from '../../shell/router.ts'
import { type ActiveFilter, activeFilters } from './filter-words.ts'
import type { FilterName } from './filters.ts'
import { hrefOfFilters, setFilters } from './set-filters.ts'

/** How many requests match, and each filter with a button that drops it. */
export function FilterState({ menus }: { readonly menus: RequestMenus | undefined }) {
  const active = activeFilters(query.value)
  return (
    <div class="line filter-state small">
      <p class="soft">
        {menus &&
          (active.length === 0
            ? plural(menus.stored, 'request')
            : `${menus.isComplete ? '' : 'at least '}${count(menus.matching)} of ${plural(menus.stored, 'request')}`)}
      </p>
      {active.map((filter) => (
        <button key={filter.names[0]} type="button" class="chip" onClick={() => drop(filter)}>
          <span class="sr">Drop the filter </span>
          <span class="cut">{filter.words}</span>
          {filter.names.includes('since') && <span class="sr">: all times and durations again</span>}
          <span aria-hidden="true"> ×</span>
        </button>
      ))}
      {active.length > 0 && <a href={hrefOfFilters('')}>Clear all</a>}
    </div>
  )
}

export function drop({ names }: ActiveFilter): void {
  setFilters(without(names))
}

/** Changes that remove these filters. */
function without(names: readonly FilterName[]): Partial<Record<FilterName, string>> {
  return Object.fromEntries(names.map((name) => [name, '']))
}
