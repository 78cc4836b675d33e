import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { UserError } from '../../contracts/user-error.ts'
import {
  type Mode,
  type Providers,
  profilesServiceName,
  reachable,
  sandboxUrl,
  serviceName,
} from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Outcome, Terminal } from '../command-line/terminal.ts'
import type { Containers } from '../containers/answering.ts'
import { nameContainers } from '../containers/commands.ts'
import { type Operation, operationOf } from '../containers/operation.ts'
import { requireOwn } from '../processes/neighbour.ts'
import { findSuspended } from '../processes/suspended.ts'
import {
  answersHealth,
  isHealthy,
  readMissing,
  readSandboxHealth,
  readTelemetryHealth,
} from '../providers/own-processes.ts'
import {
  type HoneycombResult,
  lookUpHoneycomb,
  lookUpRollbar,
  lookUpXRay,
  type ProviderResult,
  type RollbarResult,
  type XRayResult,
} from './look-ups.ts'
import { type Answer, openTracer, sendRequest, sendSpans } from './requests.ts'

const GOOD = '/api/activities/home'
const FAILING = '/rollbar/test'

/** How long to wait until the providers have the traces: X-Ray needs some ten seconds to index one, Rollbar five. */
const DEADLINES_MS = { local: 10_000, live: 60_000 }

/** A collector's gateway waits ten seconds before it decides on a trace. */
const COLLECTED_MS = 20_000

export interface VerifyOptions {
  /** The base of links to the sandbox. */
  readonly sandboxPage: string
  readonly deadlinesMs?: typeof DEADLINES_MS
  /** The containers that answer in the place of the workspace's processes. */
  readonly containers?: Containers | undefined
}

export interface Verification {
  /** The failing request's trace, which all three providers have a part of. 32 hex digits. */
  readonly traceId: string
  readonly xrayTraceId: string
  /** Those that have answered in the place of the workspace's processes; absent for none. */
  readonly containers?: Containers
  readonly providers: {
    readonly honeycomb: HoneycombResult
    readonly xray: XRayResult
    readonly rollbar: RollbarResult
  }
  readonly ok: boolean
  readonly requests: readonly Answer[]
  /** What is broken: the services first, then Honeycomb, X-Ray and Rollbar. */
  readonly problems: readonly Diagnosis[]
}

/**
 * Sends one good and one failing request, each in its own trace, and asks every provider for both until it has them or
 * the deadline has passed. A delivery that could not be read back is `accepted`, never `found`. A sandbox that does not
 * answer is one problem, found at once: it is not asked for what it cannot have. Throws a UserError (OTHER_WORKSPACE),
 * and sends nothing, where a process of another clone answers on a port of ours, and PROCESS_SUSPENDED.
 */
