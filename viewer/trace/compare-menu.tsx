import { useState } from 'preact/hooks'
import { duration } from '../../analysis/format.ts'
import type { TracePeers } from '../../contracts/sandbox/lists.ts'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { hrefOfTraces } from '../compare/compare-address.ts'
import { useRead } from '../shell/api.ts'
import { Disclosure } from '../shell/disclosure.tsx'
import { navigate } from '../shell/router.ts'

/** Where this trace is compared with another one. */
export function CompareMenu({ traceId }: { readonly traceId: string }) {
  return (
    <Disclosure name="Compare">
      {() => (
        <div class="compare-menu">
          <Peers traceId={traceId} />
          <OtherTrace traceId={traceId} />
        </div>
      )}
    </Disclosure>
  )
}

/** Links to a fast and a slow request of the same route. */
function Peers({ traceId }: { readonly traceId: string }) {
  const { value: peers, error } = useRead<Partial<TracePeers>>(`sandbox/traces/${traceId}/peers`)
  if (error) return <p class="soft small">{error}</p>
  if (!peers) return <p class="soft small">Loading</p>
  const { route, fast, slow, count = 0 } = peers
  const links = [
    ['fast', fast],
    ['slow', slow],
  ] as const
  if (!fast && !slow)
    return (
      <p class="soft small">
        {count === 0
          ? 'No other request of this route is stored yet.'
          : 'None of the other requests of this route is clearly faster or slower.'}
      </p>
    )
  return (
    <>
      {links.map(
        ([name, peer]) =>
          peer && (
            <a
              key={name}
              href={
                name === 'fast' ? hrefOfTraces(peer.traceId, traceId) : hrefOfTraces(traceId, peer.traceId)
              }
            >
              Compare with a {name} one of this route <span class="soft">{duration(peer.durationMs)}</span>
            </a>
          ),
      )}
      <p class="soft small cut">{route}</p>
    </>
  )
}

function OtherTrace({ traceId }: { readonly traceId: string }) {
  const [problem, setProblem] = useState('')
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        const text = String(new FormData(event.currentTarget).get('other')).trim()
        // TRACE/SPAN, as the details copy it, names its trace.
        const other = parseTraceId(text.split('/')[0] ?? '')
        if (!other) setProblem('A trace id has 32 hex digits, or X-Ray’s form 1-xxxxxxxx-…')
        else if (other === traceId) setProblem('That is this trace.')
        else navigate(hrefOfTraces(traceId, other))
      }}
    >
      <label>
        <span class="small">Compare with the trace</span>
        <input class="mono" name="other" placeholder="Trace id" autocomplete="off" spellcheck={false} />
      </label>
      <button type="submit">Compare</button>
      {problem && (
        <p class="bad small" role="alert">
          {problem}
        </p>
      )}
    </form>
  )
}
