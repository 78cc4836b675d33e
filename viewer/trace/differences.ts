import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { duration, plural } from '../shell/format.ts'

/** A difference between two providers, and its reason. */
export interface Difference {
  readonly what: string
  readonly why: string
  /** The first few spans concerned. */
  readonly ids: readonly string[]
  /** A problem; otherwise the providers differ by design. */
  readonly isTrouble: boolean
}

const MAX_IDS = 5
/** Times of one span may differ by X-Ray's precision, doubles of seconds. ms */
const SAME_MS = 0.5

export function differences(trace: TraceLenses, providers: ProvidersRead | undefined): Difference[] {
  const spans = new Map(trace.spans.map((span) => [span.id, span]))
  const segments = new Map(trace.segments.map((segment) => [segment.id, segment]))
  const both = trace.spans.flatMap((span) => {
    const segment = segments.get(span.id)
    return segment ? [{ span, segment }] : []
  })
  return [
    ...absence(trace, providers),
    ...onlyOne(trace, spans, segments),
    ...outcome(both),
    ...times(both),
    ...rollbar(trace, spans),
    ...shape(trace, spans),
    ...names(both),
    ...logs(trace),
  ]
}

type Pair = { readonly span: LensSpan; readonly segment: LensSegment }

function absence(
  { spans, segments, occurrences }: TraceLenses,
  providers: ProvidersRead | undefined,
): Difference[] {
  const found: Difference[] = []
  const xray = providers?.xray.mode ?? 'local'
  const honeycomb = providers?.honeycomb.mode ?? 'local'
  if (spans.length > 0 && segments.length === 0) {
    const why = {
      local:
        'Segments come by UDP, or with XRAY_PIPELINE=otlp by HTTP. None arrived: npm run doctor checks the way, npm run status shows what the backend could not send.',
      live: 'X-Ray is live: its segments went to AWS, and are shown there.',
      off: 'X-Ray is switched off (XRAY_ENABLED).',
    }[xray]
    found.push(trouble('X-Ray has nothing of this request', why, xray === 'local'))
  }
  if (segments.length > 0 && spans.length === 0) {
    const why = {
      local:
        'No span arrived by OTLP. Providers lists HTTP errors, and npm run status what the backend could not send.',
      live: 'Honeycomb is live: its spans went there, and are shown there.',
      off: 'Honeycomb is switched off (HONEYCOMB_ENABLED).',
    }[honeycomb]
    found.push(trouble('Honeycomb has nothing of this request', why, honeycomb === 'local'))
  }
  if (spans.length === 0 && segments.length === 0 && occurrences.length > 0) {
    found.push({
      what: 'Only Rollbar received this request',
      why: 'It was not sampled: X-Ray’s rules keep a share of all requests, so neither Honeycomb nor X-Ray received it. Rollbar receives every unhandled error.',
      ids: [],
      isTrouble: false,
    })
  }
  return found
}

function onlyOne(
  trace: TraceLenses,
  spans: ReadonlyMap<string, LensSpan>,
  segments: ReadonlyMap<string, LensSegment>,
): Difference[] {
  if (trace.spans.length === 0 || trace.segments.length === 0) return []
  const noSegment = trace.spans.filter(({ id }) => !segments.has(id))
  const noSpan = trace.segments.filter(({ id }) => !spans.has(id))
  const withSegments = new Set(trace.spans.filter(({ id }) => segments.has(id)).map(({ service }) => service))
  const silent = noSegment.filter(({ service }) => !withSegments.has(service))
  const lost = noSegment.filter(({ service }) => withSegments.has(service))
  const found: Difference[] = []
  if (silent.length > 0) {
    found.push({
      what: `X-Ray lacks ${plural(silent.length, 'span')} of ${listed(silent.map(({ service }) => service))}`,
      why: 'X-Ray has nothing of that service: it sends to Honeycomb only, or its datagrams did not arrive (npm run doctor).',
      ids: idsOf(silent),
      isTrouble: true,
    })
  }
  if (lost.length > 0) {
    found.push({
      what: `X-Ray lacks ${plural(lost.length, 'span')} that Honeycomb has: ${listed(lost.map(({ name }) => name))}`,
      why: 'The rest of its service arrived. A span that ends after its segment was sent travels in a separate datagram, which may be lost. Documents beyond 64 KB are left out, and some spans are for Honeycomb only.',
      ids: idsOf(lost),
      isTrouble: true,
    })
  }
  if (noSpan.length > 0) {
    found.push({
      what: `Honeycomb lacks ${plural(noSpan.length, 'segment or subsegment', 'segments and subsegments')} that X-Ray has: ${listed(noSpan.map(({ name }) => name))}`,
      why: 'Their sender sends to X-Ray only, or their batch did not reach Honeycomb: Providers lists HTTP errors.',
      ids: idsOf(noSpan),
      isTrouble: true,
    })
  }
  return found
}

function outcome(both: readonly Pair[]): Difference[] {
  const client = both.filter(({ span, segment }) => segment.outcome === 'error' && span.status !== 'ERROR')
  const other = both.filter(
    ({ span, segment }) =>
      (segment.outcome === 'fault') !== (span.status === 'ERROR') && segment.outcome !== 'error',
  )
  const found: Difference[] = []
  if (client.length > 0) {
    found.push({
      what: `X-Ray calls ${plural(client.length, 'answer')} an error, Honeycomb does not`,
      why: 'A 4xx is the caller’s mistake. X-Ray marks it `error`, which is less than a `fault`; OpenTelemetry does not mark the server’s span.',
      ids: idsOf(client.map(({ span }) => span)),
      isTrouble: false,
    })
  }
  if (other.length > 0) {
    found.push({
      what: `Honeycomb and X-Ray disagree whether ${plural(other.length, 'span')} failed`,
      why: 'Compare the span’s status with the segment’s `fault`: only one of them says that it failed.',
      ids: idsOf(other.map(({ span }) => span)),
      isTrouble: true,
    })
  }
  return found
}

