import { useEffect, useMemo, useState } from 'preact/hooks'
import type { MapEdge, MapNode, ServiceMap } from '../../contracts/sandbox/map.ts'
import type { MapLayout, Size } from './layout.ts'
import { troubleOf } from './words.ts'

/** Of services or routes only the busiest are drawn; the table has all. */
const MAX_DRAWN = 80
/** With more nodes the drawing has less in each, so that it stays short. */
const MAX_ROOMY = 12

/** The sizes of boxes in units of 1/14 rem, about a pixel, with room for their texts (map.css). */
const WIDTHS = {
  clients: 180,
  service: 220,
  route: 270,
  label: 100,
  denseLabel: 145,
  denseTrouble: 60,
} as const
const HEIGHTS = {
  roomy: 76,
  dense: 46,
  query: 30,
  denseLine: 17,
  trouble: 17,
  label: 34,
  denseLabel: 20,
} as const

export interface Drawn extends MapLayout {
  readonly shownNodes: readonly MapNode[]
  readonly shownEdges: readonly MapEdge[]
  /** Whether boxes have only their most important texts. */
  readonly isDense: boolean
}

/**
 * Where the map's nodes and labels are drawn, in a place of this width; undefined until the graph library has been loaded.
 * The layout stays while the same calls are shown, and only their figures change.
 */
export function useLayout(map: ServiceMap, width: number): Drawn | undefined {
  const [place, setPlace] = useState<typeof import('./layout.ts').placeNodes>()
  useEffect(() => {
    let isWanted = true
    // The graph library is loaded when there is a graph.
    import('./layout.ts').then(({ placeNodes }) => isWanted && setPlace(() => placeNodes))
    return () => {
      isWanted = false
    }
  }, [])
  const shown = useMemo(() => choose(map), [map])
  const { sizes, labels } = shown
  const key = JSON.stringify([...sizes, labels])
  const layout = useMemo(() => {
    if (!place || width === 0) return undefined
    const lying = place(sizes, labels, 'LR')
    if (lying.width <= width) return lying
    const standing = place(sizes, labels, 'TB')
    // Of a drawing that has to be scrolled anyway, the layers stay columns.
    return standing.width <= width ? standing : lying
  }, [place, key, width])
  return layout && { ...layout, ...shown }
}

function choose({ nodes, edges, by }: ServiceMap) {
  const busiest = nodes
    .filter(({ kind }) => kind !== 'clients')
    .toSorted((a, b) => b.requests - a.requests)
    .slice(0, MAX_DRAWN)
  const called = new Set(busiest.map(({ id }) => id))
  // Clients are drawn with what they call, however many others there are.
  const entering = new Set(edges.filter(({ to }) => called.has(to)).map(({ from }) => from))
  const shownNodes = nodes
    .filter(({ id, kind }) => called.has(id) || (kind === 'clients' && entering.has(id)))
    // The same order each time, so that the drawing does not change with the figures.
    .toSorted((a, b) => order(a) - order(b) || (a.id < b.id ? -1 : 1))
  const drawn = new Set(shownNodes.map(({ id }) => id))
  const shownEdges = edges
    .filter(({ from, to }) => from !== to && drawn.has(from) && drawn.has(to))
    .toSorted((a, b) => (a.from + a.to < b.from + b.to ? -1 : 1))
  const isDense = shownNodes.length > MAX_ROOMY
  return {
    shownNodes,
    shownEdges,
    isDense,
    sizes: shownNodes.map((node) => ({ id: node.id, ...sizeOf(node, by, isDense) })),
    labels: shownEdges.map((edge) => ({
      from: edge.from,
      to: edge.to,
      label: labelSize(edge, isDense),
    })),
  }
}

function labelSize(edge: MapEdge, isDense: boolean): Size {
  const hasTrouble = troubleOf(edge) !== undefined
  if (isDense) {
    return { width: WIDTHS.denseLabel + (hasTrouble ? WIDTHS.denseTrouble : 0), height: HEIGHTS.denseLabel }
  }
  return { width: WIDTHS.label, height: HEIGHTS.label + (hasTrouble ? HEIGHTS.trouble : 0) }
}

function order({ kind }: MapNode): number {
  return ['clients', 'service', 'called'].indexOf(kind)
}

function sizeOf(node: MapNode, by: ServiceMap['by'], isDense: boolean): Size {
  const width = node.kind === 'clients' ? WIDTHS.clients : WIDTHS[by]
  if (isDense) {
    // By route there is the service's name, and a query takes two lines.
    const lines = node.kind === 'clients' || by === 'service' ? 0 : node.query === null ? 1 : 2
    return { width, height: HEIGHTS.dense + lines * HEIGHTS.denseLine }
  }
  const query = node.query !== null ? HEIGHTS.query : 0
  const trouble = troubleOf(node) ? HEIGHTS.trouble : 0
  return { width, height: HEIGHTS.roomy + query + trouble }
}
