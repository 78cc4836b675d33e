import type { MapGrouping } from '../../contracts/sandbox/map-words.ts'
import { callsOf, typeOfCallee } from '../xray/calls.ts'
import type { Segment } from '../xray/segment.ts'
import { Graph, type GraphNode } from './graph.ts'
import { operationOf } from './operation-of.ts'

/** Adds traces to a graph of services, or of their routes. */
export function createTraceGraph(by: MapGrouping) {
  const graph = new Graph()
  const nodeOf = (service: string, type: string | undefined, segment: Segment): GraphNode =>
    graph.node({ service, type, operation: by === 'route' ? operationOf(segment) : undefined })
  return {
    graph,
    /** The segments of one trace. */
    add(segments: readonly Segment[]): void {
      const nodes = new Map<Segment, GraphNode>()
      for (const segment of segments) {
        if (segment.isSubsegment) continue
        const node = nodeOf(segment.name, segment.origin, segment)
        node.isActive = true
        node.requests.add(segment)
        nodes.set(segment, node)
      }
      const entries = new Set(nodes.keys())
      for (const { from, to, timed } of callsOf(segments)) {
        if (to) entries.delete(to)
        const source = nodes.get(from)
        const target = to ? nodes.get(to) : nodeOf(timed.name, typeOfCallee(timed), timed)
        if (!source || !target) continue
        if (!to) target.requests.add(timed)
        graph.edge(source, target).calls.add(timed)
      }
      for (const entry of entries) {
        const node = nodes.get(entry)
        if (!node) continue
        const clients = graph.node({ isClients: true, service: entry.name })
        clients.requests.add(entry)
        graph.edge(clients, node).calls.add(entry)
      }
    },
  }
}
