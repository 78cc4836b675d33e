import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { plural } from '../format.ts'
import { httpErrorsText } from './absence.ts'
import { type Difference, difference, type HelpPlace, listed } from './difference.ts'
import type { SpansById } from './tree-differences.ts'

const ONE_PROVIDER: HelpPlace = { page: 'two-rows', heading: 'a-service-that-sends-to-one-provider' }

/** Spans that only one of Honeycomb and X-Ray has, of a trace that both have. */
export function onlyInOne(
  trace: TraceLenses,
  spansById: SpansById,
  providers: ProvidersRead | undefined,
): Difference[] {
  const { spans, segments } = trace
  if (spans.length === 0 || segments.length === 0) return []
  const segmentIds = new Set(segments.map(({ id }) => id))
  const twice = measuredTwice(trace, spansById)
  const inXRay = new Set(spans.filter(({ id }) => segmentIds.has(id)).map(({ service }) => service))
  const noSegment = spans.filter(({ id, service }) => !segmentIds.has(id) && !twice.services.has(service))
  const silent = noSegment.filter(({ service }) => !inXRay.has(service))
  const lost = noSegment.filter(({ service }) => inXRay.has(service))
  const noSpan = segments.filter(({ id, document }) => !spansById.has(id) && !twice.documents.has(document))
  const services = [...twice.services]
  return [
    ...difference(
      twice.segments,
      `Two libraries measured ${listed(services)}: its spans and its segments have ids of their own`,
      'OpenTelemetry made the spans at Honeycomb, X-Ray’s SDK the segments. Both are of this trace, so the request is one row. Each library shows what it instruments.',
      false,
    ),
    ...difference(
      silent,
      `X-Ray lacks ${plural(silent.length, 'span')} of ${listed(silent.map(({ service }) => service))}`,
      `X-Ray has nothing of that service: it sends to Honeycomb only, or what it sent did not arrive.${httpErrorsText('xray', providers)}`,
      true,
      ONE_PROVIDER,
    ),
    ...difference(
      lost,
      `X-Ray lacks ${plural(lost.length, 'span')} that Honeycomb has: ${listed(lost.map(({ name }) => name))}`,
      'The rest of its service arrived. A span that ends after its segment was sent travels in a separate datagram, which may be lost. Documents beyond 64 KB are left out, and some spans are for Honeycomb only.',
    ),
    ...difference(
      noSpan,
      `Honeycomb lacks ${plural(noSpan.length, 'segment or subsegment', 'segments and subsegments')} that X-Ray has: ${listed(noSpan.map(({ name }) => name))}`,
      `Their sender sends to X-Ray only, or their batch did not reach Honeycomb.${httpErrorsText('honeycomb', providers)}`,
      true,
      ONE_PROVIDER,
    ),
  ]
}

/**
 * The services whose spans and segments have no id in common, as where X-Ray's SDK continues OpenTelemetry's trace: a segment
 * has the name of a span's service, or a span as its parent. With them the documents of their segments.
 */
function measuredTwice({ spans, segments }: Pick<TraceLenses, 'spans' | 'segments'>, spansById: SpansById) {
  const ofDocument = Map.groupBy(segments, ({ document }) => document)
  const isShared = (parts: readonly LensSegment[]) => parts.some(({ id }) => spansById.has(id))
  const apart = [...ofDocument.values()].filter((parts) => !isShared(parts))
  const spansOf = Map.groupBy(spans, ({ service }) => service)
  const ids = new Set(segments.map(({ id }) => id))
  const hasOwnIds = (service: string) =>
    (spansOf.get(service) ?? []).every(({ id }: LensSpan) => !ids.has(id))
  const found = apart.flatMap((parts) => {
    const [top] = parts
    const parent = top && spansById.get(top.parentId)
    const service = parent?.service ?? (top && !top.isSubsegment && spansOf.has(top.name) ? top.name : '')
    return service && hasOwnIds(service) ? [{ service, parts }] : []
  })
  return {
    services: new Set(found.map(({ service }) => service)),
    documents: new Set(found.flatMap(({ parts }) => parts.map(({ document }) => document))),
    segments: found.flatMap(({ parts }) => parts.slice(0, 1)),
  }
}

/** The ids of spans and segments of such services: that only one provider has them is no loss. */
export function idsOfMeasuredTwice(trace: Pick<TraceLenses, 'spans' | 'segments'>): ReadonlySet<string> {
  const { spans, segments } = trace
  const { services, documents } = measuredTwice(trace, new Map(spans.map((span) => [span.id, span])))
  return new Set([
    ...spans.flatMap(({ id, service }) => (services.has(service) ? [id] : [])),
    ...segments.flatMap(({ id, document }) => (documents.has(document) ? [id] : [])),
  ])
}
