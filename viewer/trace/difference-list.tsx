import { cut } from '../../analysis/format.ts'
import type { Difference } from '../../analysis/trace/difference.ts'
import { hrefOfHelp } from '../help/links-to-help.ts'

/** Characters */
const MAX_NAME = 90

interface Props {
  readonly found: readonly Difference[]
  readonly onSelect: (id: string) => void
  readonly nameOf: (id: string) => string
}

/** The differences between the lenses with their reasons, problems first. */
export function DifferenceList({ found, onSelect, nameOf }: Props) {
  if (found.length === 0) return null
  const sorted = found.toSorted((a, b) => Number(b.isTrouble) - Number(a.isTrouble))
  return (
    <section id="differences" class="card differences" aria-labelledby="differences-title">
      <h2 id="differences-title">Where the lenses differ, and why</h2>
      <ul>
        {sorted.map(({ what, why, ids, isTrouble, help }) => (
          <li key={what} class={isTrouble ? 'trouble-item' : ''}>
            <b>{what}</b>
            <p class="soft">
              {why}
              {help && (
                <>
                  {' '}
                  <a href={hrefOfHelp(help.page, help.heading)}>What to do</a>
                </>
              )}
            </p>
            {ids.length > 0 && (
              <p class="small">
                {ids.map((id) => (
                  <button type="button" class="link" key={id} onClick={() => onSelect(id)}>
                    {cut(nameOf(id), MAX_NAME)}
                  </button>
                ))}
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}
