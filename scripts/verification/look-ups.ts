import type { Diagnosis } from '../../contracts/diagnosis.ts'
import type { EvidenceState, SpanEvidence } from '../../contracts/evidence.ts'
import { rollbarOccurrenceUrl, sandboxTraceUrl, xrayTraceUrl } from '../../contracts/trace-links.ts'
import { type Mode, type Providers, reachable, serviceName } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { openXRay } from '../aws/client.ts'
import type { Operation } from '../containers/operation.ts'
import { findDaemonTrouble, lastBatchMs, readDaemonLog } from '../daemon/log.ts'
import { poll } from '../machine/poll.ts'
import { accepts } from '../machine/port-probe.ts'
import { lastWrittenMs, liveTraceUrl, toSpanEvidence } from '../providers/honeycomb.ts'
import { readStoredTrace, readTelemetryHealth } from '../providers/own-processes.ts'
import { findOccurrence } from '../providers/rollbar.ts'
import { parseDocuments, readDocuments } from '../providers/xray.ts'
import type { Answer } from './requests.ts'

/** How long Honeycomb may take to update a dataset's `last_written_at`. */
const WRITTEN_MS = 10_000
/** How often a provider is asked: a live one limits the number of requests. */
const POLL_MS = { local: 100, live: 1_000 }

/** What the look-ups at the three providers need to know. */
export interface Context {
  readonly settings: Settings
  readonly providers: Providers
  /** The base of links to the sandbox. */
  readonly sandboxPage: string
  /** The api's address. */
  readonly api: string
  readonly good: Answer
  readonly failing: Answer
  /** The services whose part of a trace is expected: those that answer. */
  readonly services: ReadonlySet<string>
  /** The api's spans go through an OpenTelemetry Collector, which makes X-Ray's segments of them. */
  readonly isCollected: boolean
  readonly deadlineMs: Readonly<Record<'local' | 'live', number>>
  readonly operation: Operation
}

/** What one provider has of the failing request's trace. */
export interface ProviderResult {
  readonly mode: Mode
  readonly state: EvidenceState
  /** The page that shows it; absent where the provider is off or its page is unknown. */
  readonly url?: string
  /** The evidence in a few words. */
  readonly seen: string
}

export type HoneycombResult = ProviderResult & { readonly spans: number }
export type XRayResult = ProviderResult & { readonly segments: number; readonly subsegments: number }
export type RollbarResult = ProviderResult & { readonly uuid: string | undefined }

export interface LookUp<Result extends ProviderResult> {
  readonly result: Result
  /** Why something is missing. */
  readonly diagnosis?: Diagnosis | undefined
}

/** Looks for both traces' spans in the sandbox. At a live Honeycomb asks the api whether its export was accepted. */
export async function lookUpHoneycomb(context: Context): Promise<LookUp<HoneycombResult>> {
  const { providers, settings, sandboxPage, failing, services } = context
  const { mode, apiEndpoint } = providers.honeycomb
  if (mode === 'off') return { result: { mode, state: 'off', spans: 0, seen: 'off' } }
  if (mode === 'live') return lookUpLiveHoneycomb(context)
  const read = async (traceId: string) =>
    (await readStoredTrace(apiEndpoint, traceId))?.honeycomb.spans.map(toSpanEvidence) ?? []
  const { spans, isWhole } = await pollTraces(context, mode, read, (found) =>
    services.isSubsetOf(servicesOf(found)),
  )
  const seen = servicesOf(spans)
  const left = [...services.difference(seen)]
  const lacks = seen.size === 0 || left.length === 0 ? 'the trace' : `the spans of ${left.join(', ')}`
  return {
    result: {
      mode,
      state: seen.has(serviceName(settings)) ? 'found' : 'missing',
      spans: spans.length,
      seen: `${plural(spans.length, 'span')} of ${plural(seen.size, 'service')}`,
      url: sandboxTraceUrl(sandboxPage, failing.traceId, 'honeycomb'),
    },
    diagnosis: isWhole || !failing.isSampled ? undefined : await whyMissing(context, 'honeycomb', lacks),
  }
}

