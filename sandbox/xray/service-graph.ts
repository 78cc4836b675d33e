import { z } from 'zod'
import { parseTraceId } from '../../contracts/trace-id.ts'
import type { Route } from '../http/router.ts'
import type { Store } from '../store/store.ts'
import { ACCOUNT_ID } from './account.ts'
import { matches } from './filter/evaluate.ts'
import { groupFilters } from './filter/group-filters.ts'
import { GROUP_KEY } from './groups.ts'
import { checkRange, NO_TOKEN, operation, TIME_RANGE, TRACE_IDS } from './operation.ts'
import type { Segment } from './segment.ts'
import { Statistics } from './statistics.ts'
import { assembleTrace, type Trace } from './trace.ts'
import { invalidRequest } from './xray-error.ts'

const MAX_RANGE_HOURS = 6 // X-Ray takes no more
/** The newest traces of a range, so that an answer takes less than a second. X-Ray samples too. */
const MAX_TRACES = 2_000

/** GetServiceGraph and GetTraceGraph, both without pages. */
export function serviceGraphRoutes(store: Store): Route[] {
  const read = (traceId: string) => assembleTrace(traceId, store.segments.ofTrace(traceId))
  return [
    operation(
      '/ServiceGraph',
      TIME_RANGE.extend({ ...GROUP_KEY.shape, NextToken: NO_TOKEN }),
      ({ StartTime, EndTime, GroupName, GroupARN }) => {
        checkRange({ StartTime, EndTime }, MAX_RANGE_HOURS)
        const groups = groupFilters(store)
        const group = GroupARN ?? GroupName
        const filter = group === undefined ? 'all' : groups(group)
        if (!filter) throw invalidRequest(`Group ${group} not found`)
        const traces = store.segments
          .tracesBetween('start', StartTime, EndTime, MAX_TRACES)
          .map(({ traceId }) => read(traceId))
          .filter((trace) => trace !== undefined)
          .filter((trace) => filter === 'all' || matches(filter, trace, groups))
        return { StartTime, EndTime, Services: serviceGraph(traces), ContainsOldGroupVersions: false }
      },
    ),

    operation('/TraceGraph', z.object({ TraceIds: TRACE_IDS, NextToken: NO_TOKEN }), ({ TraceIds: ids }) => {
      const traceIds = new Set(ids.flatMap((id) => parseTraceId(id) ?? []))
      return { Services: serviceGraph([...traceIds].map(read).filter((trace) => trace !== undefined)) }
    }),
  ]
}

interface GraphEdge {
  readonly to: GraphNode
  readonly calls: Statistics
}

interface GraphNode {
  readonly reference: number
  readonly name: string
  /** `client`, `remote`, `Database::SQL`, `AWS::…`, or the segment's origin. */
  readonly type: string | undefined
  isRoot: boolean
  /** Whether it has sent segments; otherwise only its callers' subsegments name it. */
  isActive: boolean
  readonly requests: Statistics
  readonly edges: Map<number, GraphEdge>
}

/**
 * The services of some traces and the calls between them, as GetServiceGraph and GetTraceGraph return them. A service
 * where traces enter is called by a node of type `client` with the service's name.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/api/API_Service.html
 */
export function serviceGraph(traces: readonly Trace[]) {
  const nodes = new Map<string, GraphNode>()
  const nodeOf = (name: string, type: string | undefined): GraphNode => {
    const key = JSON.stringify([name, type])
    const known = nodes.get(key)
    if (known) return known
    const node = {
      reference: nodes.size,
      name,
      type,
      isRoot: false,
      isActive: false,
      requests: new Statistics(),
      edges: new Map(),
    }
    nodes.set(key, node)
    return node
  }

  for (const { services, edges, entries } of traces) {
    for (const { name, type, segments } of services) {
      const node = nodeOf(name, type)
      for (const segment of segments) {
        node.requests.add(segment)
        if (!segment.isSubsegment) node.isActive = true
        if (!entries.includes(segment)) continue
        node.isRoot = true
        connect(nodeOf(name, 'client'), node, [segment])
      }
    }
    for (const { from, to, calls } of edges) {
      connect(nodeOf(from.name, from.type), nodeOf(to.name, to.type), calls)
    }
  }
  return [...nodes.values()].map(toJson)
}

function connect(from: GraphNode, to: GraphNode, calls: readonly Segment[]): void {
  const edge = from.edges.get(to.reference) ?? { to, calls: new Statistics() }
  from.edges.set(to.reference, edge)
  for (const call of calls) edge.calls.add(call)
}

function toJson({ reference, name, type, isRoot, isActive, requests, edges }: GraphNode) {
  const out = [...edges.values()]
  return {
    ReferenceId: reference,
    Name: name,
    Names: [name],
    AccountId: ACCOUNT_ID,
    Root: isRoot || undefined,
    Type: type,
    State: isActive ? 'active' : 'unknown',
    // A client sends no segments, so its times are those of its calls.
    ...timeOf(type === 'client' ? out.map(({ calls }) => calls) : [requests]),
    Edges: out.map(({ to, calls }) => ({
      ReferenceId: to.reference,
      ...timeOf([calls]),
      SummaryStatistics: calls.summary(),
      ResponseTimeHistogram: calls.histogram(),
      Aliases: [],
    })),
    ...(type !== 'client' && {
      SummaryStatistics: requests.summary(),
      DurationHistogram: requests.histogram(),
      ResponseTimeHistogram: requests.histogram(),
    }),
  }
}

function timeOf(all: readonly Statistics[]) {
  return {
    StartTime: Math.min(...all.map(({ startS }) => startS)),
    EndTime: Math.max(...all.map(({ endS }) => endS)),
  }
}
