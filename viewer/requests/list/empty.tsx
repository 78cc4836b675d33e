import { useEffect, useState } from 'preact/hooks'
import { plural } from '../../../analysis/format.ts'
import type { RequestMenus } from '../../../contracts/sandbox/lists.ts'
import { getJson, isAbort } from '../../shell/api.ts'
import { hrefOf, query } from '../../shell/router.ts'
import { drop } from '../filters/filter-state.tsx'
import { type ActiveFilter, activeFilters } from '../filters/filter-words.ts'
import { filterQuery } from '../filters/filters.ts'
import { hrefOfFilters } from '../filters/set-filters.ts'

/** `duration_ms > 100` */
const COMPARISON = /[<>]|!=/

/** Stands where the rows would be: what to do so that there are some. */
export function Empty({ stored }: { readonly stored: number | undefined }) {
  const filter = filterQuery(query.value)
  return (
    <div class="empty">
      {filter && stored !== 0 ? <NoMatch filter={filter} stored={stored} /> : <NoRequest />}
    </div>
  )
}

function NoRequest() {
  return (
    <>
      <h2>No request has arrived yet</h2>
      <p>Send two that are always kept, one good and one failing, and watch them arrive here:</p>
      <pre>npm run verify</pre>
      <p>
        or steady traffic over all routes: <code>npm run load -- --rate 5 --duration 60</code>
      </p>
    </>
  )
}

interface NoMatchProps {
  readonly filter: string
  readonly stored: number | undefined
}

function NoMatch({ filter, stored }: NoMatchProps) {
  const active = activeFilters(query.value)
  const found = useMatchingWithout(filter, active)
  const helpful = active
    .map((one, index) => ({ one, matching: found?.[index] ?? 0 }))
    .filter(({ matching }) => matching > 0)
    .toSorted((a, b) => b.matching - a.matching)
  return (
    <>
      <h2>
        No request matches {active.length === 1 ? 'this filter' : `these ${active.length} filters together`}
      </h2>
      {COMPARISON.test(query.value.get('text') ?? '') && (
        <p>
          The search compares with <code>name=value</code> only. For more and less, use the menu Duration, or
          a question in <a href={hrefOf('ask')}>Ask</a>.
        </p>
      )}
      {active.length > 1 && helpful.length > 0 && (
        <ul class="drops">
          {helpful.map(({ one, matching }) => (
            <li key={one.names[0]}>
              <button type="button" onClick={() => drop(one)}>
                Drop “<span>{one.words}</span>”
              </button>{' '}
              {plural(matching, 'request')}
            </li>
          ))}
        </ul>
      )}
      {active.length > 1 && found && helpful.length === 0 && (
        <p>Without any single one of them there is still none: drop two or more.</p>
      )}
      <p>
        <a href={hrefOfFilters('')}>Show all{stored ? ` ${plural(stored, 'request')}` : ''}</a>
      </p>
    </>
  )
}

/** How many requests match without each of these filters; undefined until all answers are there. */
function useMatchingWithout(filter: string, active: readonly ActiveFilter[]): readonly number[] | undefined {
  const [found, setFound] = useState<{ readonly filter: string; readonly matching: readonly number[] }>()
  useEffect(() => {
    if (active.length < 2) return
    const abort = new AbortController()
    const read = async ({ names }: ActiveFilter) => {
      const others = filterQuery(new URLSearchParams(filter), names)
      const { signal } = abort
      return (await getJson<RequestMenus>(`sandbox/requests/menus?${others}`, { signal })).matching
    }
    Promise.all(active.map(read)).then(
      (matching) => setFound({ filter, matching }),
      (error: unknown) => {
        // Without the numbers, each filter can still be dropped above.
        if (!isAbort(error)) setFound(undefined)
      },
    )
    return () => abort.abort()
  }, [filter])
  return found?.filter === filter ? found.matching : undefined
}
