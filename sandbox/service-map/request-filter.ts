import { MAX_FILTER_LENGTH } from '../../contracts/sandbox/xray-filter-words.ts'
import type { GraphEdge, GraphNode } from './graph.ts'
import type { Operation } from './operation-of.ts'

/** Routes that an expression names at most. */
const MAX_CALLERS = 8

/** An X-Ray filter expression for the traces with a request to this node; null for the rest of several services. */
export function filterOfNode(node: GraphNode, incoming: readonly GraphEdge[]): string | null {
  if (node.service === '') return null
  if (node.operation?.query !== undefined) return filterOfQuery(node, incoming)
  return fitting([serviceWith(node), serviceOnly(node)])
}

/** An X-Ray filter expression for the traces with such a call. */
export function filterOfEdge({ from, to }: GraphEdge): string | null {
  if (from.service === '' || to.service === '') return null
  if (from.isClients) return fitting([serviceWith(to), serviceOnly(to)])
  const edge = edgeOf(from, to)
  const conditions = [from, to].filter(({ operation }) => conditionOf(operation)).map(serviceWith)
  return fitting([[edge, ...conditions].join(' AND '), edge])
}

/** Expressions cannot ask for a query, so it is found by the routes that call it. */
function filterOfQuery(node: GraphNode, incoming: readonly GraphEdge[]): string | null {
  const [first] = incoming
  const service = serviceOnly(node)
  const isSimple =
    incoming.length <= MAX_CALLERS && incoming.every(({ from }) => from.service === first?.from.service)
  if (!first || first.from.service === '' || !isSimple) return service
  const edge = edgeOf(first.from, node)
  const conditions = incoming.map(({ from }) => conditionOf(from.operation))
  if (conditions.some((condition) => condition === '')) return edge
  const routes = conditions.length === 1 ? conditions[0] : conditions.map((one) => `(${one})`).join(' OR ')
  return fitting([`${edge} AND service(${quoted(first.from.service)}) { ${routes} }`, edge])
}

function serviceWith(node: GraphNode): string {
  const condition = conditionOf(node.operation)
  return condition ? `${serviceOnly(node)} { ${condition} }` : serviceOnly(node)
}

function serviceOnly({ service }: GraphNode): string {
  return `service(${quoted(service)})`
}

function edgeOf(from: GraphNode, to: GraphNode): string {
  return `edge(${quoted(from.service)}, ${quoted(to.service)})`
}

/** What a segment of the operation fulfils; empty where expressions have no word for it. */
function conditionOf({ method, path, pathFrom }: Operation = { name: '' }): string {
  if (path === undefined) return ''
  // Up to the first placeholder.
  const fixed = path.replace(/(?<=\/@?)(?:[:{*…<].*)$/s, '')
  const ofPath =
    pathFrom === 'annotation'
      ? `annotation.http_route = ${quoted(path)}`
      : fixed.length > 1 && `http.url CONTAINS ${quoted(fixed)}`
  return [ofPath, method && `http.method = ${quoted(method)}`].filter(Boolean).join(' AND ')
}

function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, '\\$&')}"`
}

function fitting(expressions: readonly string[]): string | null {
  return expressions.find(({ length }) => length <= MAX_FILTER_LENGTH) ?? null
}
