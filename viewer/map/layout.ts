import { Graph, layout } from '@dagrejs/dagre'
import { type Bends, layerKey, routeEdge } from './edge-path.ts'

export interface Point {
  readonly x: number
  readonly y: number
}

export interface Size {
  readonly width: number
  readonly height: number
}

/** A rectangle, by its middle. */
export type Box = Point & Size

export interface NodeToPlace extends Size {
  readonly id: string
}

export interface EdgeToPlace {
  readonly from: string
  readonly to: string
  readonly label: Size
}

export interface MapLayout extends Size {
  readonly nodes: ReadonlyMap<string, Box>
  /** In the order of the given edges. `path` is the data of an SVG path. */
  readonly edges: readonly { readonly label: Box; readonly path: string }[]
}

/** Space between the boxes of a layer, between lines, from a layer to the next, and around the drawing. */
const SPACE = { nodesep: 18, edgesep: 14, ranksep: 38, marginx: 8, marginy: 8 }

/**
 * Places nodes in layers, callers before the called, and a label on each edge between two layers. No box overlaps another,
 * and edges run straight through layers and bend only between them, so that no edge crosses a node or the label of another
 * edge. Every edge leads from one given node to another one.
 */
export function placeNodes(
  nodes: readonly NodeToPlace[],
  edges: readonly EdgeToPlace[],
  direction: 'LR' | 'TB',
): MapLayout {
  const graph = new Graph()
  graph.setGraph({ rankdir: direction, ...SPACE })
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height })
  for (const { from, to, label } of edges) graph.setEdge(from, to, { ...label, labelpos: 'c' })
  layout(graph)
  const placed = new Map(nodes.map(({ id }) => [id, graph.node(id) as Box]))
  const found = edges.map(({ from, to }) => graph.edge(from, to) as Box & { points: Point[] })
  const layers = layersOf([...placed.values(), ...found], direction)
  const { width = 0, height = 0 } = graph.graph() as Partial<Size>
  return {
    width,
    height,
    nodes: placed,
    edges: found.map(({ x, y, width, height, points }, index) => {
      const { from = '', to = '' } = edges[index] ?? {}
      const ends: Bends = { from: placed.get(from), to: placed.get(to), between: points.slice(1, -1) }
      return { label: { x, y, width, height }, path: routeEdge(ends, layers, direction) }
    }),
  }
}

/** How far each layer reaches from its middle: half of its largest box. */
function layersOf(boxes: readonly Box[], direction: 'LR' | 'TB'): ReadonlyMap<number, number> {
  const layers = new Map<number, number>()
  for (const { x, y, width, height } of boxes) {
    const [middle, size] = direction === 'LR' ? [x, width] : [y, height]
    const key = layerKey(middle)
    layers.set(key, Math.max(layers.get(key) ?? 0, size / 2))
  }
  return layers
}
