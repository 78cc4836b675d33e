import { type Attributes, SpanKind } from '@opentelemetry/api'

const MAX_NAME = 200
const NOT_ALLOWED = /[^\p{L}\p{N}\p{Z}_.:/%&#=+\-@]/gu

/**
 * A name that X-Ray accepts for a segment: letters, digits, white space and `_ . : / % & # = + - @`, at most 200.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-fields
 */
export function segmentName(text: string): string {
  // Cut first, because a span's name may have any length; a replaced surrogate pair becomes one character.
  const start = cutText(text, 2 * MAX_NAME)
  return cutText(start.replace(NOT_ALLOWED, '_'), MAX_NAME).trim() || 'unknown'
}

/** The first `length` UTF-16 units of a text, or one less, so that no surrogate pair is split. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text
  const last = text.charCodeAt(length - 1)
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length)
}

/**
 * X-Ray's limits for annotations: their number in a trace, and the lengths of a value and of a key, in characters.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-nodejs-segment.html
 */
export const MAX_ANNOTATIONS = 50
export const MAX_ANNOTATION_VALUE = 1_000
const MAX_ANNOTATION_KEY = 500

/** A key that X-Ray accepts for an annotation: ASCII letters, digits and underscores. */
export function annotationKey(attribute: string): string {
  return attribute.slice(0, MAX_ANNOTATION_KEY).replace(/[^A-Za-z0-9_]/g, '_')
}

/** Attributes that people filter by, besides `app.…` and `rollbar.…`; all others become metadata. */
const ANNOTATED = new Set(['http.route', 'user.id'])
const ANNOTATED_PREFIXES = ['app.', 'rollbar.']

/** Whether X-Ray should index an attribute, so that traces can be searched by it. */
export function isAnnotated(attribute: string): boolean {
  return ANNOTATED.has(attribute) || ANNOTATED_PREFIXES.some((prefix) => attribute.startsWith(prefix))
}

/**
 * The `http` block of a span; undefined where the span is no HTTP call. Query strings are redacted already. Fields without
 * a value are undefined, and so are not part of the document's JSON. `isTraced`: the callee sends a segment, too.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-http
 */
export function httpBlock(attributes: Attributes, kind: SpanKind, isTraced: boolean) {
  const method = text(attributes['http.request.method'])
  if (!method) return undefined
  const length = attributes['http.response.body.size'] ?? attributes['http.response.header.content-length']
  const isServer = kind === SpanKind.SERVER
  return {
    request: {
      method,
      url: requestUrl(attributes),
      user_agent: isServer ? text(attributes['user_agent.original']) : undefined,
      client_ip: isServer ? text(attributes['client.address']) : undefined,
      traced: isTraced || undefined,
    },
    response: { status: number(attributes['http.response.status_code']), content_length: number(length) },
  }
}

function requestUrl(attributes: Attributes): string | undefined {
  const full = text(attributes['url.full'])
  if (full) return full
  const scheme = text(attributes['url.scheme'])
  const host = serverAddress(attributes)
  if (!scheme || !host) return undefined
  const query = text(attributes['url.query'])
  return `${scheme}://${host}${text(attributes['url.path']) ?? ''}${query ? `?${query}` : ''}`
}

/** `host` or `host:port` of the called server; for a served request that is its Host header. */
export function serverAddress(attributes: Attributes): string | undefined {
  const address = text(attributes['server.address'])
  const port = attributes['server.port']
  return address && typeof port === 'number' ? `${address}:${port}` : address
}

/** `cruddur@db.example`, as X-Ray's SDKs name a database; undefined where the span is no database call. */
export function databaseName(attributes: Attributes): string | undefined {
  const system = text(attributes['db.system.name'])
  const host = text(attributes['server.address'])
  if (!system || !host) return undefined
  return `${text(attributes['db.namespace']) ?? system}@${host}`
}

/**
 * The `sql` block of a span; undefined where the span is no database call. The address is built from parts that hold
 * no password; the query has placeholders where the values go.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-sql
 */
export function sqlBlock(attributes: Attributes) {
  const system = text(attributes['db.system.name'])
  if (!system) return undefined
  const authority = serverAddress(attributes)
  const database = text(attributes['db.namespace'])
  return {
    url: authority && `${system}://${authority}${database ? `/${database}` : ''}`,
    database_type: system,
    sanitized_query: text(attributes['db.query.text']),
  }
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined
}
