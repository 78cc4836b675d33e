import {
  GetGroupsCommand,
  GetSamplingStatisticSummariesCommand,
  GetServiceGraphCommand,
  GetTraceSummariesCommand,
  type XRayClient,
} from '@aws-sdk/client-xray'
import { MetricList, TraceList } from '../../contracts/sandbox/lists.ts'
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
import type { CheckContext, Edge, SamplingRuleUse, TraceQuery } from '../../workshop/chapter.ts'
import { openXRay } from '../aws/client.ts'
import { nameDefinitions, readDefinitions } from '../aws/definitions.ts'
import { findSamplingRules } from '../aws/resources.ts'
import { readSandbox, readTelemetryHealth } from '../providers/own-processes.ts'
import { makePlan } from '../teardown/plan.ts'
import { readTraceEvidence } from './trace-evidence.ts'

const HOUR_MS = 3_600_000
/** How far back a learner's traces may be. X-Ray allows 24 hours at most. */
const RECENT_HOURS = 12
/** Pages of X-Ray's summaries that are read for one list. */
const PAGES = 5
const LIMIT = 25
/** X-Ray keeps its statistics longer; a changed rule should show soon. */
const STATISTICS_MS = 10 * 60_000

/** Where evidence is read. */
export interface Sources {
  readonly settings: Settings
  readonly providers: Providers
  readonly environment: Environment
  readonly sandbox: string
  readonly api: string
  readonly xray: XRayClient
}

export function openSources(settings: Settings, environment: Environment = process.env): Sources {
  const providers = resolveProviders(settings, environment)
  return {
    settings,
    providers,
    environment,
    sandbox: sandboxUrl(settings),
    api: `http://${reachable(settings.BACKEND_HOST)}:${settings.PORT}`,
    xray: openXRay(settings, providers.xray),
  }
}

/** What the chapters' checks read, of this workspace. */
export function openContext(sources: Sources): CheckContext {
  const { settings, providers, sandbox, environment, api } = sources
  const { honeycomb, xray, rollbar } = providers
  return {
    modes: { honeycomb: honeycomb.mode, xray: xray.mode, rollbar: rollbar.mode },
    api: `http://localhost:${settings.PORT}`,
    service: serviceName(settings),
    profilesService: profilesServiceName(settings),
    pipeline: xray.pipeline,
    plantedFaults: settings.PLANTED_FAULTS,
    trace: (traceId) => readTraceEvidence(sources, parseTraceId(traceId) ?? traceId),
    recentTraces: async (query = {}) => {
      if (xray.mode === 'off') return listOfSandbox(sources, query)
      const indexed = await listOfXRay(sources, query)
      // Transaction Search indexes only a share of the traces; the api knows which ones were accepted.
      if (query.filter || xray.pipeline !== 'otlp') return indexed
      const stream = (await readTelemetryHealth(api))?.providers.xray
      const accepted = stream?.enabled ? stream.recentTraceIds.toReversed() : []
      return [...new Set([...accepted, ...indexed])].slice(0, query.limit ?? LIMIT)
    },
    serviceEdges: () => readEdges(sources),
    group: () => findGroup(sources),
    samplingRule: () => readSamplingRule(sources),
    metrics: async () => {
      if (honeycomb.mode !== 'local') return undefined
      const { metrics } = MetricList.parse(await askSandbox(sandbox, '/sandbox/metrics'))
      const since = Date.now() - HOUR_MS
      return metrics.flatMap(({ name, lastWrittenAt }) => (Date.parse(lastWrittenAt) >= since ? name : []))
    },
    remains: async () => {
      const { lines } = await makePlan(environment)
      return lines
    },
  }
}

