import type { Attributes } from '../../contracts/sandbox/trace.ts'

/** HTTP's attributes before version 1.21 of the conventions, which SDKs of some languages still send, and today's. */
const RENAMED: Readonly<Record<string, string>> = {
  'http.method': 'http.request.method',
  'http.status_code': 'http.response.status_code',
  'http.url': 'url.full',
  'http.scheme': 'url.scheme',
  'http.user_agent': 'user_agent.original',
  'http.client_ip': 'client.address',
}
/** They become several of today's names, or one of several. */
const REPLACED = ['http.target', 'http.host']

/** Whether X-Ray has a field for what the attribute says, so that it is not in the metadata as well. */
export function isOldHttpName(name: string): boolean {
  return Object.hasOwn(RENAMED, name) || REPLACED.includes(name)
}

/**
 * The attributes with today's names of HTTP, which win over those before them.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/non-normative/http-migration/ and awsxrayexporter's http.go, which reads
 * both
 */
export function withTodaysHttpNames(attributes: Attributes): Attributes {
  if (attributes['http.method'] === undefined) return attributes
  const renamed = Object.entries(RENAMED).flatMap(([old, name]) =>
    attributes[old] === undefined ? [] : [[name, attributes[old]] as const],
  )
  return { ...Object.fromEntries(renamed), ...targetOf(attributes), ...hostOf(attributes), ...attributes }
}

function targetOf({ 'http.target': target }: Attributes): Attributes {
  if (typeof target !== 'string') return {}
  const [path = '', ...query] = target.split('?')
  return { 'url.path': path, ...(query.length > 0 && { 'url.query': query.join('?') }) }
}

/** A Host header has the port; the name of the own host does not. */
function hostOf(attributes: Attributes): Attributes {
  const { 'http.host': host, 'net.host.name': name, 'net.host.port': port } = attributes
  if (host !== undefined) return { 'server.address': host }
  if (name === undefined) return {}
  return { 'server.address': name, ...(port !== undefined && { 'server.port': port }) }
}
