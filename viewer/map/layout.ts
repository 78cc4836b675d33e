import { Graph, layout } from '@dagrejs/dagre'
import type { GraphService } from './graph.ts'
import { NODE_HEIGHT, NODE_WIDTH } from './graph.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface MapLayout {
  readonly width: number
  readonly height: number
  readonly nodes: ReadonlyMap<number, Point>
  readonly edges: readonly { readonly from: number; readonly to: number; readonly points: readonly Point[] }[]
}

/** Places the services, callers before the called. */
export function placeServices(services: readonly GraphService[], direction: 'LR' | 'TB'): MapLayout {
  const graph = new Graph()
  graph.setGraph({ rankdir: direction, nodesep: 28, ranksep: 150, marginx: 12, marginy: 12 })
  graph.setDefaultEdgeLabel(() => ({}))
  const drawn = new Set(services.map(({ ReferenceId }) => ReferenceId))
  for (const id of drawn) graph.setNode(String(id), { width: NODE_WIDTH, height: NODE_HEIGHT })
  for (const { ReferenceId, Edges } of services) {
    for (const edge of Edges) {
      if (drawn.has(edge.ReferenceId)) graph.setEdge(String(ReferenceId), String(edge.ReferenceId), {})
    }
  }
  layout(graph)
  const nodes = new Map<number, Point>()
  for (const id of graph.nodes()) {
    const { x = 0, y = 0 } = graph.node(id) as Partial<Point>
    nodes.set(Number(id), { x, y })
  }
  const edges = graph.edges().map(({ v, w }) => {
    const { points = [] } = graph.edge(v, w) as { points?: Point[] }
    return { from: Number(v), to: Number(w), points }
  })
  const { width = 0, height = 0 } = graph.graph() as { width?: number; height?: number }
  return { width, height, nodes, edges }
}
