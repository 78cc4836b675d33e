import { clock, duration } from '../../analysis/format.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { hrefOf, query } from '../shell/router.ts'

/** The page of a trace of which the sandbox has no record. */
export function Gone({ trace }: { readonly trace: TraceLenses }) {
  const at = Number(query.value.get('at'))
  const seconds = Number.parseInt(trace.traceId.slice(0, 8), 16)
  const isPlausible = seconds > 1_500_000_000 && seconds * 1_000 < Date.now() + 86_400_000
  const whenMs = at || (isPlausible ? seconds * 1_000 : 0)
  return (
    <div class="empty">
      <h1>{trace.pruned ? 'This trace is pruned' : 'Nothing of this trace is here'}</h1>
      <p>
        <code>{trace.traceId}</code> <code>{trace.xrayTraceId}</code>
      </p>
      {trace.pruned ? (
        <p>
          The sandbox has deleted this trace to stay within its storage limits. It deletes the oldest traces
          first.
        </p>
      ) : (
        <p>
          It may not have been sampled, not have arrived yet (this page shows it when it does), or have gone
          to a live provider. <code>npm run verify</code> sends a request that is always kept.
        </p>
      )}
      {whenMs > 0 && (
        <p class="soft">
          By {at ? 'its link' : 'its id'} it started at {clock(whenMs)},{' '}
          {duration(Math.max(0, Date.now() - whenMs))} ago.
        </p>
      )}
      <p>
        <a href={hrefOf('')}>All requests</a>
      </p>
    </div>
  )
}
