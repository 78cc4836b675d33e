import { Statistics } from '../xray/statistics.ts'
import type { Operation } from './operation-of.ts'

/** What makes nodes different. */
export interface NodeIdentity {
  readonly isClients?: boolean
  /** Empty for the rest of several services. */
  readonly service: string
  readonly type?: string | undefined
  readonly operation?: Operation | undefined
  /** Whether it stands for the rest of the services, or of the service's routes. */
  readonly isRest?: boolean
}

export interface GraphNode extends NodeIdentity {
  readonly key: string
  /** The keys of the nodes before folding that it stands for. */
  readonly parts: Set<string>
  readonly requests: Statistics
  /** Whether it has sent segments; otherwise only its callers name it. */
  isActive: boolean
}

export interface GraphEdge {
  readonly from: GraphNode
  readonly to: GraphNode
  readonly calls: Statistics
}

/** Services or their routes, and the calls between them. */
export class Graph {
  readonly nodes = new Map<string, GraphNode>()
  readonly edges = new Map<string, GraphEdge>()

  node(identity: NodeIdentity): GraphNode {
    const { isClients = false, service, type, operation, isRest = false } = identity
    const { name, query } = operation ?? {}
    const key = JSON.stringify([isClients, service, type, name, query, isRest])
    const known = this.nodes.get(key)
    if (known) return known
    const node = { ...identity, key, parts: new Set<string>(), requests: new Statistics(), isActive: false }
    this.nodes.set(key, node)
    return node
  }

  edge(from: GraphNode, to: GraphNode): GraphEdge {
    const key = `${from.key} ${to.key}`
    const known = this.edges.get(key)
    if (known) return known
    const edge = { from, to, calls: new Statistics() }
    this.edges.set(key, edge)
    return edge
  }
}

/** The graph with other nodes: those for which `identityOf` gives the same identity become one. */
export function regroup(graph: Graph, identityOf: (node: GraphNode) => NodeIdentity): Graph {
  const grouped = new Graph()
  const targets = new Map<GraphNode, GraphNode>()
  for (const node of graph.nodes.values()) {
    const target = grouped.node(identityOf(node))
    targets.set(node, target)
    target.requests.merge(node.requests)
    target.isActive ||= node.isActive
    for (const part of node.parts.size > 0 ? node.parts : [node.key]) target.parts.add(part)
  }
  for (const { from, to, calls } of graph.edges.values()) {
    const [source, target] = [targets.get(from), targets.get(to)]
    if (source && target) grouped.edge(source, target).calls.merge(calls)
  }
  return grouped
}
