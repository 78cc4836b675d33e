import type { Range } from '../../analysis/trace/axis.ts'
import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { honeycombTraceUrl, xrayTraceUrl } from '../../contracts/trace-links.ts'

/** A link to the trace at a live provider, with its time, because without it Honeycomb searches the last two hours only. */
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
  // The dataset is the service's name. A live Honeycomb's spans are not here, but a segment has the same name.
  const dataset = trace.segments.find(({ isSubsegment }) => !isSubsegment)?.name ?? trace.spans[0]?.service
  if (!dataset) return undefined
  const time = { startMs: trace.originMs + range.fromMs, endMs: trace.originMs + range.toMs }
  return honeycombTraceUrl({ ...live, dataset }, trace.traceId, time)
}
