import { Choice } from '../../shell/filter-form.tsx'
import { query } from '../../shell/router.ts'
import { setSorting } from './set-sorting.ts'
import { SORTINGS, sortingOf, sortingQuery, wordsOf } from './sorting.ts'

/** All orders of the list, for where the columns have no heads. */
export function SortMenu() {
  return (
    <Choice
      name="Order"
      value={sortingQuery(sortingOf(query.value))}
      options={SORTINGS.map((sorting) => [sortingQuery(sorting), capital(wordsOf(sorting))])}
      onPick={(picked) => setSorting(sortingOf(new URLSearchParams(picked)))}
    />
  )
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
