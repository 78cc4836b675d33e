import type { Diagnosis } from '../../contracts/diagnosis.ts'
import type { EvidenceState, SpanEvidence } from '../../contracts/evidence.ts'
import { rollbarOccurrenceUrl, sandboxTraceUrl, xrayTraceUrl } from '../../contracts/trace-links.ts'
import { type Mode, type Providers, reachable, serviceName } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { openXRay } from '../aws/client.ts'
import { findDaemonTrouble, readDaemonLog } from '../daemon/log.ts'
import { poll } from '../machine/poll.ts'
import { accepts } from '../machine/port-probe.ts'
import { lastWrittenMs, liveTraceUrl, toSpanEvidence } from '../providers/honeycomb.ts'
import { readStoredTrace, readTelemetryHealth } from '../providers/own-processes.ts'
import { findOccurrence } from '../providers/rollbar.ts'
import { parseDocuments, readDocuments } from '../providers/xray.ts'
import type { Answer } from './requests.ts'

/** How long Honeycomb may take to update a dataset's `last_written_at`. */
const WRITTEN_MS = 10_000

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
  readonly deadlineMs: (mode: Mode) => number
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

export interface HoneycombResult extends ProviderResult {
  readonly spans: number
}

export interface XRayResult extends ProviderResult {
  readonly segments: number
  readonly subsegments: number
}

export interface RollbarResult extends ProviderResult {
  readonly uuid: string | undefined
}

export interface LookUp<Result extends ProviderResult> {
  readonly result: Result
  /** Why something is missing; none where all is there. */
  readonly diagnoses: readonly Diagnosis[]
}

/** Looks for both traces' spans in the sandbox. At a live Honeycomb asks the api whether its export was accepted. */
export async function lookUpHoneycomb(context: Context): Promise<LookUp<HoneycombResult>> {
  const { providers, settings, sandboxPage, good, failing, services } = context
  const { honeycomb: target } = providers
  const { mode } = target
  if (mode === 'off') return { result: { mode, state: 'off', spans: 0, seen: 'off' }, diagnoses: [] }
  if (mode === 'live') {
    const time = { startMs: failing.startedAt - 1_000, endMs: failing.startedAt + failing.durationMs + 1_000 }
    const url = await liveTraceUrl(target, serviceName(settings), failing.traceId, time)
    const base = { mode, spans: 0, ...(url && { url }) }
    if (await waitForAccepted(context, 'honeycomb')) {
      const seen = `${answered(context)}${await whenWritten(context)}`
      return { result: { ...base, state: 'accepted', seen }, diagnoses: [] }
    }
    const diagnoses = [await whyMissing(context, 'honeycomb', 'Honeycomb')]
    return { result: { ...base, state: 'missing', seen: 'nothing' }, diagnoses }
  }
  const read = async (traceId: string) => {
    const stored = await readStoredTrace(target.apiEndpoint, traceId)
    return stored?.honeycomb.spans.map(toSpanEvidence) ?? []
  }
  let last = { good: [] as SpanEvidence[], failing: [] as SpanEvidence[] }
  const isWhole = () => expectedOf(good, last).every((spans) => services.isSubsetOf(servicesOf(spans)))
  await poll(
    async () => {
      last = { good: await read(good.traceId), failing: await read(failing.traceId) }
      return isWhole() || undefined
    },
    { deadlineMs: context.deadlineMs(mode), everyMs: 100 },
  )
  const seen = servicesOf(last.failing)
  const left = [...services].filter((name) => !seen.has(name))
  const isAll = left.length === services.size || left.length === 0
  const lacks = isAll ? 'the trace' : `the spans of ${left.join(', ')}`
  return {
    result: {
      mode,
      state: seen.has(serviceName(settings)) ? 'found' : 'missing',
      spans: last.failing.length,
      seen: `${plural(last.failing.length, 'span')} of ${plural(seen.size, 'service')}`,
      url: sandboxTraceUrl(sandboxPage, failing.traceId, 'honeycomb'),
    },
    diagnoses:
      isWhole() || !failing.isSampled ? [] : [await whyMissing(context, 'honeycomb', 'Honeycomb', lacks)],
  }
}

/** A good request with another answer has its own diagnosis, and need not have reached every service. */
function expectedOf<Trace>(good: Answer, traces: { good: Trace; failing: Trace }): Trace[] {
  return good.status === 200 ? [traces.good, traces.failing] : [traces.failing]
}