function times(both: readonly Pair[]): Difference[] {
  const apart = both.filter(
    ({ span, segment }) =>
      segment.endMs !== null &&
      (Math.abs(span.startMs - segment.startMs) > SAME_MS || Math.abs(span.endMs - segment.endMs) > SAME_MS),
  )
  const open = both.filter(({ segment }) => segment.endMs === null)
  const found: Difference[] = []
  const [first] = apart
  if (first?.segment.endMs != null) {
    const most = Math.max(
      Math.abs(first.span.startMs - first.segment.startMs),
      Math.abs(first.span.endMs - first.segment.endMs),
    )
    found.push({
      what: `${plural(apart.length, 'span')} and segment differ in time, by up to ${duration(most)}`,
      why: 'Here both are made from the same span. Two instrumentations that measure separately would differ like this.',
      ids: idsOf(apart.map(({ span }) => span)),
      isTrouble: true,
    })
  }
  if (open.length > 0) {
    found.push({
      what: `${plural(open.length, 'segment')} in progress`,
      why: 'X-Ray received its start, and not yet its end. Honeycomb receives ended spans only.',
      ids: idsOf(open.map(({ span }) => span)),
      isTrouble: false,
    })
  }
  return found
}

function rollbar(
  { occurrences, spans: all }: TraceLenses,
  spans: ReadonlyMap<string, LensSpan>,
): Difference[] {
  const found: Difference[] = []
  const told = new Set(occurrences.map(({ spanId }) => spanId))
  const failed = all.filter(
    ({ id, kind, status }) => kind === 'SERVER' && status === 'ERROR' && !told.has(id),
  )
  if (failed.length > 0) {
    found.push({
      what: `Rollbar has nothing of ${plural(failed.length, 'failed span')}: ${listed(failed.map(({ service }) => service))}`,
      why: 'Rollbar receives unhandled errors. A failure that the service handled (for example with a 503), or another service’s, is no occurrence.',
      ids: idsOf(failed),
      isTrouble: false,
    })
  }
  const strangers = occurrences.filter(({ spanId }) => spanId !== '' && !spans.has(spanId))
  if (strangers.length > 0 && all.length > 0) {
    found.push({
      what: `${plural(strangers.length, 'occurrence')} of a span that has not arrived`,
      why: 'It names its span, which did not arrive. So it is shown at its own time, which Rollbar keeps in whole seconds.',
      ids: [],
      isTrouble: true,
    })
  }
  if (occurrences.length > 0) {
    found.push({
      what: 'Rollbar’s time is a whole second',
      why: 'The pin is where its span recorded the exception, which is precise to the microsecond.',
      ids: idsOf(occurrences.map(({ spanId: id }) => ({ id })).filter(({ id }) => spans.has(id))),
      isTrouble: false,
    })
  }
  return found
}

function shape({ spans: all }: TraceLenses, spans: ReadonlyMap<string, LensSpan>): Difference[] {
  const orphans = all.filter(({ parentId }) => parentId !== '' && !spans.has(parentId))
  const early = all.filter(({ parentId, startMs }) => startMs < (spans.get(parentId)?.startMs ?? startMs) - 1)
  const found: Difference[] = []
  if (orphans.length > 0) {
    found.push({
      what: `${plural(orphans.length, 'span')} whose parent has not arrived`,
      why: 'The caller sends its spans elsewhere, has not sent them yet, or was not sampled. These spans are shown as roots.',
      ids: idsOf(orphans),
      isTrouble: true,
    })
  }
  if (early.length > 0) {
    found.push({
      what: `${plural(early.length, 'span')} that begin before their parent`,
      why: 'The clocks of two machines differ. The viewer does not correct times.',
      ids: idsOf(early),
      isTrouble: true,
    })
  }
  return found
}

function names(both: readonly Pair[]): Difference[] {
  const renamed = both.filter(({ span, segment }) => span.name !== segment.name)
  const [first] = renamed
  if (!first) return []
  return [
    {
      what: `The same work under another name, for example “${short(first.span.name)}” and “${short(first.segment.name)}”`,
      why: 'Honeycomb shows what a span did. X-Ray names a segment by its service and a subsegment by the called service, and draws its service map from these names. The span’s name is in the metadata.',
      ids: idsOf(renamed.map(({ span }) => span)),
      isTrouble: false,
    },
  ]
}

function logs({ logs: all, segments }: TraceLenses): Difference[] {
  if (all.length === 0 || segments.length === 0) return []
  return [
    {
      what: `${plural(all.length, 'log record')} in Honeycomb only`,
      why: 'Logs travel by OTLP, with the ids of their trace and span. X-Ray does not store logs; in AWS they belong in CloudWatch.',
      ids: [],
      isTrouble: false,
    },
  ]
}

function trouble(what: string, why: string, isTrouble: boolean): Difference {
  return { what, why, ids: [], isTrouble }
}

function idsOf(records: readonly { readonly id: string }[]): string[] {
  return records.slice(0, MAX_IDS).map(({ id }) => id)
}

function listed(names: readonly string[]): string {
  const different = [...new Set(names)]
  const shown = different.slice(0, 3).map(short).join(', ')
  return different.length > 3 ? `${shown} and ${different.length - 3} more` : shown
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
