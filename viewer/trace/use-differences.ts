import { useMemo } from 'preact/hooks'
import { isUnderOtherId } from '../../analysis/trace/absence.ts'
import { differences } from '../../analysis/trace/differences.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { TraceTwins } from '../../contracts/sandbox/wiring.ts'
import { useRead } from '../shell/api.ts'
import { providers } from '../shell/providers.ts'

/** Records arrive for some seconds; then the trace is compared again. ms */
const REFRESH_MS = 10_000

/** What looks like it is of the same request under another id, or under none; undefined where nothing is missing. */
function useTwins({ traceId, spans, segments, occurrences }: TraceLenses): Partial<TraceTwins> | undefined {
  const isOfOne = spans.length > 0 !== segments.length > 0
  const isFailed =
    spans.some(({ status }) => status === 'ERROR') || segments.some(({ outcome }) => outcome === 'fault')
  const isNeeded = isOfOne || (isFailed && occurrences.length === 0)
  const { value } = useRead<Partial<TraceTwins>>(
    isNeeded ? `sandbox/traces/${traceId}/twins` : undefined,
    REFRESH_MS,
  )
  return isNeeded ? value : undefined
}

/** Where the lenses of a trace differ, and what looks like it is of the same request, which the page says above. */
export function useDifferences(trace: TraceLenses) {
  const twins = useTwins(trace)
  const providersRead = providers.value
  const differencesFound = useMemo(
    () => differences(trace, providersRead, twins).filter((one) => !isUnderOtherId(one)),
    [trace, providersRead, twins],
  )
  return { twins, differencesFound }
}