function servicesOf(spans: readonly SpanEvidence[]): Set<string> {
  return new Set(spans.map(({ service }) => service))
}

/** Whose 2xx it was: behind a collector the api sees only the collector's. */
function answered({ isCollected }: Context): string {
  return isCollected
    ? 'the collector answered 2xx, and the log of its gateway says what Honeycomb did'
    : 'the export was answered 2xx'
}

/** A further sign, for keys that may see it: the dataset has been written to since the request. */
async function whenWritten({ providers, settings, failing }: Context): Promise<string> {
  const dataset = serviceName(settings)
  const ask = () => lastWrittenMs(providers.honeycomb, dataset)
  let last = await ask()
  if (last === undefined) return ''
  await poll(
    async () => {
      last = await ask()
      return (last !== undefined && last >= failing.startedAt) || undefined
    },
    { deadlineMs: WRITTEN_MS, everyMs: 500 },
  )
  if (last === undefined || last < failing.startedAt)
    return `, though the dataset ${dataset} does not say so yet`
  return `, and the dataset ${dataset} was written to at ${new Date(last).toISOString().slice(11, 19)}`
}

/** Looks for both traces' segments through X-Ray's own API, AWS's or the sandbox's. */
export async function lookUpXRay(context: Context): Promise<LookUp<XRayResult>> {
  const { providers, settings, sandboxPage, good, failing, services } = context
  const { mode, region } = providers.xray
  if (mode === 'off')
    return { result: { mode, state: 'off', segments: 0, subsegments: 0, seen: 'off' }, diagnoses: [] }
  const client = openXRay(settings, providers.xray)
  const read = async (traceId: string) => parseDocuments(await readDocuments(client, traceId))
  let last = { good: [] as SpanEvidence[], failing: [] as SpanEvidence[] }
  let failure: string | undefined
  // Dynamic naming gives the api's segment its host's name, so the names are counted, not compared.
  const isWhole = () =>
    expectedOf(good, last).every((spans) => servicesOf(spans.filter(isSegment)).size >= services.size)
  try {
    await poll(
      async () => {
        try {
          last = { good: await read(good.traceId), failing: await read(failing.traceId) }
          failure = undefined
        } catch (error) {
          failure = error instanceof Error ? error.message : String(error)
        }
        return isWhole() || undefined
      },
      { deadlineMs: context.deadlineMs(mode), everyMs: mode === 'live' ? 1_000 : 100 },
    )
  } finally {
    client.destroy()
  }
  const segments = last.failing.filter(isSegment).length
  const subsegments = last.failing.length - segments
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
    diagnoses:
      isWhole() || !failing.isSampled
        ? []
        : [(await findDaemonDiagnosis(context)) ?? whyIncomplete(context, failure, segments)],
  }
}

function isSegment(span: SpanEvidence): boolean {
  return span.isSegment
}

/** Verify's own segment takes the same way as the api's: where none arrived at all, the way itself is broken. */
function whyIncomplete(
  { providers, services, isCollected }: Context,
  failure: string | undefined,
  segments: number,
): Diagnosis {
  const { pipeline, daemon, otlpEndpoint } = providers.xray
  if (failure)
    return { code: 'XRAY_UNREADABLE', what: `X-Ray could not be asked: ${failure}`, fix: 'npm run status' }
  if (segments > 0) {
    return {
      code: 'XRAY_INCOMPLETE',
      what: `X-Ray has ${plural(segments, 'segment')} of the trace, of ${services.size}.`,
      fix: 'npm run logs -- api profiles; npm run status shows what each process sent.',
    }
  }
  const code = 'XRAY_MISSING'
  if (isCollected) {
    return {
      code,
      what: 'X-Ray has nothing of the trace. The api’s spans go to an OpenTelemetry Collector, which should make segments of them.',
      fix: 'docker compose --profile collector logs collector-gateway says what X-Ray answered (collector/README.md).',
    }
  }
  if (pipeline === 'otlp') {
    return {
      code,
      what: `X-Ray has nothing of the trace. Spans go to ${otlpEndpoint}, which took none of them, or has not indexed them.`,
      fix: 'npm run status shows what it answered.',
    }
  }
  const { host, port } = daemon.udp
  return {
    code,
    what: `X-Ray has nothing of the trace. Segments leave by UDP to ${host}:${port}, where nothing confirms them: most likely another program listens there.`,
    fix: 'npm run status shows which; npm run env -- AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2001 moves it.',
  }
}

