import type { RequestSort } from '../../../contracts/sandbox/list-words.ts'
import { LENS_NAMES, LENSES } from '../../../contracts/trace-links.ts'
import { lensColour } from '../../shell/providers.ts'
import { query } from '../../shell/router.ts'
import { setSorting } from './set-sorting.ts'
import { nextSorting, sortingOf, wordsOf } from './sorting.ts'

const COLUMNS = [
  ['start', 'Time'],
  ['name', 'Request'],
  ['status', 'Status'],
  ['duration', 'Duration'],
  ['services', 'Services'],
] as const satisfies readonly (readonly [RequestSort, string])[]
const LENS_SORTS = { honeycomb: 'spans', xray: 'segments', rollbar: 'items' } as const

interface Props {
  /** What the services' names begin with; the rows leave it out. */
  readonly prefix: string
}

/** The heads of the columns, each a button that orders the list. */
export function Head({ prefix }: Props) {
  return (
    <div class="grid-head row request" role="row">
      <span role="columnheader" class="c-mark">
        <span class="sr">Selected for a comparison</span>
      </span>
      {COLUMNS.map(([sort, name]) => (
        <SortHead
          key={sort}
          sort={sort}
          name={name}
          className={`c-${name.toLowerCase()}`}
          note={sort === 'services' && prefix ? `. Names are shown without “${prefix}”` : ''}
        />
      ))}
      {LENSES.map((lens) => (
        <SortHead
          key={lens}
          sort={LENS_SORTS[lens]}
          name={LENS_NAMES[lens]}
          className="c-lens"
          style={lensColour(lens)}
        />
      ))}
    </div>
  )
}

interface SortHeadProps {
  readonly sort: RequestSort
  readonly name: string
  readonly className: string
  readonly style?: Record<string, string>
  /** Further words of the tooltip. */
  readonly note?: string
}

function SortHead({ sort, name, className, style, note = '' }: SortHeadProps) {
  const now = sortingOf(query.value)
  const isSorted = now.sort === sort
  const direction = now.order === 'asc' ? 'ascending' : 'descending'
  return (
    <span role="columnheader" class={className} style={style} aria-sort={isSorted ? direction : 'none'}>
      <button
        type="button"
        class={isSorted ? 'sorted' : ''}
        title={`Order: ${wordsOf(nextSorting(now, sort))}${note}`}
        onClick={() => setSorting(nextSorting(now, sort))}
      >
        {name}
        {isSorted && <i aria-hidden="true">{now.order === 'asc' ? '↑' : '↓'}</i>}
      </button>
    </span>
  )
}
