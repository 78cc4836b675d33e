import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { LENS_NAMES } from '../../contracts/trace-links.ts'
import { duration, plural } from '../format.ts'
import { type Difference, difference, short } from './difference.ts'
import { inTree, type SpansById } from './tree-differences.ts'

/** X-Ray's times are doubles of seconds, so two times of one span may differ by this much. ms */
const SAME_MS = 0.5

export function differences(trace: TraceLenses, providers: ProvidersRead | undefined): Difference[] {
  const pairs = pairsOf(trace)
  const spansById = new Map(trace.spans.map((span) => [span.id, span]))
  return [
    ...absence(trace, providers),
    ...onlyInOne(trace, spansById),
    ...inOutcome(pairs),
    ...inTime(pairs),
    ...inRollbar(trace, spansById),
    ...inTree(trace, spansById),
    ...inName(pairs),
    ...inLogs(trace),
  ]
}

/** Why a provider has nothing, by its mode. */
const ABSENCE = {
  xray: {
    local:
      'Segments come by UDP, or with XRAY_PIPELINE=otlp by HTTP. None arrived: npm run doctor checks the way, npm run status shows what the backend could not send.',
    live: 'X-Ray is live: its segments went to AWS, and are shown there.',
    off: 'X-Ray is switched off (XRAY_ENABLED).',
  },
  honeycomb: {
    local:
      'No span arrived by OTLP. Providers lists HTTP errors, and npm run status what the backend could not send.',
    live: 'Honeycomb is live: its spans went there, and are shown there.',
    off: 'Honeycomb is switched off (HONEYCOMB_ENABLED).',
  },
} as const

function absence({ spans, segments, occurrences }: TraceLenses, providers: ProvidersRead | undefined) {
  const [hasSpans, hasSegments] = [spans.length > 0, segments.length > 0]
  const absent = (lens: 'honeycomb' | 'xray', isAbsent: boolean) => {
    const mode = providers?.[lens].mode ?? 'local'
    const what = `${LENS_NAMES[lens]} has nothing of this request`
    return difference(isAbsent, what, ABSENCE[lens][mode], mode === 'local')
  }
  return [
    ...absent('xray', hasSpans && !hasSegments),
    ...absent('honeycomb', hasSegments && !hasSpans),
    ...difference(
      !hasSpans && !hasSegments && occurrences.length > 0,
      'Only Rollbar received this request',
      'It was not sampled: X-Ray’s rules keep a share of all requests, so neither Honeycomb nor X-Ray received it. Rollbar receives every unhandled error.',
      false,
    ),
  ]
}

function onlyInOne({ spans, segments }: TraceLenses, spansById: SpansById): Difference[] {
  if (spans.length === 0 || segments.length === 0) return []
  const segmentIds = new Set(segments.map(({ id }) => id))
  const inXRay = new Set(spans.filter(({ id }) => segmentIds.has(id)).map(({ service }) => service))
  const noSegment = spans.filter(({ id }) => !segmentIds.has(id))
  const silent = noSegment.filter(({ service }) => !inXRay.has(service))
  const lost = noSegment.filter(({ service }) => inXRay.has(service))
  const noSpan = segments.filter(({ id }) => !spansById.has(id))
  return [
    ...difference(
      silent,
      `X-Ray lacks ${plural(silent.length, 'span')} of ${listed(silent.map(({ service }) => service))}`,
      'X-Ray has nothing of that service: it sends to Honeycomb only, or its datagrams did not arrive (npm run doctor).',
    ),
    ...difference(
      lost,
      `X-Ray lacks ${plural(lost.length, 'span')} that Honeycomb has: ${listed(lost.map(({ name }) => name))}`,
      'The rest of its service arrived. A span that ends after its segment was sent travels in a separate datagram, which may be lost. Documents beyond 64 KB are left out, and some spans are for Honeycomb only.',
    ),
    ...difference(
      noSpan,
      `Honeycomb lacks ${plural(noSpan.length, 'segment or subsegment', 'segments and subsegments')} that X-Ray has: ${listed(noSpan.map(({ name }) => name))}`,
      'Their sender sends to X-Ray only, or their batch did not reach Honeycomb: Providers lists HTTP errors.',
    ),
  ]
}

type Pair = ReturnType<typeof pairsOf>[number]

