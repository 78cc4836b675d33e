import { GetGroupsCommand, GetServiceGraphCommand, GetTraceSummariesCommand } from '@aws-sdk/client-xray'
import { MetricList, TraceList } from '../../contracts/sandbox/lists.ts'
import { parseTraceId } from '../../contracts/trace-id.ts'
import { UserError } from '../../contracts/user-error.ts'
import { profilesServiceName, serviceName } from '../../settings/providers.ts'
import type { Edge, Evidence, TraceQuery } from '../../workshop/evidence.ts'
import { nameDefinitions, readDefinitions } from '../aws/definitions.ts'
import { call } from '../aws/error.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { getJson } from '../providers/evidence.ts'
import { makePlan } from '../teardown/plan.ts'
import { readBackendHealth } from '../verification/backend-health.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { readSamplingRule } from './sampling-rule.ts'
import { readSeenTrace } from './seen-trace.ts'
import type { Sources } from './sources.ts'

const HOUR_MS = 3_600_000
/** How far back a learner's traces may be. X-Ray takes 24 at the most. */
const RECENT_HOURS = 12
/** Pages of X-Ray's summaries that are read for one question. */
const PAGES = 5
const LIMIT = 25

/** The evidence of this workspace. */
export function openEvidence(sources: Sources): Evidence {
  const { settings, providers, sandbox, environment, api } = sources
  const { honeycomb, xray, rollbar } = providers
  return {
    modes: { honeycomb: honeycomb.mode, xray: xray.mode, rollbar: rollbar.mode },
    api: `http://localhost:${settings.PORT}`,
    service: serviceName(settings),
    profilesService: profilesServiceName(settings),
    pipeline: xray.pipeline,
    plantedFaults: settings.PLANTED_FAULTS,
    trace: (traceId) => readSeenTrace(sources, parseTraceId(traceId) ?? traceId),
    recentTraces: async (query = {}) => {
      if (xray.mode === 'off') return listOfSandbox(sources, query)
      const indexed = await listOfXRay(sources, query)
      // With Transaction Search on, only a share is indexed; the api knows which traces were taken all the same.
      if (query.filter || xray.pipeline !== 'otlp') return indexed
      const taken = (await readBackendHealth(api))?.providers.xray.recentTraceIds.toReversed() ?? []
      return [...new Set([...taken, ...indexed])].slice(0, query.limit ?? LIMIT)
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
      const { lines } = await makePlan(detectWorkspace(environment), silentTerminal(), {}, environment)
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
    const answer = await ask(sandbox, xray.context, 'xray:GetTraceSummaries', () =>
      xray.client.send(
        new GetTraceSummariesCommand({
          StartTime: new Date(now - RECENT_HOURS * HOUR_MS),
          EndTime: new Date(now),
          // By when they happened, not by the time in an id that somebody may have made up.
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

/** With X-Ray off nobody reads filter expressions: all of them. */
async function listOfSandbox({ settings, sandbox }: Sources, { limit = LIMIT }: TraceQuery) {
  const service = encodeURIComponent(serviceName(settings))
  const answer = await askSandbox(sandbox, `/sandbox/traces?limit=${limit}&service=${service}`)
  return TraceList.parse(answer).traces.map(({ traceId }) => traceId)
}

async function readEdges({ xray, sandbox }: Sources): Promise<Edge[]> {
  const now = Date.now()
  const { Services = [] } = await ask(sandbox, xray.context, 'xray:GetServiceGraph', () =>
    xray.client.send(
      new GetServiceGraphCommand({ StartTime: new Date(now - HOUR_MS), EndTime: new Date(now) }),
    ),
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
  const { Groups = [] } = await ask(sandbox, xray.context, 'xray:GetGroups', () =>
    xray.client.send(new GetGroupsCommand({})),
  )
  const found = Groups.find((group) => group.GroupName === GroupName)
  return found && { name: GroupName, filter: found.FilterExpression ?? '' }
}

async function askSandbox(sandbox: string, path: string): Promise<unknown> {
  const answer = await getJson(`${sandbox}${path}`)
  if (answer === undefined) throw nothingThere(sandbox)
  return answer
}

/** A sandbox that does not answer is the same to a reader as a workspace that does not run. */
async function ask<Result>(
  sandbox: string,
  context: Sources['xray']['context'],
  permission: string,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await call(permission, context, run)
  } catch (error) {
    if (error instanceof UserError && error.code === 'SANDBOX_DOWN') throw nothingThere(sandbox)
    throw error
  }
}

function nothingThere(sandbox: string): UserError {
  return new UserError({
    code: 'NOTHING_RUNS',
    what: `Nothing answers at ${sandbox}, where the evidence is.`,
    fix: 'npm run setup',
  })
}