async function lookUpLiveHoneycomb(context: Context): Promise<LookUp<HoneycombResult>> {
  const { providers, settings, failing, isCollected } = context
  const { traceId, startedAt, durationMs } = failing
  const time = { startMs: startedAt - 1_000, endMs: startedAt + durationMs + 1_000 }
  const url = await liveTraceUrl(providers.honeycomb, serviceName(settings), traceId, time)
  const base = { mode: 'live', spans: 0, ...(url && { url }) } as const
  if (!(await waitForAccepted(context, 'honeycomb'))) {
    const diagnosis = await whyMissing(context, 'honeycomb')
    return { result: { ...base, state: 'missing', seen: 'nothing' }, diagnosis }
  }
  // Behind a collector the api sees only the collector's answer.
  const answered = isCollected
    ? 'the collector answered 2xx, and the log of its gateway says what Honeycomb did'
    : 'the export was answered 2xx'
  return { result: { ...base, state: 'accepted', seen: `${answered}${await whenWritten(context)}` } }
}

/** A further sign, for keys that may see it: the dataset has been written to since the request. */
async function whenWritten({ providers, settings, failing }: Context): Promise<string> {
  const dataset = serviceName(settings)
  const ask = () => lastWrittenMs(providers.honeycomb, dataset)
  if ((await ask()) === undefined) return ''
  const written = await poll(
    async () => {
      const ms = (await ask()) ?? 0
      return ms >= failing.startedAt ? ms : undefined
    },
    { deadlineMs: WRITTEN_MS, everyMs: 500 },
  )
  return written === undefined
    ? `, though the dataset ${dataset} does not say so yet`
    : `, and the dataset ${dataset} was written to at ${new Date(written).toISOString().slice(11, 19)}`
}

/** Looks for both traces' segments through X-Ray's own API, AWS's or the sandbox's. */
export async function lookUpXRay(context: Context): Promise<LookUp<XRayResult>> {
  const { providers, settings, sandboxPage, failing, services } = context
  const { mode, region } = providers.xray
  if (mode === 'off') return { result: { mode, state: 'off', segments: 0, subsegments: 0, seen: 'off' } }
  const client = openXRay(settings, providers.xray)
  const { spans, failure, isWhole } = await pollTraces(
    context,
    mode,
    async (traceId) => parseDocuments(await readDocuments(client, traceId)),
    // With AWS_XRAY_URL the api's segment has its host's name, so the names are counted, not compared.
    (found) => servicesOf(found.filter(isSegment)).size >= services.size,
  ).finally(() => client.destroy())
  const segments = spans.filter(isSegment).length
  const subsegments = spans.length - segments
  return {
    result: {
      mode,
      // Verify's own segment proves that X-Ray is reached, not that the api's part is there.
      state: segments > 1 ? 'found' : 'missing',
      segments,
      subsegments,
      seen: `${plural(segments, 'segment')}, ${plural(subsegments, 'subsegment')}`,
      url:
        mode === 'local'
          ? sandboxTraceUrl(sandboxPage, failing.traceId, 'xray')
          : xrayTraceUrl(region, failing.traceId),
    },
    // An api that does not sample the trace has its own diagnosis, and sent nothing to look for.
    diagnosis:
      isWhole || !failing.isSampled
        ? undefined
        : ((await diagnoseDaemon(context)) ?? (await whyIncomplete(context, failure, segments))),
  }
}

function isSegment(span: SpanEvidence): boolean {
  return span.isSegment
}