/** Each span with the segment of its id, and how far their times are apart (ms). */
function pairsOf({ spans, segments }: TraceLenses) {
  if (segments.length === 0) return []
  const byId = new Map(segments.map((segment) => [segment.id, segment]))
  return spans.flatMap((span) => {
    const segment = byId.get(span.id)
    if (!segment) return []
    const isInProgress = segment.endMs === null
    const apartMs = Math.max(
      Math.abs(span.startMs - segment.startMs),
      Math.abs(span.endMs - (segment.endMs ?? span.endMs)),
    )
    return [{ id: span.id, span, segment, isInProgress, apartMs }]
  })
}

function inOutcome(pairs: readonly Pair[]): Difference[] {
  const clientErrors = pairs.filter(
    ({ span, segment }) => segment.outcome === 'error' && span.status !== 'ERROR',
  )
  const disagreeing = pairs.filter(
    ({ span, segment }) =>
      (segment.outcome === 'fault') !== (span.status === 'ERROR') && segment.outcome !== 'error',
  )
  return [
    ...difference(
      clientErrors,
      `X-Ray calls ${plural(clientErrors.length, 'answer')} an error, Honeycomb does not`,
      'A 4xx is the caller’s mistake. X-Ray marks it `error`, which is less than a `fault`; OpenTelemetry does not mark the server’s span.',
      false,
    ),
    ...difference(
      disagreeing,
      `Honeycomb and X-Ray disagree whether ${plural(disagreeing.length, 'span')} failed`,
      'Compare the span’s status with the segment’s `fault`: only one of them says that it failed.',
    ),
  ]
}

function inTime(pairs: readonly Pair[]): Difference[] {
  const apart = pairs.filter(({ isInProgress, apartMs }) => !isInProgress && apartMs > SAME_MS)
  const mostMs = apart.reduce((most, { apartMs }) => Math.max(most, apartMs), 0)
  const inProgress = pairs.filter(({ isInProgress }) => isInProgress)
  return [
    ...difference(
      apart,
      `${plural(apart.length, 'span')} and segment differ in time, by up to ${duration(mostMs)}`,
      'Here both are made from the same span. Two instrumentations that measure separately would differ like this.',
    ),
    ...difference(
      inProgress,
      `${plural(inProgress.length, 'segment')} in progress`,
      'X-Ray received its start, and not yet its end. Honeycomb receives ended spans only.',
      false,
    ),
  ]
}

function inName(pairs: readonly Pair[]): Difference[] {
  const renamed = pairs.filter(({ span, segment }) => span.name !== segment.name)
  const [{ span, segment } = { span: { name: '' }, segment: { name: '' } }] = renamed
  return difference(
    renamed,
    `The same work under another name, for example “${short(span.name)}” and “${short(segment.name)}”`,
    'Honeycomb shows what a span did. X-Ray names a segment by its service and a subsegment by the called service, and draws its service map from these names. The span’s name is in the metadata.',
    false,
  )
}

function inRollbar({ occurrences, spans }: TraceLenses, spansById: SpansById): Difference[] {
  const reported = new Set(occurrences.map(({ spanId }) => spanId))
  const failed = spans.filter(
    ({ id, kind, status }) => kind === 'SERVER' && status === 'ERROR' && !reported.has(id),
  )
  const withSpan = occurrences.map(({ spanId }) => ({ id: spanId })).filter(({ id }) => spansById.has(id))
  const strangers = occurrences.filter(({ spanId }) => spanId !== '' && !spansById.has(spanId))
  return [
    ...difference(
      failed,
      `Rollbar has nothing of ${plural(failed.length, 'failed span')}: ${listed(failed.map(({ service }) => service))}`,
      'Rollbar receives unhandled errors. A failure that the service handled (for example with a 503), or another service’s, is no occurrence.',
      false,
    ),
    ...difference(
      strangers.length > 0 && spans.length > 0,
      `${plural(strangers.length, 'occurrence')} of a span that has not arrived`,
      'It names its span, which did not arrive. So it is shown at its own time, which Rollbar keeps in whole seconds.',
    ),
    ...difference(
      withSpan,
      'Rollbar’s time is a whole second',
      'The pin is where its span recorded the exception, which is precise to the microsecond.',
      false,
    ),
  ]
}

function inLogs({ logs, segments }: TraceLenses): Difference[] {
  return difference(
    logs.length > 0 && segments.length > 0,
    `${plural(logs.length, 'log record')} in Honeycomb only`,
    'Logs travel by OTLP, with the ids of their trace and span. X-Ray does not store logs; in AWS they belong in CloudWatch.',
    false,
  )
}

function listed(names: readonly string[]): string {
  const different = [...new Set(names)]
  const shown = different.slice(0, 3).map(short).join(', ')
  return different.length > 3 ? `${shown} and ${different.length - 3} more` : shown
}
