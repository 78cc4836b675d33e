import type { ProvidersRead } from '../../contracts/sandbox/health.ts'
import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { TraceTwins } from '../../contracts/sandbox/wiring.ts'
import { LENS_NAMES } from '../../contracts/trace-links.ts'
import { ago, cut, plural } from '../format.ts'
import { type Difference, difference, type HelpPlace, listed, short } from './difference.ts'
import { evidenceOf } from './twin-words.ts'

type TreeLens = 'honeycomb' | 'xray'
type Twins = Partial<TraceTwins>

/** `unknown_service:python` */
const UNNAMED = /^unknown_service(:|$)/

/** Characters of an HTTP error's message. */
const MAX_MESSAGE = 160

const MADE_ONE: HelpPlace = { page: 'two-rows', heading: 'make-it-one' }
const WITHOUT_TRACE: HelpPlace = { page: 'two-rows', heading: 'an-item-without-a-trace' }
const GOES_WRONG: HelpPlace = { page: 'README', heading: 'what-goes-wrong-most' }

/** Why a provider has nothing, by its mode. */
const ELSEWHERE = {
  xray: {
    live: 'X-Ray is live: its segments went to AWS, and are shown there.',
    off: 'X-Ray is switched off (XRAY_ENABLED).',
  },
  honeycomb: {
    live: 'Honeycomb is live: its spans went there, and are shown there.',
    off: 'Honeycomb is switched off (HONEYCOMB_ENABLED).',
  },
} as const

/** How an app's records reach the provider, and what tells why they did not. */
const WAYS = {
  xray: 'X-Ray’s SDK sends to AWS_XRAY_DAEMON_ADDRESS by UDP, which reports no loss; OpenTelemetry sends to XRAY_OTLP_ENDPOINT, where Transaction Search must be on.',
  honeycomb:
    'OpenTelemetry sends to OTEL_EXPORTER_OTLP_ENDPOINT, with the key in OTEL_EXPORTER_OTLP_HEADERS.',
} as const

/** Whether the difference is that records of the request are under another id, or under none. */
export function isUnderOtherId({ help }: Difference): boolean {
  return help === MADE_ONE || help === WITHOUT_TRACE
}

/** What Honeycomb or X-Ray lacks of the whole request, and why. */
export function absence(
  trace: TraceLenses,
  providers: ProvidersRead | undefined,
  twins: Twins,
): Difference[] {
  const { spans, segments, occurrences } = trace
  const [hasSpans, hasSegments] = [spans.length > 0, segments.length > 0]
  return [
    ...(hasSpans && !hasSegments ? absent('xray', trace, providers, twins) : []),
    ...(hasSegments && !hasSpans ? absent('honeycomb', trace, providers, twins) : []),
    ...difference(
      !hasSpans && !hasSegments && occurrences.length > 0,
      'Only Rollbar received this request',
      'Either it was not sampled (X-Ray’s rules keep a share of all requests; Rollbar receives every unhandled error), or the app sends its spans and segments elsewhere.',
      false,
    ),
    ...strayErrors(twins),
    ...unnamed(trace),
  ]
}

/** Rollbar's errors that name no trace and look like this request's. */
function strayErrors({ errors = [] }: Twins): Difference[] {
  const items = errors.map(({ itemId, title }) => `item ${itemId} (${short(title)})`)
  const isSure = errors.every(({ isSeveral }) => !isSeveral)
  return difference(
    errors.length > 0,
    `Rollbar has ${plural(errors.length, 'error')} without a trace id that ${errors.length === 1 ? 'looks' : 'look'} like this request’s: ${listed(items)}`,
    `Method, path and second are the same${isSure ? '' : ', as they are of another failed request'}. Rollbar’s libraries do not know trace ids: send the active span’s with the item, as custom.trace_id.`,
    true,
    WITHOUT_TRACE,
  )
}

/** Services that OpenTelemetry's SDKs call so for want of a name. */
function unnamed({ spans }: TraceLenses): Difference[] {
  const found = spans.filter(({ service }) => UNNAMED.test(service))
  return difference(
    found,
    `A service has no name: ${listed(found.map(({ service }) => service))}`,
    'OpenTelemetry’s SDK calls it so because OTEL_SERVICE_NAME did not reach the app’s process. Set it where the app starts, to the name that X-Ray’s SDK has.',
    true,
    GOES_WRONG,
  )
}

function absent(
  lens: TreeLens,
  trace: TraceLenses,
  providers: ProvidersRead | undefined,
  twins: Twins,
): Difference[] {
  const mode = providers?.[lens].mode ?? 'local'
  const name = LENS_NAMES[lens]
  const nothing = `${name} has nothing of this request`
  if (mode !== 'local') return difference(true, nothing, ELSEWHERE[lens][mode], false)
  return (
    underOtherId(lens, twins) ??
    difference(
      true,
      nothing,
      `No ${lens === 'xray' ? 'segment' : 'span'} of ${listed(servicesOf(trace))} arrived with this trace id. ${WAYS[lens]}${httpErrorsText(lens, providers)} npm run sandbox -- --env prints what to set; for the services of this workspace, npm run doctor checks the way.`,
      true,
      GOES_WRONG,
    )
  )
}

/** The request is there, under another trace id. */
function underOtherId(lens: TreeLens, { twins = [], several = [] }: Twins): Difference[] | undefined {
  const name = LENS_NAMES[lens]
  const why =
    'Two libraries in the app each make a trace id: OpenTelemetry’s goes to Honeycomb, that of X-Ray’s SDK to X-Ray. Let OpenTelemetry make the id for both.'
  if (twins.length > 0) {
    return twins.flatMap((twin) =>
      difference(
        true,
        `${name} has a request that looks like this one, under the trace id ${twin[lens]}`,
        `${evidenceOf(twin)} ${why}`,
        true,
        MADE_ONE,
      ),
    )
  }
  if (several.length === 0) return undefined
  const ids = several.map(({ traceId }) => traceId)
  return difference(
    true,
    `${name} has ${plural(ids.length, 'request')} that ${ids.length === 1 ? 'looks' : 'look'} like this one, under other trace ids`,
    `Their times are too close to say which it is: ${ids.join(', ')}. ${why}`,
    true,
    MADE_ONE,
  )
}

/** ` X-Ray answered 3 requests with an HTTP error, …`, which many SDKs do not print; empty without one. */
export function httpErrorsText(lens: TreeLens, providers: ProvidersRead | undefined): string {
  const errors = providers?.httpErrors.filter(({ provider }) => provider === lens) ?? []
  const [last] = errors.toSorted((a, b) => b.lastMs - a.lastMs)
  if (!last) return ''
  const times = errors.reduce((sum, { count }) => sum + count, 0)
  const status = last.grpcStatus ?? last.status
  return ` ${LENS_NAMES[lens]} answered ${plural(times, 'request')} with an HTTP error, the last ${ago(last.lastMs)}: ${status} ${cut(last.message, MAX_MESSAGE).replace(/\.?$/, '.')}`
}

function servicesOf({ spans, segments }: TraceLenses): string[] {
  const names = spans.map(({ service }) => service)
  return names.length > 0 ? names : segments.flatMap(({ name, isSubsegment }) => (isSubsegment ? [] : [name]))
}
