import { useMemo } from 'preact/hooks'
import { compareTraces, sharedLenses } from '../../analysis/compare/comparison.ts'
import type { PathLens } from '../../analysis/compare/path-spans.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { LENS_NAMES } from '../../contracts/trace-links.ts'
import { AttributeTable } from './attribute-table.tsx'
import type { CompareAddress } from './compare-address.ts'
import { PathTable } from './path-table.tsx'
import { NotComparable, Summary } from './summary-card.tsx'

interface Props {
  readonly a: TraceLenses
  readonly b: TraceLenses
  readonly address: CompareAddress
  readonly onChange: (next: Partial<CompareAddress>) => void
}

/** Two traces that are here. */
export function Comparison({ a, b, address, onChange }: Props) {
  const shared = sharedLenses(a, b)
  const lens = shared.find((one) => one === address.lens) ?? shared[0]
  if (!lens) return <NotComparable />
  return <InLens key={lens} {...{ a, b, address, onChange, lens, shared }} />
}

function InLens({
  a,
  b,
  address,
  onChange,
  lens,
  shared,
}: Props & { readonly lens: PathLens; readonly shared: readonly PathLens[] }) {
  const found = useMemo(() => compareTraces(a, b, lens), [a, b, lens])
  return (
    <>
      <Summary {...found} />
      <section class="card compare-paths" aria-labelledby="paths-title">
        <header class="line">
          <h2 id="paths-title">{lens === 'xray' ? 'Segments and subsegments by path' : 'Spans by path'}</h2>
          {shared.length > 1 && (
            <div class="choices" role="group" aria-label="Lens">
              {shared.map((one) => (
                <button
                  key={one}
                  type="button"
                  aria-pressed={one === lens}
                  onClick={() => onChange({ lens: one })}
                >
                  {LENS_NAMES[one]}
                </button>
              ))}
            </div>
          )}
          <label class="check">
            <input
              type="checkbox"
              checked={address.isOnlyChanges}
              onChange={({ currentTarget }) => onChange({ isOnlyChanges: currentTarget.checked })}
            />
            Changes only
          </label>
          <label>
            <span class="sr">Sort</span>
            <select
              value={address.sort}
              onChange={({ currentTarget }) =>
                onChange({ sort: currentTarget.value === 'difference' ? 'difference' : 'place' })
              }
            >
              <option value="place">By place in the tree</option>
              <option value="difference">By difference of own time</option>
            </select>
          </label>
        </header>
        <PathTable
          a={a}
          b={b}
          lines={found.lines}
          sort={address.sort}
          isOnlyChanges={address.isOnlyChanges}
        />
        <p class="soft small">
          Like siblings are one line. A difference of up to 1 ms, or of up to 10 % of the longer time, counts
          as noise. Own time is the time in which no child ran.
        </p>
      </section>
      <div class="cards compare-attributes">
        <AttributeTable title="Attributes of the roots that differ" found={found.roots} />
        {found.resources && <AttributeTable title="Resources that differ" found={found.resources} />}
      </div>
    </>
  )
}