/** The reason in the log of AWS's daemon, if it runs. An old log of a dead daemon says nothing about this trace. */
async function findDaemonDiagnosis({
  settings,
  providers,
  isCollected,
}: Context): Promise<Diagnosis | undefined> {
  const { mode, pipeline, daemon } = providers.xray
  if (mode !== 'live' || pipeline !== 'sdk' || isCollected) return undefined
  const { host, port } = daemon.tcp
  if (await accepts(reachable(host), port)) return findDaemonTrouble(readDaemonLog(settings))
  return {
    code: 'DAEMON_DOWN',
    what: `No X-Ray daemon answers at ${host}:${port}: segments that are sent there are lost.`,
    fix: 'npm run setup starts it; npm run logs -- daemon says why it ended.',
  }
}

/** Looks for the failing request's error in Rollbar, by the uuid in the api's answer. */
export async function lookUpRollbar(context: Context): Promise<LookUp<RollbarResult>> {
  const { providers, sandboxPage, failing } = context
  const { rollbar: target } = providers
  const { mode } = target
  const uuid = failing.rollbarUuid
  if (mode === 'off') return { result: { mode, state: 'off', uuid: undefined, seen: 'off' }, diagnoses: [] }
  const missing = { mode, state: 'missing', uuid, seen: 'nothing' } as const
  if (!uuid) {
    const notReported: Diagnosis = {
      code: 'ERROR_NOT_REPORTED',
      what: 'The api reported no error to Rollbar: its answer has no uuid.',
      fix: 'npm run logs -- api',
    }
    return { result: missing, diagnoses: failing.status === 500 ? [notReported] : [] }
  }
  const url =
    mode === 'live' ? rollbarOccurrenceUrl(uuid) : sandboxTraceUrl(sandboxPage, failing.traceId, 'rollbar')
  const lost = async (): Promise<LookUp<RollbarResult>> => ({
    result: { ...missing, url },
    diagnoses: [await whyMissing(context, 'rollbar', 'Rollbar')],
  })
  if (!target.readToken) {
    if (!(await waitForAccepted(context, 'rollbar'))) return lost()
    return {
      result: { mode, state: 'accepted', uuid, seen: 'the item was answered 2xx', url },
      diagnoses: [],
    }
  }
  const found = await poll(() => findOccurrence(target, uuid), {
    deadlineMs: context.deadlineMs(mode),
    everyMs: mode === 'live' ? 1_000 : 100,
  })
  if (!found) return lost()
  const isOther = found.traceId !== failing.traceId
  return {
    result: { mode, state: 'found', uuid, seen: found.title, url },
    diagnoses: isOther
      ? [
          {
            code: 'OTHER_TRACE_IN_ROLLBAR',
            what: 'Rollbar has the error, but under another trace.',
            fix: 'npm run logs -- api',
          },
        ]
      : [],
  }
}

/** Whether the api's own deliveries of the failing request were answered 2xx, within the deadline. */
async function waitForAccepted(context: Context, provider: 'honeycomb' | 'rollbar'): Promise<boolean> {
  const accepted = await poll(
    async () => {
      const stream = (await readTelemetryHealth(context.api))?.providers[provider]
      return (stream?.enabled && stream.recentTraceIds.includes(context.failing.traceId)) || undefined
    },
    { deadlineMs: context.deadlineMs('local'), everyMs: 250 },
  )
  return accepted === true
}

/** Why a provider lacks what it should have: the api's own last error, where it explains it. */
async function whyMissing(
  { settings, failing, api }: Context,
  provider: 'honeycomb' | 'rollbar',
  name: string,
  lacks = 'the trace',
): Promise<Diagnosis> {
  const stream = (await readTelemetryHealth(api))?.providers[provider]
  const error = stream?.enabled ? stream.lastError : undefined
  // An older error explains it too, where nothing has been accepted since the process began.
  const isOurs =
    stream?.enabled === true &&
    error !== undefined &&
    (stream.accepted === 0 || Date.parse(error.at) >= failing.startedAt - 1_000)
  return {
    code: provider === 'honeycomb' ? 'HONEYCOMB_MISSING' : 'ROLLBAR_MISSING',
    what: `${name} lacks ${lacks}${isOurs ? `: ${error.message}` : ''}.`,
    fix: isOurs
      ? `npm run logs -- api; npm run env shows the settings of ${serviceName(settings)}.`
      : 'npm run status shows what each process sent.',
  }
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