/** Verify's own segment takes the same way as the api's: where none arrived at all, the way itself is broken. */
async function whyIncomplete(
  context: Context,
  failure: string | undefined,
  segments: number,
): Promise<Diagnosis> {
  const { providers, services, isCollected, api, operation } = context
  const { pipeline, otlpEndpoint } = providers.xray
  if (failure)
    return { code: 'XRAY_UNREADABLE', what: `X-Ray could not be asked: ${failure}`, fix: 'npm run status' }
  if (segments > 0) {
    return {
      code: 'XRAY_INCOMPLETE',
      what: `X-Ray has ${plural(segments, 'segment')} of the trace, of ${services.size}.`,
      fix: `${operation.logs('api', 'profiles')}; npm run status shows what each process sent.`,
    }
  }
  const missing = (why: string, fix: string) => ({
    code: 'XRAY_MISSING',
    what: `X-Ray has nothing of the trace. ${why}`,
    fix,
  })
  if (isCollected) {
    return missing(
      'The api’s spans go to an OpenTelemetry Collector, which should make segments of them.',
      'docker compose --profile collector logs collector-gateway says what X-Ray answered (collector/README.md).',
    )
  }
  const sent = (await readTelemetryHealth(api))?.providers.xray
  if (sent?.enabled && sent.failing && sent.lastError) {
    return missing(`The api’s last error: ${asSentence(sent.lastError.message)}`, operation.logs('api'))
  }
  if (pipeline === 'otlp') {
    return missing(
      `Spans go to ${otlpEndpoint}, which took none of them, or has not indexed them.`,
      'npm run status shows what it answered.',
    )
  }
  return missing(...whyNoSegments(context))
}

/** What is known about datagrams, which nothing confirms, and the fix. AWS's daemon logs what AWS has answered it. */
function whyNoSegments({ settings, providers, failing, operation }: Context): [why: string, fix: string] {
  const { mode, daemon } = providers.xray
  const { host, port } = daemon.udp
  const way = `Segments go by UDP to ${host}:${port}, where nothing confirms them`
  const log = mode === 'live' && operation.ofProcesses ? readDaemonLog(settings) : []
  if (!operation.ofProcesses) return [`${way}.`, `${operation.logs('daemon')} says what the daemon got.`]
  if (log.length === 0) {
    return [
      `${way}: most likely another program listens there.`,
      'npm run status shows which; npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2001 moves it.',
    ]
  }
  const batchMs = lastBatchMs(log)
  // The log has whole seconds.
  if (batchMs !== undefined && batchMs >= failing.startedAt - 1_000) {
    return [
      'AWS has accepted a batch from the daemon since the request: most likely the trace is not indexed yet.',
      'npm run verify -- --timeout 120',
    ]
  }
  return [`${way}, and the daemon has sent no batch to AWS since the request.`, operation.logs('daemon')]
}

/** Why AWS's daemon does not deliver. The log of a daemon that has ended says nothing about this trace. */
async function diagnoseDaemon({
  settings,
  providers,
  isCollected,
  operation,
}: Context): Promise<Diagnosis | undefined> {
  const { mode, pipeline, daemon } = providers.xray
  if (mode !== 'live' || pipeline !== 'sdk' || isCollected) return undefined
  const { host, port } = daemon.tcp
  if (await accepts(reachable(host), port))
    return operation.ofProcesses ? findDaemonTrouble(readDaemonLog(settings)) : undefined
  return {
    code: 'DAEMON_DOWN',
    what: `No X-Ray daemon answers at ${host}:${port}: segments that are sent there are lost.`,
    fix: `${operation.start} starts it; ${operation.logs('daemon')} shows its log.`,
  }
}

