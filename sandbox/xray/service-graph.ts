import type { Segment } from './segment-document.ts'
import { Statistics } from './statistics.ts'
import type { Trace } from './trace.ts'

interface GraphEdge {
  readonly to: GraphNode
  readonly calls: Statistics
}

interface GraphNode {
  readonly reference: number
  readonly name: string
  /** `client`, `remote`, `Database::SQL`, `AWS::…`, or what a segment says it runs on. */
  readonly type: string | undefined
  isRoot: boolean
  /** Whether it has sent segments itself; else it is known only by those that called it. */
  isActive: boolean
  readonly requests: Statistics
  readonly edges: Map<number, GraphEdge>
}

/**
 * The services of some traces and who called whom, as GetServiceGraph and GetTraceGraph give them. Before each service
 * where a trace enters stands a node of type `client` that bears the service's name.
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
  // A client has sent nothing that could be counted: what is known of it is what it called.
  const time = type === 'client' ? timeOf(out.map(({ calls }) => calls)) : timeOf([requests])
  return {
    ReferenceId: reference,
    Name: name,
    Names: [name],
    AccountId: '000000000000',
    ...(isRoot && { Root: true }),
    ...(type && { Type: type }),
    State: isActive ? 'active' : 'unknown',
    ...time,
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
