import type { LensSegment, LensSpan } from '../../contracts/sandbox/lenses.ts'
import { pathShape, statementShape, withoutColumns } from '../../contracts/sandbox/work-shape.ts'
import { recordOf } from './occurrence.ts'
import type { RouteOf } from './route-finder.ts'

/** What a record did, as far as its name does not say it. */
export interface RowDetail {
  /** `/api/profiles?limit=2`, `SELECT … FROM users`; empty where the name says it all. */
  readonly text: string
  /** Of HTTP's request, where the name and the path do not say it; else empty. */
  readonly route: string
  /** The work without its values, instead of a name: `GET /api/profiles`; empty where only the name says it. */
  readonly title: string
  /** Equal for records that do the same with other values. */
  readonly shape: string
  /** Of HTTP's response. */
  readonly status: number | undefined
}

/** Of an attribute; a query may have megabytes. Characters. */
const MAX_READ = 4_000
const MAX_TEXT = 300

type Json = Readonly<Record<string, unknown>>

interface Work {
  readonly method?: string | undefined
  readonly url?: string | undefined
  readonly path?: string | undefined
  readonly route?: string | undefined
  readonly status?: unknown
  /** A message's destination, a called procedure, an operation of AWS. */
  readonly other?: string | undefined
  /** The title of such work, where its name alone does not say it. */
  readonly otherTitle?: string | undefined
  /** It served the request, so that the URL's host is its own. */
  readonly isServer: boolean
}

/**
 * Of OpenTelemetry's attributes, by today's names and those before version 1.21.
 * Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/ and …/database/database-spans/
 */
export function spanDetail(
  { name, kind, attributes }: Pick<LensSpan, 'name' | 'kind' | 'attributes'>,
  routeOf: RouteOf = pathShape,
): RowDetail {
  const either = (now: string, before: string) => textOf(attributes[now]) ?? textOf(attributes[before])
  const of = (key: string) => textOf(attributes[key])
  const status = attributes['http.response.status_code'] ?? attributes['http.status_code']
  const query = either('db.query.text', 'db.statement')
  if (query) return queryDetail(name, query, status)
  const [path, search] = [of('url.path'), of('url.query')]
  const work = {
    method: either('http.request.method', 'http.method'),
    url: either('url.full', 'http.url'),
    path: path ? path + (search ? `?${search.replace(/^\?/, '')}` : '') : of('http.target'),
    route: of('http.route') ?? of('url.template'),
    status,
    other:
      joined(either('messaging.operation.name', 'messaging.operation'), of('messaging.destination.name')) ??
      joined(of('rpc.service'), of('rpc.method')) ??
      joined(either('db.operation.name', 'db.operation'), either('db.collection.name', 'db.sql.table')),
    isServer: kind === 'SERVER',
  }
  return detailOf(name, work, routeOf)
}

/**
 * Of the fields of a segment document.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export function segmentDetail(
  { name, isSubsegment, fields }: Pick<LensSegment, 'name' | 'isSubsegment' | 'fields'>,
  routeOf: RouteOf = pathShape,
): RowDetail {
  const http = recordOf(fields.http)
  const request = recordOf(http.request)
  const aws = recordOf(fields.aws)
  const status = recordOf(http.response).status
  const query = textOf(recordOf(fields.sql).sanitized_query)
  if (query) return queryDetail(name, query, status)
  const operation = textOf(aws.operation)
  const work = {
    method: textOf(request.method),
    url: textOf(request.url),
    route: textOf(recordOf(fields.annotations).http_route),
    status,
    other: joined(operation, textOf(aws.table_name) ?? textOf(aws.queue_url)),
    otherTitle: operation && `${name} ${operation}`,
    isServer: !isSubsegment,
  }
  return detailOf(name, work, routeOf)
}

function queryDetail(name: string, query: string, status: unknown): RowDetail {
  const { text, title, shape } = describedQuery(query)
  return { text: unlessInName(name, text), route: '', title, shape, status: statusOf(status) }
}

type DescribedQuery = Pick<RowDetail, 'text' | 'title' | 'shape'>

/** A trace of thousands of queries has few different ones. */
const described = new Map<string, DescribedQuery>()
const MAX_DESCRIBED = 2_000