/** Looks for the failing request's error in Rollbar, by the uuid in the api's answer. */
export async function lookUpRollbar(context: Context): Promise<LookUp<RollbarResult>> {
  const { providers, sandboxPage, failing, deadlineMs, operation } = context
  const { rollbar: target } = providers
  const { mode } = target
  const uuid = failing.rollbarUuid
  if (mode === 'off') return { result: { mode, state: 'off', uuid: undefined, seen: 'off' } }
  if (!uuid) {
    const notReported: Diagnosis = {
      code: 'ERROR_NOT_REPORTED',
      what: 'The api reported no error to Rollbar: its answer has no uuid.',
      fix: operation.logs('api'),
    }
    const diagnosis = failing.status === 500 ? notReported : undefined
    return { result: { mode, state: 'missing', uuid, seen: 'nothing' }, diagnosis }
  }
  const url =
    mode === 'live' ? rollbarOccurrenceUrl(uuid) : sandboxTraceUrl(sandboxPage, failing.traceId, 'rollbar')
  const base = { mode, uuid, url }
  if (target.readToken) {
    const timing = { deadlineMs: deadlineMs[mode], everyMs: POLL_MS[mode] }
    const found = await poll(() => findOccurrence(target, uuid), timing)
    if (found) {
      const otherTrace: Diagnosis = {
        code: 'OTHER_TRACE_IN_ROLLBAR',
        what: 'Rollbar has the error, but under another trace.',
        fix: operation.logs('api'),
      }
      const diagnosis = found.traceId === failing.traceId ? undefined : otherTrace
      return { result: { ...base, state: 'found', seen: found.title }, diagnosis }
    }
  } else if (await waitForAccepted(context, 'rollbar')) {
    return { result: { ...base, state: 'accepted', seen: 'the item was answered 2xx' } }
  }
  const diagnosis = await whyMissing(context, 'rollbar')
  return { result: { ...base, state: 'missing', seen: 'nothing' }, diagnosis }
}

/**
 * Reads the traces until both are whole or the deadline has passed. Returns the failing request's spans, and why the
 * last read failed.
 */
async function pollTraces(
  { good, failing, deadlineMs }: Context,
  mode: 'local' | 'live',
  read: (traceId: string) => Promise<SpanEvidence[]>,
  isWhole: (spans: readonly SpanEvidence[]) => boolean,
) {
  let spans: readonly SpanEvidence[] = []
  let failure: string | undefined
  const areWhole = await poll(
    async () => {
      try {
        spans = await read(failing.traceId)
        // A good request with another answer has its own diagnosis, and need not have reached every service.
        const isGoodWhole = good.status !== 200 || isWhole(await read(good.traceId))
        failure = undefined
        return (isGoodWhole && isWhole(spans)) || undefined
      } catch (error) {
        failure = error instanceof Error ? error.message : String(error)
        return undefined
      }
    },
    { deadlineMs: deadlineMs[mode], everyMs: POLL_MS[mode] },
  )
  return { spans, failure, isWhole: areWhole === true }
}

function servicesOf(spans: readonly SpanEvidence[]): Set<string> {
  return new Set(spans.map(({ service }) => service))
}

/** Whether the api's own deliveries of the failing request were answered 2xx, within the deadline. */
async function waitForAccepted(
  { api, failing, deadlineMs }: Context,
  provider: 'honeycomb' | 'rollbar',
): Promise<boolean> {
  const accepted = await poll(
    async () => {
      const stream = (await readTelemetryHealth(api))?.providers[provider]
      return (stream?.enabled && stream.recentTraceIds.includes(failing.traceId)) || undefined
    },
    { deadlineMs: deadlineMs.local, everyMs: 250 },
  )
  return accepted === true
}

/** Why a provider lacks what it should have: the api's own last error, where it explains it. */
async function whyMissing(
  { settings, failing, api, operation }: Context,
  provider: 'honeycomb' | 'rollbar',
  lacks = 'the trace',
): Promise<Diagnosis> {
  const stream = (await readTelemetryHealth(api))?.providers[provider]
  const error = stream?.enabled ? stream.lastError : undefined
  // An older error explains it too, where the delivery fails still.
  const isOurs =
    stream?.enabled === true &&
    error !== undefined &&
    (stream.failing || Date.parse(error.at) >= failing.startedAt - 1_000)
  const name = provider === 'honeycomb' ? 'Honeycomb' : 'Rollbar'
  return {
    code: `${name.toUpperCase()}_MISSING`,
    what: asSentence(`${name} lacks ${lacks}${isOurs ? `: ${error.message}` : ''}`),
    fix: isOurs
      ? `${operation.logs('api')}; npm run env shows the settings of ${serviceName(settings)}.`
      : 'npm run status shows what each process sent.',
  }
}

/** With the full stop that it lacks; some messages end with a question. */
function asSentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
