import { useKeys } from '../shell/browser.ts'
import { PageHead } from '../shell/page-head.tsx'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { wayBack } from '../trace/way-back.ts'
import { type CompareAddress, hrefOfComparison, readAddress } from './compare-address.ts'
import { Comparison } from './comparison.tsx'
import { SideCard } from './side-card.tsx'
import { useSide } from './use-side.ts'

/** Two traces by span path: what one has that the other has not, what is slower, and what runs more often. */
export function ComparePage() {
  const address = readAddress(query.value)
  const [a, b] = [useSide(address.a), useSide(address.b)]
  const change = (next: Partial<CompareAddress>, replaces = false) =>
    navigate(hrefOfComparison({ ...address, ...next }), { replaces })
  const swap = () => change({ a: address.b, b: address.a })
  useKeys({ x: swap, Escape: () => navigate(wayBack().href) })
  const traces = a.state === 'here' && b.state === 'here' ? { a: a.trace, b: b.trace } : undefined
  const isSame = traces?.a.traceId === traces?.b.traceId
  return (
    <div class="page compare">
      <PageHead
        title="Compare two traces"
        about="B is compared with A, by the path of each span from the root"
        error=""
      >
        {(address.a || address.b) && (
          <div class="choices">
            <button type="button" onClick={swap}>
              Swap A and B
            </button>
          </div>
        )}
      </PageHead>
      <div class="cards compare-sides">
        <SideCard letter="A" id={address.a} side={a} other={b} onChoose={(id) => change({ a: id })} />
        <SideCard letter="B" id={address.b} side={b} other={a} onChoose={(id) => change({ b: id })} />
      </div>
      {traces && isSame && (
        <p class="note" role="status">
          A and B are the same trace, so there is nothing to compare. Choose another trace for one of them.
        </p>
      )}
      {traces && !isSame && (
        <Comparison {...traces} address={address} onChange={(next) => change(next, true)} />
      )}
      {!address.a && !address.b && (
        <p class="empty">
          Select two rows of <a href={hrefOf('')}>Requests</a> with their boxes or with <kbd>m</kbd>, open a
          trace and choose Compare, or enter two trace ids.
        </p>
      )}
    </div>
  )
}
