import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { LensOccurrence, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { TraceTwins } from '../../contracts/sandbox/wiring.ts'
import { duration, plural } from '../format.ts'
import { absence } from './absence.ts'
import { type Difference, difference, listed, short } from './difference.ts'
import { onlyInOne } from './only-in-one.ts'
import { inTree, type SpansById } from './tree-differences.ts'

/** X-Ray's times are doubles of seconds, so two times of one span may differ by this much. ms */
const SAME_MS = 0.5

/**
 * Where the providers differ in what they have of a trace, and why. `twins` are traces that look like the same request under
 * another id: the answer of `GET /sandbox/traces/<id>/twins`, where it was read.
 */
export function differences(
  trace: TraceLenses,
  providers: ProvidersRead | undefined,
  twins: Partial<TraceTwins> = {},
): Difference[] {
  const pairs = pairsOf(trace)
  const spansById = new Map(trace.spans.map((span) => [span.id, span]))
  return [
    ...absence(trace, providers, twins),
    ...onlyInOne(trace, spansById, providers),
    ...inOutcome(pairs),
    ...inTime(pairs),
    ...inRollbar(trace, spansById, twins),
    ...inTree(trace, spansById),
    ...inName(pairs),
    ...inLogs(trace),
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

function inRollbar(
  { occurrences, spans }: TraceLenses,
  spansById: SpansById,
  { errors = [] }: Partial<TraceTwins>,
): Difference[] {
  const failed = errors.length > 0 ? [] : unreported(spans, spansById, occurrences)
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

/**
 * The failed requests that no occurrence is of. An occurrence is of its span, and of the requests of its service that the
 * span is a part of. One that names no span, or one that has not arrived, could be of each.
 */
function unreported(
  spans: readonly LensSpan[],
  spansById: SpansById,
  occurrences: readonly LensOccurrence[],
): LensSpan[] {
  if (occurrences.some(({ spanId }) => !spansById.has(spanId))) return []
  const reported = new Set<string>()
  for (const { spanId } of occurrences) {
    const own = spansById.get(spanId)
    for (let span = own; span && span.service === own?.service; span = spansById.get(span.parentId)) {
      if (reported.has(span.id)) break
      reported.add(span.id)
    }
  }
  return spans.filter(({ id, kind, status }) => kind === 'SERVER' && status === 'ERROR' && !reported.has(id))
}
