import { toXRayTraceId } from '../../contracts/trace-id.ts'
import {
  type Providers,
  profilesServiceName,
  reachable,
  sandboxUrl,
  serviceName,
} from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { HoneycombEvidence, Problem, RollbarEvidence, XRayEvidence } from '../providers/evidence.ts'
import { readSandboxHealth } from '../providers/sandbox-health.ts'
import { readBackendHealth } from './backend-health.ts'
import { type Case, COLLECTED_MS, DEADLINES_MS, type VerifyOptions } from './case.ts'
import { ClientSpans } from './client-span.ts'
import { lookAtHoneycomb } from './honeycomb-evidence.ts'
import { type Answer, sendRequest } from './request.ts'
import { lookAtRollbar } from './rollbar-evidence.ts'
import { lookAtXRay } from './xray-evidence.ts'

const GOOD = '/api/activities/home'
const FAILING = '/rollbar/test'

export interface Verification {
  /** The failing request's trace, which all three providers have a part of. 32 hex digits. */
  readonly traceId: string
  readonly xrayTraceId: string
  readonly providers: {
    readonly honeycomb: HoneycombEvidence
    readonly xray: XRayEvidence
    readonly rollbar: RollbarEvidence
  }
  readonly ok: boolean
  readonly requests: readonly Answer[]
  /** What is broken, and nothing else. */
  readonly problems: readonly Problem[]
}

/**
 * Sends one good and one failing request, each in a trace of its own, and looks for both with every provider until
 * they are there or the time is over. Nothing is assumed: what was only accepted is called so, and what is missing is
 * named with its reason.
 */
export async function verify(
  settings: Settings,
  providers: Providers,
  options: VerifyOptions,
): Promise<Verification> {
  const api = `http://${reachable(settings.BACKEND_HOST)}:${settings.PORT}`
  const profiles =
    settings.PROFILES_URL ?? `http://${reachable(settings.BACKEND_HOST)}:${settings.PROFILES_PORT}`
  const own = `${serviceName(settings)}-verify`
  const problems: Problem[] = []
  const isCollected = (await readBackendHealth(api))?.providers.xray.pipeline === 'collector'
  const spans = new ClientSpans(own, providers, isCollected)

  const [good, failing] = [await sendRequest(spans, api, GOOD), await sendRequest(spans, api, FAILING)]
  await spans.send()
  const hasProfiles = (await readBackendHealth(profiles)) !== undefined
  const isUp = good.status > 0 && failing.status > 0
  if (isUp && !hasProfiles) problems.push(down('profiles service', profiles, 'profiles'))
  problems.push(...problemsOf(good, 200, api), ...(isUp ? problemsOf(failing, 500, api) : []))

  const services = new Set([own, ...(isUp ? [serviceName(settings)] : [])])
  if (isUp && hasProfiles) services.add(profilesServiceName(settings))
  const deadlines = options.deadlinesMs ?? DEADLINES_MS
  // Without an api there is nothing to wait for.
  const deadlineMs = (mode: string) =>
    isUp ? deadlines[mode === 'live' ? 'live' : 'local'] + (isCollected ? COLLECTED_MS : 0) : 0
  const found = { good, failing, services, problems, isCollected }
  const inCase: Case = { settings, providers, options, api, deadlineMs, ...found }
  const [honeycomb, xray, rollbar] = await Promise.all([
    lookAtHoneycomb(inCase),
    lookAtXRay(inCase),
    lookAtRollbar(inCase),
  ])
  const evidence = [honeycomb, xray, rollbar]
  const disk = problems.length > 0 ? await diskTrouble(inCase) : undefined
  // What is missing where is the consequence of it.
  if (disk) problems.splice(0, problems.length, disk)
  return {
    traceId: failing.traceId,
    xrayTraceId: toXRayTraceId(failing.traceId),
    providers: { honeycomb, xray, rollbar },
    ok: problems.length === 0 && evidence.every(({ state }) => state !== 'missing'),
    requests: [good, failing],
    problems,
  }
}

function problemsOf(answer: Answer, expected: number, api: string): Problem[] {
  if (answer.status === 0) return [down('api', api, 'api')]
  if (answer.status !== expected) {
    return [
      {
        what: `GET ${answer.path} answered ${answer.status}, not ${expected}.`,
        fix: 'npm run logs -- api',
      },
    ]
  }
  if (answer.answeredTraceId !== answer.traceId) {
    return [
      {
        what: `What answers at ${api} did not go on with the trace that it was sent: it is not this workspace’s api, or its telemetry is not started.`,
        fix: 'npm run status',
      },
    ]
  }
  if (!answer.isSampled) {
    return [
      {
        what: `The api did not keep the trace of GET ${answer.path}, although its caller had: OTEL_TRACES_SAMPLER does not heed callers.`,
        fix: 'npm run env -- --unset OTEL_TRACES_SAMPLER',
      },
    ]
  }
  return []
}

/** Of a sandbox whose disk is full: what it sent back since the requests were sent is nowhere. */
async function diskTrouble({ settings, providers, failing }: Case): Promise<Problem | undefined> {
  if (!Object.values(providers).some(({ mode }) => mode === 'local')) return undefined
  const refusal = (await readSandboxHealth(sandboxUrl(settings)))?.diskRefusal
  if (!refusal || Date.parse(refusal.at) < failing.startedAt - 1_000) return undefined
  return {
    what: `${refusal.message.replace(/^t/, 'T')}: what it is sent is in no trace.`,
    fix: 'Make room (npm run doctor says how much there is), then npm run verify. The services send spans again for a while.',
  }
}

function down(what: string, url: string, process: string): Problem {
  return {
    what: `The ${what} does not answer at ${url}.`,
    fix: `npm run setup starts it; npm run logs -- ${process} says why it ended.`,
  }
}
