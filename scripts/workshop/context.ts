import { GetServiceGraphCommand, paginateGetTraceSummaries, type XRayClient } from '@aws-sdk/client-xray'
import { z } from 'zod'
import { TraceList } from '../../contracts/sandbox/lists.ts'
import { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { UserError } from '../../contracts/user-error.ts'
import {
  type Providers,
  profilesServiceName,
  reachable,
  resolveProviders,
  sandboxUrl,
  serviceName,
} from '../../settings/providers.ts'
import type { Environment, Settings } from '../../settings/read.ts'
import type { CheckContext, Edge, SamplingRuleUse } from '../../workshop/chapter.ts'
import { openXRay } from '../aws/client.ts'
import { nameDefinitions, readDefinitions } from '../aws/definitions.ts'
import { findGroup, findSamplingRules } from '../aws/resources.ts'
import { readSandbox, readTelemetryHealth } from '../providers/own-processes.ts'
import { readSamplingCounts } from '../providers/xray.ts'
import { makePlan } from '../teardown/plan.ts'
import { readTraceEvidence } from './trace-evidence.ts'

const HOUR_MS = 3_600_000
/** How far back a learner's traces may be. X-Ray allows 24 hours at most. */
const RECENT_HOURS = 12
/** How many pages of X-Ray's summaries are read for one list. */
const PAGES = 5
const LIMIT = 25
/** How old the statistics of a rule may be. X-Ray has older ones, from before the learner changed the rule. */
const STATISTICS_MS = 10 * 60_000
const RecentMetrics = z.object({ metrics: z.array(MetricEntry.pick({ name: true, lastWrittenAt: true })) })

/** The addresses and the client with which evidence is read. */
export interface Sources {
  readonly settings: Settings
  readonly providers: Providers
  readonly sandbox: string
  readonly api: string
  readonly xray: XRayClient
}

/** What the chapters' checks read, of this workspace. */
export function openContext(
  settings: Settings,
  environment: Environment = process.env,
): CheckContext & Disposable {
  const providers = resolveProviders(settings, environment)
  const { honeycomb, xray, rollbar } = providers
  const sandbox = sandboxUrl(settings)
  const api = `http://${reachable(settings.BACKEND_HOST)}:${settings.PORT}`
  const sources: Sources = { settings, providers, sandbox, api, xray: openXRay(settings, xray) }
  return {
    modes: { honeycomb: honeycomb.mode, xray: xray.mode, rollbar: rollbar.mode },
    api: `http://localhost:${settings.PORT}`,
    service: serviceName(settings),
    profilesService: profilesServiceName(settings),
    pipeline: xray.pipeline,
    plantedFaults: settings.PLANTED_FAULTS,
    trace: (traceId) => readTraceEvidence(sources, parseTraceId(traceId) ?? traceId),
    recentTraces: async (filter) => {
      if (xray.mode === 'off') return listOfSandbox(sources)
      const indexed = await listOfXRay(sources, filter)
      // Transaction Search indexes only a share of the traces; the api knows which ones were accepted.
      if (filter || xray.pipeline !== 'otlp') return indexed
      const stream = (await readTelemetryHealth(api))?.providers.xray
      const accepted = stream?.enabled ? stream.recentTraceIds.toReversed() : []
      return [...new Set([...accepted, ...indexed])].slice(0, LIMIT)
    },
    serviceEdges: () => readEdges(sources),
    group: () => findOwnGroup(sources),
    samplingRule: () => readSamplingRule(sources),
    metrics: async () => {
      if (honeycomb.mode !== 'local') return undefined
      const { metrics } = RecentMetrics.parse(await askSandbox(sandbox, '/sandbox/metrics'))
      const since = Date.now() - HOUR_MS
      return metrics.flatMap(({ name, lastWrittenAt }) => (Date.parse(lastWrittenAt) >= since ? name : []))
    },
    remains: async () => {
      const { lines } = await makePlan(environment)
      return lines
    },
    [Symbol.dispose]: () => sources.xray.destroy(),
  }
}

async function listOfXRay({ settings, xray }: Sources, filter: string | undefined) {
  const ofService = `service(${JSON.stringify(serviceName(settings))})`
  const now = Date.now()
  const query = {
    StartTime: new Date(now - RECENT_HOURS * HOUR_MS),
    EndTime: new Date(now),
    // By the time of the request, since a caller may have chosen the time in the id.
    TimeRangeType: 'Event',
    FilterExpression: filter ? `${ofService} AND ${filter}` : ofService,
  } as const
  const found: { id: string; startMs: number }[] = []
  let pages = 0
  for await (const { TraceSummaries = [] } of paginateGetTraceSummaries({ client: xray }, query)) {
    for (const { Id = '', StartTime } of TraceSummaries) {
      found.push({ id: parseTraceId(Id) ?? Id, startMs: StartTime?.getTime() ?? 0 })
    }
    if (++pages === PAGES) break
  }
  return found
    .toSorted((a, b) => b.startMs - a.startMs)
    .slice(0, LIMIT)
    .map(({ id }) => id)
}

async function listOfSandbox({ settings, sandbox }: Sources) {
  const service = encodeURIComponent(serviceName(settings))
  const answer = await askSandbox(sandbox, `/sandbox/traces?limit=${LIMIT}&service=${service}`)
  return TraceList.parse(answer).traces.map(({ traceId }) => traceId)
}

async function readEdges({ xray }: Sources): Promise<Edge[]> {
  const now = Date.now()
  const { Services = [] } = await xray.send(
    new GetServiceGraphCommand({ StartTime: new Date(now - HOUR_MS), EndTime: new Date(now) }),
  )
  const names = new Map(Services.map(({ ReferenceId, Name }) => [ReferenceId, Name ?? '']))
  return Services.flatMap(({ Name: from = '', Edges = [] }) =>
    Edges.map(({ ReferenceId, SummaryStatistics }) => ({
      from,
      to: names.get(ReferenceId) ?? '',
      requests: SummaryStatistics?.TotalCount ?? 0,
      faults: SummaryStatistics?.FaultStatistics?.TotalCount ?? 0,
    })),
  )
}

async function findOwnGroup({ settings, xray }: Sources) {
  const { GroupName } = nameDefinitions(readDefinitions(), settings).group
  const found = await findGroup(xray, GroupName)
  return found && { name: GroupName, filter: found.FilterExpression ?? '' }
}

/** The first rule of `aws/json/` as X-Ray has it, with its recent decisions. */
async function readSamplingRule({ settings, xray }: Sources): Promise<SamplingRuleUse | undefined> {
  const [wanted] = nameDefinitions(readDefinitions(), settings).rules
  const rule = wanted && (await findSamplingRules(xray)).get(wanted.RuleName)
  if (!wanted || !rule) return undefined
  return {
    name: wanted.RuleName,
    rate: rule.FixedRate ?? 0,
    reservoir: rule.ReservoirSize ?? 0,
    wantedRate: wanted.FixedRate,
    ...(await readSamplingCounts(xray, new Set([wanted.RuleName]), Date.now() - STATISTICS_MS)),
  }
}

/** Throws the same UserError as a call of X-Ray's API in the sandbox. */
async function askSandbox(sandbox: string, path: string): Promise<unknown> {
  const answer = await readSandbox(sandbox, path)
  if (answer !== undefined) return answer
  throw new UserError({
    code: 'SANDBOX_DOWN',
    what: `The sandbox is not running: ${sandbox} does not answer.`,
    fix: 'npm run setup',
  })
}
