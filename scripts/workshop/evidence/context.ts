import { TraceList } from '../../../contracts/sandbox/lists.ts'
import { parseTraceId } from '../../../contracts/trace-id.ts'
import {
  collectedServiceName,
  digestServiceName,
  profilesServiceName,
  sandboxPage,
  serviceName,
} from '../../../settings/providers.ts'
import type { Environment, Settings } from '../../../settings/read.ts'
import type { CheckContext, Remnant } from '../../../workshop/context.ts'
import { readTelemetryHealth } from '../../providers/own-processes.ts'
import { makePlan } from '../../teardown/plan.ts'
import { readPlanting } from '../planting-record.ts'
import { readApiState } from './api-state.ts'
import { readOwnState } from './own-state.ts'
import { askQuestion, askSandbox, readIncrease, readMetrics } from './questions.ts'
import { readLoggedRequests, readTelemetryWarnings } from './request-log.ts'
import type { Sources } from './sources.ts'
import { readTraceEvidence } from './trace.ts'
import { findOwnGroup, LIMIT, listOfXRay, readEdges, readSamplingRule } from './xray.ts'

const HOUR_MS = 3_600_000

/** What a chapter's check may count as evidence. */
export interface EvidenceRange {
  /** Epoch milliseconds: what happened before does not count. */
  readonly since: number
  /** The traces that proved the chapter earlier. */
  readonly remembered: readonly string[]
  /** The numbers of the chapters that have passed. */
  readonly passed: readonly number[]
}

/** What a chapter's check reads, of this workspace. */
export function createContext(sources: Sources, { since, remembered, passed }: EvidenceRange): CheckContext {
  const { settings, environment, providers, sandbox } = sources
  const { honeycomb, xray, rollbar } = providers
  const isReadable = honeycomb.mode === 'local'
  return {
    modes: { honeycomb: honeycomb.mode, xray: xray.mode, rollbar: rollbar.mode },
    api: `http://localhost:${settings.PORT}`,
    page: sandboxPage(settings, `http://localhost:${settings.SANDBOX_PORT}`),
    service: serviceName(settings),
    profilesService: profilesServiceName(settings),
    digestService: digestServiceName(settings),
    collectedService: collectedServiceName(settings),
    pipeline: xray.pipeline,
    since,
    passed,
    plantedFaults: settings.PLANTED_FAULTS,
    plantedSeed: settings.PLANTED_SEED,
    planting: () => readPlanting(settings),
    trace: (traceId) => readTraceEvidence(sources, parseTraceId(traceId) ?? traceId),
    recentTraces: async (filter) => [
      ...new Set([...(await listRecent(sources, since, filter)), ...remembered]),
    ],
    tracesOf: async (service) => [
      ...new Set([...(await listOfService(sources, service, since)), ...remembered]),
    ],
    requests: async (method, path) =>
      readLoggedRequests(settings, since).filter((one) => one.method === method && path.test(one.path)),
    warnings: async () => readTelemetryWarnings(settings, since),
    apiState: () => readApiState(settings, environment),
    apiStartedAt: async () => readApiStart(settings),
    serviceEdges: () => readEdges(sources),
    group: () => findOwnGroup(sources),
    samplingRule: () => readSamplingRule(sources),
    sampler: async () => (await readTelemetryHealth(sources.api))?.sampler,
    metrics: async () =>
      isReadable ? await readMetrics(sandbox, Math.max(since, Date.now() - HOUR_MS)) : undefined,
    metricIncrease: async (metric, options = {}) =>
      isReadable
        ? await readIncrease(sandbox, metric, { ...options, sinceMs: Math.max(since, options.sinceMs ?? 0) })
        : undefined,
    ask: async (question) => (isReadable ? await askQuestion(sandbox, question) : undefined),
    remains: () => findRemnants(environment),
  }
}

async function findRemnants(environment: Environment): Promise<readonly Remnant[]> {
  const { removals, awsTrouble } = await makePlan(environment)
  if (!awsTrouble) return removals
  return [{ kind: 'aws', text: `the account cannot be asked (${awsTrouble.message})` }, ...removals]
}

/** At most 25 traces of the api that began after `since`, newest first. */
async function listRecent(sources: Sources, since: number, filter: string | undefined): Promise<string[]> {
  const { xray } = sources.providers
  if (xray.mode === 'off') return await listOfSandbox(sources, serviceName(sources.settings), since)
  const indexed = await listOfXRay(sources, serviceName(sources.settings), since, filter)
  // Transaction Search indexes only a share of the traces; the api knows which ones were accepted.
  if (filter || xray.pipeline !== 'otlp') return indexed
  const stream = (await readTelemetryHealth(sources.api))?.providers.xray
  const accepted = stream?.enabled ? stream.recentTraceIds.toReversed() : []
  return [...new Set([...accepted, ...indexed])].slice(0, LIMIT)
}

/** At most 25 traces of a service that began after `since`, newest first, by X-Ray and by the sandbox. */
async function listOfService(sources: Sources, service: string, since: number): Promise<string[]> {
  const { honeycomb, xray } = sources.providers
  const indexed = xray.mode === 'off' ? [] : await listOfXRay(sources, service, since)
  const isStored = honeycomb.mode === 'local' || xray.mode === 'local'
  // Of the digest's traces that X-Ray has not indexed, or has nothing of.
  const stored = isStored ? await listOfSandbox(sources, service, since) : []
  return [...new Set([...stored, ...indexed])].slice(0, LIMIT)
}

function readApiStart(settings: Settings): number | undefined {
  const { processes = [] } = readOwnState(settings) ?? {}
  const api = processes.find(({ name }) => name === 'api')
  return api && Date.parse(api.startedAt)
}

async function listOfSandbox({ sandbox }: Sources, service: string, since: number) {
  const named = encodeURIComponent(service)
  const answer = await askSandbox(sandbox, `/sandbox/traces?limit=${LIMIT}&service=${named}`)
  return TraceList.parse(answer).traces.flatMap(({ traceId, startedAt }) =>
    Date.parse(startedAt) >= since ? traceId : [],
  )
}