export async function verify(
  settings: Settings,
  providers: Providers,
  { sandboxPage, deadlinesMs = DEADLINES_MS, containers }: VerifyOptions,
): Promise<Verification> {
  const operation = operationOf(containers, { follow: true })
  const api = `http://${reachable(settings.BACKEND_HOST)}:${settings.PORT}`
  const profiles =
    settings.PROFILES_URL ?? `http://${reachable(settings.BACKEND_HOST)}:${settings.PROFILES_PORT}`
  const verifyName = `${serviceName(settings)}-verify`
  const suspended = containers ? undefined : findSuspended(settings)
  if (suspended) throw new UserError(suspended)
  await requireOwn('api', api, settings)
  if (settings.PROFILES_URL === undefined) await requireOwn('profiles service', profiles, settings)
  const usesSandbox = Object.values(providers).some(({ mode }) => mode === 'local')
  if (usesSandbox) await requireOwn('sandbox', sandboxUrl(settings), settings)
  const { xray: sent } = (await readTelemetryHealth(api))?.providers ?? {}
  const isCollected = sent?.enabled === false && sent.pipeline === 'collector'

  const tracer = openTracer(verifyName)
  const sentGood = await sendRequest(tracer, api, GOOD)
  const sentFailing = await sendRequest(tracer, api, FAILING)
  const [good, failing] = [sentGood.answer, sentFailing.answer]
  // Without an api there is no trace to complete, nothing to wait for, and most likely no sandbox that would answer.
  const isUp = good.status > 0 && failing.status > 0
  const isSandboxDown = isUp && usesSandbox && !(await answersHealth(sandboxUrl(settings)))
  const reached = isSandboxDown ? withoutLocal(providers) : providers
  if (isUp) await sendSpans([sentGood.span, sentFailing.span], reached, isCollected)
  const hasProfiles = await isHealthy(profiles)
  const expected = [serviceName(settings), ...(hasProfiles ? [profilesServiceName(settings)] : [])]
  const collectedMs = isCollected ? COLLECTED_MS : 0
  const context = {
    ...{ settings, providers: reached, sandboxPage, api, good, failing, isCollected, operation },
    services: new Set([verifyName, ...(isUp ? expected : [])]),
    deadlineMs: {
      local: isUp ? deadlinesMs.local + collectedMs : 0,
      live: isUp ? deadlinesMs.live + collectedMs : 0,
    },
  }
  const [honeycomb, xray, rollbar] = await Promise.all([
    lookUpHoneycomb(context),
    lookUpXRay(context),
    lookUpRollbar(context),
  ])
  const found = [
    isUp && !hasProfiles
      ? down(operation, 'profiles service', profiles, 'profiles', 'PROFILES_DOWN')
      : undefined,
    diagnoseAnswer(operation, good, 200, api, good.status === 503 ? await readMissing(api) : []),
    isUp ? diagnoseAnswer(operation, failing, 500, api) : undefined,
    isSandboxDown ? down(operation, 'sandbox', sandboxUrl(settings), 'sandbox', 'SANDBOX_DOWN') : undefined,
    ...[honeycomb, xray, rollbar].map(({ diagnosis }) => diagnosis),
  ].filter((diagnosis) => diagnosis !== undefined)
  const disk = found.length > 0 ? await diagnoseDisk(settings, reached, failing) : undefined
  const ofMode = <Result extends ProviderResult>(result: Result, mode: Mode): Result =>
    result.mode === mode ? result : { ...result, mode, state: 'missing', seen: 'the sandbox does not answer' }
  const results = {
    honeycomb: ofMode(honeycomb.result, providers.honeycomb.mode),
    xray: ofMode(xray.result, providers.xray.mode),
    rollbar: ofMode(rollbar.result, providers.rollbar.mode),
  }
  // A full disk explains everything else that is missing.
  const problems = disk ? [disk] : found
  return {
    traceId: failing.traceId,
    xrayTraceId: toXRayTraceId(failing.traceId),
    ...(containers && { containers }),
    providers: results,
    ok: problems.length === 0 && Object.values(results).every(({ state }) => state !== 'missing'),
    requests: [good, failing],
    problems,
  }
}

/** The providers with the sandbox's switched off: nothing is sent to it, and it is not asked. */
function withoutLocal({ honeycomb, xray, rollbar }: Providers): Providers {
  const reached = <Target extends { mode: Mode }>(target: Target): Target =>
    target.mode === 'local' ? { ...target, mode: 'off' } : target
  return { honeycomb: reached(honeycomb), xray: reached(xray), rollbar: reached(rollbar) }
}

/** `missing`: what the api says that it cannot reach. */
function diagnoseAnswer(
  operation: Operation,
  answer: Answer,
  expected: number,
  api: string,
  missing: readonly string[] = [],
): Diagnosis | undefined {
  if (answer.status === 0) return down(operation, 'api', api, 'api', 'API_DOWN')
  if (answer.status !== expected) {
    const why = missing.length > 0 ? `: the api cannot reach ${missing.join(', ')}` : ''
    return {
      code: 'UNEXPECTED_STATUS',
      what: `GET ${answer.path} answered ${answer.status}, not ${expected}${why}.`,
      fix: missing.length > 0 ? 'npm run doctor says why' : operation.logs('api'),
    }
  }
  if (answer.answeredTraceId !== answer.traceId) {
    return {
      code: 'TRACE_NOT_CONTINUED',
      what: `The program at ${api} did not continue the trace that it was sent: it is not this workspace’s api, or its telemetry is not started.`,
      fix: 'npm run status',
    }
  }
  if (!answer.isSampled) {
    return {
      code: 'CALLER_DECISION_IGNORED',
      what: `The api did not sample GET ${answer.path}, although the caller had: OTEL_TRACES_SAMPLER ignores callers.`,
      fix: 'npm run env -- --unset OTEL_TRACES_SAMPLER',
    }
  }
  return undefined
}