async function listOfXRay({ settings, xray, sandbox }: Sources, { filter, limit = LIMIT }: TraceQuery) {
  const ofService = `service(${JSON.stringify(serviceName(settings))})`
  const FilterExpression = filter ? `${ofService} AND ${filter}` : ofService
  const now = Date.now()
  const found: { id: string; atMs: number }[] = []
  let NextToken: string | undefined
  for (let page = 0; page < PAGES; page++) {
    const answer = await ask(sandbox, () =>
      xray.send(
        new GetTraceSummariesCommand({
          StartTime: new Date(now - RECENT_HOURS * HOUR_MS),
          EndTime: new Date(now),
          // By the time of the request, since a caller may have chosen the time in the id.
          TimeRangeType: 'Event',
          FilterExpression,
          NextToken,
        }),
      ),
    )
    for (const { Id = '', StartTime } of answer.TraceSummaries ?? []) {
      found.push({ id: parseTraceId(Id) ?? Id, atMs: StartTime?.getTime() ?? 0 })
    }
    NextToken = answer.NextToken
    if (!NextToken) break
  }
  return found
    .toSorted((a, b) => b.atMs - a.atMs)
    .slice(0, limit)
    .map(({ id }) => id)
}

/** With X-Ray off there are no filter expressions: all of the api's traces. */
async function listOfSandbox({ settings, sandbox }: Sources, { limit = LIMIT }: TraceQuery) {
  const service = encodeURIComponent(serviceName(settings))
  const answer = await askSandbox(sandbox, `/sandbox/traces?limit=${limit}&service=${service}`)
  return TraceList.parse(answer).traces.map(({ traceId }) => traceId)
}

async function readEdges({ xray, sandbox }: Sources): Promise<Edge[]> {
  const now = Date.now()
  const { Services = [] } = await ask(sandbox, () =>
    xray.send(new GetServiceGraphCommand({ StartTime: new Date(now - HOUR_MS), EndTime: new Date(now) })),
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

async function findGroup({ settings, xray, sandbox }: Sources) {
  const { GroupName } = nameDefinitions(readDefinitions(), settings).group
  const { Groups = [] } = await ask(sandbox, () => xray.send(new GetGroupsCommand({})))
  const found = Groups.find((group) => group.GroupName === GroupName)
  return found && { name: GroupName, filter: found.FilterExpression ?? '' }
}

/** The first rule of `aws/json/` as X-Ray has it, with its recent decisions. */
async function readSamplingRule({ settings, xray }: Sources): Promise<SamplingRuleUse | undefined> {
  const [wanted] = nameDefinitions(readDefinitions(), settings).rules
  const rule = wanted && (await findSamplingRules(xray)).get(wanted.RuleName)
  if (!wanted || !rule) return undefined
  const { SamplingStatisticSummaries = [] } = await xray.send(new GetSamplingStatisticSummariesCommand({}))
  const since = Date.now() - STATISTICS_MS
  const windows = SamplingStatisticSummaries.filter(
    ({ RuleName, Timestamp }) => RuleName === wanted.RuleName && (Timestamp?.getTime() ?? 0) >= since,
  )
  return {
    name: wanted.RuleName,
    rate: rule.FixedRate ?? 0,
    reservoir: rule.ReservoirSize ?? 0,
    wantedRate: wanted.FixedRate,
    requests: windows.reduce((sum, { RequestCount = 0 }) => sum + RequestCount, 0),
    sampled: windows.reduce((sum, { SampledCount = 0 }) => sum + SampledCount, 0),
  }
}

async function askSandbox(sandbox: string, path: string): Promise<unknown> {
  const answer = await readSandbox(sandbox, path)
  if (answer === undefined) throw nothingThere(sandbox)
  return answer
}

/** To a learner, a sandbox that does not answer is a workspace that does not run. */
async function ask<Result>(sandbox: string, run: () => Promise<Result>): Promise<Result> {
  try {
    return await run()
  } catch (error) {
    if (error instanceof UserError && error.code === 'SANDBOX_DOWN') throw nothingThere(sandbox)
    throw error
  }
}

function nothingThere(sandbox: string): UserError {
  return new UserError({
    code: 'NOTHING_RUNS',
    what: `Nothing answers at ${sandbox}, the address of the sandbox, which has the evidence.`,
    fix: 'npm run setup',
  })
}
