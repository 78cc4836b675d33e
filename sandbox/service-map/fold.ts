import { type Graph, type GraphNode, type NodeIdentity, regroup } from './graph.ts'
import { httpOperation } from './operation-of.ts'
import { joinTemplates } from './path-template.ts'

/** Gives paths that differ only in a value the same template, within each service. */
export function joinPaths(graph: Graph): Graph {
  const byUrl = [...graph.nodes.values()].filter(({ operation }) => operation?.pathFrom === 'url')
  const joined = new Map(
    [...Map.groupBy(byUrl, ({ service }) => service)].map(([service, nodes]) => [
      service,
      joinTemplates(nodes.map(({ operation }) => operation?.path ?? '')),
    ]),
  )
  return regroup(graph, (node) => {
    const { operation, service } = node
    const path = operation?.pathFrom === 'url' && joined.get(service)?.get(operation.path ?? '')
    if (!operation || !path || path === operation.path) return identityOf(node)
    return { ...identityOf(node), operation: httpOperation(operation.method, path, 'url') }
  })
}

/**
 * Keeps the busiest nodes, at most `limit` without clients. The other routes of a service become one node, or all of a
 * graph of services; if that is still too many, those of the least busy services become one.
 */
export function foldRest(graph: Graph, limit: number): Graph {
  const nodes = [...graph.nodes.values()].filter(({ isClients }) => !isClients).toSorted(busiestFirst)
  if (nodes.length <= limit) return graph
  const isByRoute = nodes.some(({ operation }) => operation)
  // Room for the nodes of the rest.
  const kept = new Set(nodes.slice(0, isByRoute ? Math.floor(limit * 0.75) : limit - 1))
  const rest = Map.groupBy(
    nodes.filter((node) => !kept.has(node)),
    ({ service, type }) => JSON.stringify([service, type]),
  )
  const roomOfRest = isByRoute ? limit - kept.size - 1 : 0
  const named = new Set([...rest.keys()].slice(0, roomOfRest))
  const services = new Set([...kept].map(({ service }) => service))
  for (const [key, [node]] of rest) if (node && named.has(key)) services.add(node.service)
  return regroup(graph, (node) => {
    if (kept.has(node)) return identityOf(node)
    const { isClients, service, type } = node
    if (isClients) return services.has(service) ? identityOf(node) : { isClients, service: '', isRest: true }
    const key = JSON.stringify([service, type])
    if (!named.has(key)) return { service: '', isRest: true }
    return rest.get(key)?.length === 1 ? identityOf(node) : { service, type, isRest: true }
  })
}

function busiestFirst(a: GraphNode, b: GraphNode): number {
  return b.requests.count - a.requests.count || (a.key < b.key ? -1 : 1)
}

function identityOf({ isClients, service, type, operation, isRest }: GraphNode): NodeIdentity {
  return {
    service,
    type,
    operation,
    ...(isClients && { isClients }),
    ...(isRest && { isRest }),
  }
}