/** A sandbox whose disk is full: everything that it answered 503 since the requests is nowhere. */
async function diagnoseDisk(
  settings: Settings,
  providers: Providers,
  { startedAt }: Answer,
): Promise<Diagnosis | undefined> {
  if (!Object.values(providers).some(({ mode }) => mode === 'local')) return undefined
  const refusal = (await readSandboxHealth(sandboxUrl(settings)))?.diskRefusal
  if (!refusal || Date.parse(refusal.at) < startedAt - 1_000) return undefined
  return {
    code: 'SANDBOX_DISK_FULL',
    what: `Nothing was stored: ${refusal.message}.`,
    fix: 'Make room (npm run doctor shows how much is free), then npm run verify. The services repeat what they have sent for a while.',
  }
}

function down(
  { start, logs }: Operation,
  what: string,
  url: string,
  process: string,
  code: string,
): Diagnosis {
  return {
    code,
    what: `The ${what} does not answer at ${url}.`,
    fix: `${start} starts it; ${logs(process)} shows its log.`,
  }
}

const NAMES = { honeycomb: 'Honeycomb', xray: 'AWS X-Ray', rollbar: 'Rollbar' } as const

const WORDS = { found: 'found', accepted: 'accepted, not read back', missing: 'missing', off: 'off' } as const

export function describeOutcome({ ok, providers }: Verification): Outcome {
  const hasAll = Object.values(providers).every(({ state }) => state !== 'missing')
  const rest = hasAll && !ok ? ', but not everything works' : ''
  return { ok, text: `${hasAll ? 'Every' : 'Not every'} provider has what it should have${rest}.` }
}

/** Shows the requests, what each provider has of them, and what is broken. */
export function showVerification(
  { requests, providers, traceId, xrayTraceId, problems, containers }: Verification,
  terminal: Terminal,
): void {
  if (containers) terminal.line(`  Containers answer: ${nameContainers(containers)}`)
  for (const { path, status, durationMs } of requests) {
    if (status > 0) terminal.line(`  GET ${path} answered ${status} in ${durationMs.toFixed(0)} ms`)
  }
  // Without an api there is no trace to look for, and without a sandbox none in the providers that it stands in for.
  const has = (wanted: string) => problems.some(({ code }) => code === wanted)
  const shown = (['honeycomb', 'xray', 'rollbar'] as const).filter(
    (provider) => !has('API_DOWN') && !(has('SANDBOX_DOWN') && providers[provider].mode === 'local'),
  )
  if (shown.some((provider) => providers[provider].mode !== 'off')) {
    terminal.heading(`Trace ${traceId}`)
    terminal.line(terminal.dim(`  in X-Ray’s notation ${xrayTraceId}`))
    for (const provider of shown) showResult(NAMES[provider], providers[provider], terminal)
  }
  for (const { what, fix } of problems) terminal.fail(what, fix)
}

function showResult(name: string, { mode, state, seen, url }: ProviderResult, terminal: Terminal): void {
  const head = `${name.padEnd(9)}  ${mode.padEnd(5)}`
  const line = `${head}  ${WORDS[state]}${state === 'off' ? '' : `: ${seen}`}`
  if (state === 'off') terminal.line(`  ${line}`)
  else if (state === 'missing') terminal.fail(line)
  else terminal.done(line)
  if (url && state !== 'missing') terminal.line(`    ${url}`)
}
