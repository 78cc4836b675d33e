import { createHash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import type { MapFigures, ServiceMap } from '../../contracts/sandbox/map.ts'
import type { MapGrouping } from '../../contracts/sandbox/map-words.ts'
import type { JobAnswerer } from '../read-thread/jobs.ts'
import { createSegments } from '../store/segments.ts'
import { parseDocument } from '../xray/segment-document.ts'
import type { Statistics } from '../xray/statistics.ts'
import { foldRest, joinPaths } from './fold.ts'
import type { Graph } from './graph.ts'
import { filterOfEdge, filterOfNode } from './request-filter.ts'
import { createTraceGraph } from './trace-graph.ts'
import { verifySegments } from './verify-client.ts'

/** The newest traces of the range, which take about a second to read. */
const MAX_TRACES = 10_000
/** Nodes of an answer. Nobody can read a drawing of more routes; services have a table, too. */
const MAX_NODES: Readonly<Record<MapGrouping, number>> = { service: 1_000, route: 80 }

export interface MapJob {
  readonly kind: 'map'
  readonly by: MapGrouping
  /** How long before `nowMs` it begins. */
  readonly minutes: number
  /** Epoch milliseconds. */
  readonly nowMs: number
  readonly foldsVerify: boolean
}

/** Answers with the service map, in the read thread. */
export function createMapJobs(file: string): JobAnswerer<MapJob> {
  let segments: ReturnType<typeof createSegments> | undefined
  return ({ by, minutes, nowMs: toMs, foldsVerify }, { loading, check }): ServiceMap => {
    const fromMs = toMs - minutes * 60_000
    segments ??= loading(() => createSegments(new DatabaseSync(file, { readOnly: true, timeout: 5_000 })))
    const places = segments.tracesBetween('start', fromMs / 1_000, toMs / 1_000, MAX_TRACES + 1)
    const read = places.slice(0, MAX_TRACES)
    const traces = createTraceGraph(by)
    let verifyRequests = 0
    for (const { traceId } of read) {
      check()
      const parts = segments.ofTrace(traceId).map(({ document }) => parseDocument(document).segment)
      const ofVerify = foldsVerify ? verifySegments(parts) : []
      verifyRequests += ofVerify.length
      traces.add(ofVerify.length > 0 ? parts.filter((part) => !ofVerify.includes(part)) : parts)
    }
    const isComplete = places.length <= MAX_TRACES
    const oldest = read.at(-1)
    return {
      by,
      fromMs: isComplete ? fromMs : (oldest?.at ?? 0) * 1_000,
      toMs,
      firstMs: oldest ? oldest.at * 1_000 : null,
      traces: read.length,
      isComplete,
      verifyRequests,
      ...toJson(foldRest(joinPaths(traces.graph), MAX_NODES[by])),
    }
  }
}

function toJson(graph: Graph): Pick<ServiceMap, 'nodes' | 'edges'> {
  const edges = [...graph.edges.values()]
  const incoming = Map.groupBy(edges, ({ to }) => to)
  return {
    nodes: [...graph.nodes.values()].map((node) => ({
      id: idOf(node.key),
      kind: node.isClients ? 'clients' : node.isActive ? 'service' : 'called',
      service: node.service,
      type: node.type ?? null,
      name: node.operation?.name ?? null,
      query: node.operation?.query ?? null,
      others: node.isRest ? node.parts.size : 0,
      filter: filterOfNode(node, incoming.get(node) ?? []),
      ...figuresOf(node.requests),
    })),
    edges: edges.map((edge) => ({
      from: idOf(edge.from.key),
      to: idOf(edge.to.key),
      filter: filterOfEdge(edge),
      ...figuresOf(edge.calls),
    })),
  }
}

/** Short, because names may be long. */
function idOf(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 12)
}

function figuresOf(requests: Statistics): MapFigures {
  const { TotalCount, ErrorStatistics, FaultStatistics } = requests.summary()
  return {
    requests: TotalCount,
    errors: ErrorStatistics.TotalCount,
    faults: FaultStatistics.TotalCount,
    p50Ms: percentile(requests, 0.5),
    p95Ms: percentile(requests, 0.95),
    p99Ms: percentile(requests, 0.99),
  }
}

/** By the nearest rank, in milliseconds. */
function percentile(requests: Statistics, share: number): number | null {
  const histogram = requests.histogram()
  const total = histogram.reduce((sum, { Count }) => sum + Count, 0)
  let seen = 0
  for (const { Value, Count } of histogram) {
    seen += Count
    if (seen >= share * total) return Value * 1_000
  }
  return null
}