function describedQuery(query: string): DescribedQuery {
  const known = described.get(query)
  if (known) return known
  const line = collapsed(query)
  const shape = statementShape(query)
  const found = { text: shortened(withoutColumns(line)), title: shortened(withoutColumns(shape)), shape }
  if (described.size >= MAX_DESCRIBED) described.clear()
  described.set(query, found)
  return found
}

function statusOf(value: unknown): number | undefined {
  const status = Number(value)
  return Number.isInteger(status) && status > 0 ? status : undefined
}

function detailOf(name: string, work: Work, routeOf: RouteOf): RowDetail {
  const status = statusOf(work.status)
  const { method = '', route = '' } = work
  const address = addressOf(work) ?? (route && { host: '', hostName: '', path: route, search: '' })
  if (!address) {
    const { other = '', otherTitle = '' } = work
    const text = unlessInName(name, shortened(collapsed(other)))
    return { text, route: '', title: shortened(otherTitle), shape: otherTitle || other, status }
  }
  const { host, hostName, path, search } = address
  const place = `${work.isServer || name.includes(hostName) ? '' : host}${path}`
  const isRouteNew = route !== path && !name.includes(route)
  const calledHost = work.isServer || LOCAL.test(hostName) ? '' : hostName
  const shape = `${method} ${route || `${calledHost}${routeOf(path)}`}`.trim().slice(0, MAX_READ)
  return {
    text: shortened(
      [startsWithWord(name, method) ? '' : method, decoded((endsWithWord(name, place) ? '' : place) + search)]
        .filter(Boolean)
        .join(' '),
    ),
    route: isRouteNew ? route : '',
    title: shortened(shape),
    shape,
    status,
  }
}

/** Empty where the name has the text already. */
function unlessInName(name: string, text: string): string {
  return name.includes(text) ? '' : text
}

function startsWithWord(name: string, word: string): boolean {
  return word !== '' && (name === word || name.startsWith(`${word} `))
}

function endsWithWord(name: string, word: string): boolean {
  return name === word || name.endsWith(` ${word}`)
}

interface Address {
  /** With the port. */
  readonly host: string
  readonly hostName: string
  readonly path: string
  readonly search: string
}

/** A call to this machine says no host. */
const LOCAL = /^(localhost|127\.\d+\.\d+\.\d+|\[?::1\]?)$/

function addressOf({ url, path }: Work): Address | undefined {
  const parsed = url && URL.canParse(url) ? new URL(url) : undefined
  if (parsed && /^https?:$/.test(parsed.protocol))
    return { host: parsed.host, hostName: parsed.hostname, path: parsed.pathname, search: parsed.search }
  const [before = '', after] = (path ?? url ?? '').split('?', 2)
  return before ? { host: '', hostName: '', path: before, search: after ? `?${after}` : '' } : undefined
}

/** Without escapes, which take three characters for one: `?handles=maya,arne`. */
function decoded(address: string): string {
  try {
    return collapsed(decodeURIComponent(address))
  } catch {
    return address
  }
}

function collapsed(text: string): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** Without its middle, if it is too long: a query's table is at its start, and its condition at its end. */
function shortened(text: string): string {
  if (text.length <= MAX_TEXT) return text
  const kept = MAX_TEXT - 1
  return `${text.slice(0, Math.ceil(kept / 2))}…${text.slice(-Math.floor(kept / 2))}`
}

function joined(...parts: readonly (string | undefined)[]): string | undefined {
  const found = parts.filter(Boolean)
  return found.length > 0 ? found.join(' ') : undefined
}

function textOf(value: Json[string]): string | undefined {
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_READ) : undefined
}
