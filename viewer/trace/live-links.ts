import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { honeycombTraceUrl, rollbarOccurrenceUrl, xrayTraceUrl } from '../../contracts/trace-links.ts'
import type { Range } from './axis.ts'

/** A link to the trace at a live provider. Honeycomb finds traces only with their time in the link. */
export function linkTo(
  lens: 'honeycomb' | 'xray',
  trace: TraceLenses,
  range: Range,
  providers: ProvidersRead | undefined,
): string | undefined {
  if (providers?.[lens].mode !== 'live') return undefined
  if (lens === 'xray') return xrayTraceUrl(providers.xray.region, trace.traceId)
  const { live } = providers.honeycomb
  if (!live) return undefined
  const dataset = trace.segments.find(({ isSubsegment }) => !isSubsegment)?.name ?? trace.spans[0]?.service
  if (!dataset) return undefined
  const time = { startMs: trace.originMs + range.fromMs, endMs: trace.originMs + range.toMs }
  return honeycombTraceUrl({ ...live, dataset }, trace.traceId, time)
}

export function linkToOccurrence(uuid: string, providers: ProvidersRead | undefined): string | undefined {
  return providers?.rollbar.mode === 'live' ? rollbarOccurrenceUrl(uuid) : undefined
}
