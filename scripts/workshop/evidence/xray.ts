import { GetServiceGraphCommand, paginateGetTraceSummaries } from '@aws-sdk/client-xray'
import { parseTraceId } from '../../../contracts/trace-id.ts'
import type { Edge, SamplingRule } from '../../../workshop/context.ts'
import { nameDefinitions, readDefinitions } from '../../aws/definitions.ts'
import { findGroup, findSamplingRules } from '../../aws/resources.ts'
import type { Sources } from './sources.ts'

const HOUR_MS = 3_600_000
/** How far back a learner's traces may be. X-Ray allows 24 hours at most. */
const RECENT_HOURS = 12
/** How many pages of X-Ray's summaries are read for one list. */
const PAGES = 5
/** How many traces a list has. */
export const LIMIT = 25

/** Traces of a service that began after `since` (epoch ms), newest first. */
export async function listOfXRay({ xray }: Sources, service: string, since: number, filter?: string) {
  const ofService = `service(${JSON.stringify(service)})`
  const now = Date.now()
  const query = {
    StartTime: new Date(Math.max(since, now - RECENT_HOURS * HOUR_MS)),
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

/** The service graph of the last hour. */
export async function readEdges({ xray }: Sources): Promise<Edge[]> {
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

export async function findOwnGroup({ settings, xray }: Sources) {
  const { GroupName } = nameDefinitions(readDefinitions(), settings).group
  const found = await findGroup(xray, GroupName)
  return found && { name: GroupName, filter: found.FilterExpression ?? '' }
}

/** The first rule of `aws/json/`, there and in X-Ray. */
export async function readSamplingRule({ settings, xray }: Sources): Promise<SamplingRule> {
  const [wanted] = nameDefinitions(readDefinitions(), settings).rules
  if (!wanted) throw new Error('aws/json/ has no sampling rule')
  const found = (await findSamplingRules(xray)).get(wanted.RuleName)
  return {
    name: wanted.RuleName,
    wanted: { rate: wanted.FixedRate, reservoir: wanted.ReservoirSize },
    inXRay: found && { rate: found.FixedRate ?? 0, reservoir: found.ReservoirSize ?? 0 },
  }
}
