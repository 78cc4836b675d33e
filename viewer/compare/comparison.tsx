import { useMemo } from 'preact/hooks'
import { resourceDifferences, rootDifferences } from '../../analysis/compare/attribute-differences.ts'
import { type PathLens, pathSpans } from '../../analysis/compare/path-spans.ts'
import { compareByPath } from '../../analysis/compare/span-paths.ts'
import { summaryOf } from '../../analysis/compare/summary.ts'
import { traceFacts } from '../../analysis/compare/trace-facts.ts'
import { routesOf } from '../../analysis/trace/route-finder.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { LENS_NAMES } from '../../contracts/trace-links.ts'
import { AttributeTable } from './attribute-table.tsx'
import type { CompareAddress } from './compare-address.ts'
import { PathTable } from './path-table.tsx'
import { Summary } from './summary-card.tsx'

interface Props {
  readonly a: TraceLenses
  readonly b: TraceLenses
  readonly address: CompareAddress
  readonly onChange: (next: Partial<CompareAddress>) => void
}

const PATH_LENSES = ['honeycomb', 'xray'] as const satisfies readonly PathLens[]

/** Two traces that are here. */
export function Comparison({ a, b, address, onChange }: Props) {
  const shared = PATH_LENSES.filter((lens) => recordsOf(a, lens) > 0 && recordsOf(b, lens) > 0)
  const lens = shared.find((one) => one === address.lens) ?? shared[0]
  if (!lens)
    return (
      <p class="note">
        One trace has only Honeycomb’s spans and the other only X-Ray’s segments. Their names and kinds
        differ, so that they cannot be compared.
      </p>
    )
  return <InLens key={lens} {...{ a, b, address, onChange, lens, shared }} />
}

function recordsOf(trace: TraceLenses, lens: PathLens): number {
  return (lens === 'xray' ? trace.segments : trace.spans).length
}

function InLens({
  a,
  b,
  address,
  onChange,
  lens,
  shared,
}: Props & { readonly lens: PathLens; readonly shared: readonly PathLens[] }) {
  const found = useMemo(() => {
    const routeOf = routesOf([a, b])
    const [spansA, spansB] = [pathSpans(a, lens, routeOf), pathSpans(b, lens, routeOf)]
    const lines = compareByPath(spansA, spansB)
    const facts = { a: traceFacts(a, lens, spansA), b: traceFacts(b, lens, spansB) }
    return {
      lines,
      facts,
      summary: summaryOf(lines),
      roots: rootDifferences(lens, [a, facts.a.rootId], [b, facts.b.rootId]),
      resources: resourceDifferences(a, b),
    }
  }, [a, b, lens])
  return (
    <>
      <Summary lens={lens} a={a} b={b} {...found} />
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
        {recordsOf(a, 'honeycomb') > 0 && recordsOf(b, 'honeycomb') > 0 && (
          <AttributeTable title="Resources that differ" found={found.resources} />
        )}
      </div>
    </>
  )
}
