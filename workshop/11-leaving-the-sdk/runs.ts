import { attribute, type SpanEvidence, serverSpan, type TraceEvidence } from '../../contracts/evidence.ts'
import type { CheckContext } from '../context.ts'

/** The attribute with how many posts the digest got, and the one of the api's own span with how many it answered. */
export const POSTS = 'app.digest.posts'
const ANSWERED = 'app.result_length'
const HOME = 'home-activities'

/** A run of the digest that the X-Ray SDK has recorded, by hand. */
export interface SdkRun {
  readonly trace: TraceEvidence
  readonly segment: SpanEvidence
  /** The api's request below the segment. */
  readonly request: SpanEvidence | undefined
}

/** A run of the digest of which OpenTelemetry has recorded a span. */
export interface SpanRun {
  readonly trace: TraceEvidence
  /** The learner's span; undefined where only the call has arrived. */
  readonly span: SpanEvidence | undefined
  /** The digest's call to the api. */
  readonly call: SpanEvidence | undefined
  /** The api's request below the call. */
  readonly request: SpanEvidence | undefined
  /** How many posts the api says that it has answered. */
  readonly answered: number | undefined
}

export interface Runs {
  /** Newest first. */
  readonly bySdk: readonly SdkRun[]
  readonly bySpan: readonly SpanRun[]
}

/** Reads the runs of the digest back. */
export async function gatherRuns(context: CheckContext): Promise<Runs> {
  const ids = await context.tracesOf(context.digestService)
  const traces = await Promise.all(ids.map((traceId) => context.trace(traceId)))
  return {
    bySdk: newestFirst(
      traces.flatMap((trace) => sdkRun(trace, context)),
      ({ segment }) => segment.startMs,
    ),
    bySpan: newestFirst(
      traces.flatMap((trace) => spanRun(trace, context)),
      ({ span, call }) => (span ?? call)?.startMs ?? 0,
    ),
  }
}

function newestFirst<Run>(runs: readonly Run[], startMs: (run: Run) => number): Run[] {
  return runs.toSorted((a, b) => startMs(b) - startMs(a))
}

/**
 * The SDK names a segment after its service. A segment that is written from a span has the span's id, and so Honeycomb has
 * it too, and the span's name.
 */
function isByHand({ isSegment, sdk, name, service, foundIn }: SpanEvidence): boolean {
  return isSegment && isOfSdk(sdk) && name === service && !foundIn.includes('honeycomb')
}

/** `X-Ray for Node.js` and the like. */
export function isOfSdk(sdk: string | undefined): boolean {
  return sdk?.startsWith('X-Ray for') ?? false
}

function sdkRun(trace: TraceEvidence, { service, digestService }: CheckContext): SdkRun[] {
  const segment = trace.spans.find((span) => span.service === digestService && isByHand(span))
  if (!segment) return []
  const request = trace.spans.find(
    (span) => span.isServer && span.service === service && ancestors(trace, span).includes(segment),
  )
  return [{ trace, segment, request }]
}

function spanRun(trace: TraceEvidence, { service, digestService }: CheckContext): SpanRun[] {
  const bySdk = new Set(
    trace.spans.filter(isByHand).flatMap((segment) => [segment, ...below(trace, segment)]),
  )
  const spans = trace.spans.filter((span) => span.service === digestService && !bySdk.has(span))
  if (spans.length === 0) return []
  const call = spans.find(({ isCall }) => isCall)
  const span = spans.find((one) => attribute(one, POSTS) !== undefined) ?? spans.find(({ isCall }) => !isCall)
  const request = trace.spans.find(
    (one) => one.isServer && one.service === service && call !== undefined && one.parentId === call.id,
  )
  const answered = trace.spans
    .filter(({ name }) => name === HOME)
    .map((home) => attribute(home, ANSWERED))
    .find((value) => typeof value === 'number')
  return [{ trace, span, call, request, answered }]
}

/** The spans above a span, the nearest first. */
export function ancestors({ spans }: TraceEvidence, { parentId }: SpanEvidence): SpanEvidence[] {
  const found: SpanEvidence[] = []
  for (let parent = byId(spans, parentId); parent && !found.includes(parent); ) {
    found.push(parent)
    parent = byId(spans, parent.parentId)
  }
  return found
}

/** The SDK's subsegments below a segment. */
function below(trace: TraceEvidence, segment: SpanEvidence): SpanEvidence[] {
  return trace.spans.filter(
    (span) => !span.foundIn.includes('honeycomb') && ancestors(trace, span).includes(segment),
  )
}

function byId(spans: readonly SpanEvidence[], id: string | undefined): SpanEvidence | undefined {
  return id === undefined ? undefined : spans.find((span) => span.id === id)
}

/** A request of the api that X-Ray has, written by no X-Ray SDK, and its trace. */
export interface OwnRequest {
  readonly traceId: string
  readonly span: SpanEvidence
}

/** The newest requests of the api in X-Ray: the first one, and the first that no SDK has written. */
export async function gatherRequests(
  context: CheckContext,
): Promise<{ readonly newest: OwnRequest | undefined; readonly withoutSdk: OwnRequest | undefined }> {
  let newest: OwnRequest | undefined
  for (const traceId of await context.recentTraces()) {
    const span = serverSpan(await context.trace(traceId), context.service)
    if (!span?.foundIn.includes('xray')) continue
    newest ??= { traceId, span }
    if (!isOfSdk(span.sdk)) return { newest, withoutSdk: { traceId, span } }
  }
  return { newest, withoutSdk: undefined }
}
