import { createHash } from 'node:crypto'
import type { Attributes, Span } from '../../contracts/sandbox/trace.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { isOldHttpName, withTodaysHttpNames } from './http-attributes.ts'
import { readStackTrace } from './stack-trace.ts'

const MAX_DOCUMENT_BYTES = 64 * 1024
const MAX_NAME_LENGTH = 200
const NOT_IN_NAMES = /[^\p{L}\p{N}\p{Z}_.:/%&#=+\-@]/gu
/** OTLP's span flags: whether it is known where the parent is, and whether that is another process. */
const HAS_IS_REMOTE = 0x100
const IS_REMOTE = 0x200
/** Attributes for which documents have fields. */
const HAS_FIELD = /^(http\.(request|response)\.|url\.|client\.|user_agent\.|exception\.|aws\.xray\.)/

/**
 * Converts a span to the document that X-Ray shows for it. Where the trace enters a process, that is a segment with the
 * service's name, else an independent subsegment. Attributes become metadata, except those that `aws.xray.annotations`
 * lists.
 *
 * Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter
 */
export function documentOfSpan(sent: Span): string {
  const span = { ...sent, attributes: withTodaysHttpNames(sent.attributes) }
  const document = { ...core(span), ...fields(span, sent.attributes) }
  const text = JSON.stringify(document)
  if (Buffer.byteLength(text) <= MAX_DOCUMENT_BYTES) return text
  return JSON.stringify({ ...document, metadata: undefined, cause: undefined })
}

function core(span: Span) {
  return {
    ...(isSegment(span) ? { name: nameOf(span.service) } : subsegmentHead(span)),
    id: span.spanId,
    trace_id: toXRayTraceId(span.traceId),
    ...(span.parentSpanId && { parent_id: span.parentSpanId }),
    start_time: seconds(span.startTimeUnixNano),
    end_time: seconds(span.endTimeUnixNano),
  }
}

function isSegment({ parentSpanId, flags, kind }: Span): boolean {
  if (parentSpanId === '') return true
  return (flags & HAS_IS_REMOTE) !== 0 ? (flags & IS_REMOTE) !== 0 : kind === 'SERVER' || kind === 'CONSUMER'
}

function subsegmentHead({ name, kind, attributes }: Span) {
  const isCall = kind === 'CLIENT' || kind === 'PRODUCER'
  const peer = attributes['peer.service'] ?? attributes['net.peer.name'] ?? attributes['server.address']
  return {
    name: nameOf(isCall && typeof peer === 'string' ? peer : name),
    type: 'subsegment',
    ...(isCall && { namespace: 'remote' }),
  }
}

function nameOf(text: string): string {
  return text.replace(NOT_IN_NAMES, '_').slice(0, MAX_NAME_LENGTH).trim() || 'unknown'
}

/** `sent`: the attributes under the names that they were sent with. */
function fields(span: Span, sent: Attributes) {
  const { attributes, resource } = span
  const exceptions = exceptionsOf(span)
  const listed = attributes['aws.xray.annotations']
  const annotated = new Set(Array.isArray(listed) ? listed : [])
  const entries = Object.entries(sent)
  const annotations = entries.filter(([key]) => annotated.has(key))
  const metadata = entries.filter(
    ([key]) => !annotated.has(key) && !HAS_FIELD.test(key) && !isOldHttpName(key),
  )
  return {
    ...httpOf(span),
    ...sqlOf(attributes),
    ...flagsOf(span),
    ...(exceptions.length > 0 && { cause: { exceptions } }),
    annotations: Object.fromEntries(
      annotations.map(([key, value]) => [key.replace(/[^A-Za-z0-9_]/g, '_'), value]),
    ),
    metadata: {
      default: { span_name: span.name, ...Object.fromEntries(metadata) },
      ...(!isTooLarge(resource) && { resource }),
    },
  }
}

/** By resource, which many spans share: each of them would be written with it and then without. */
const tooLarge = new WeakMap<Attributes, boolean>()

function isTooLarge(resource: Attributes): boolean {
  const known = tooLarge.get(resource)
  if (known !== undefined) return known
  const is = Buffer.byteLength(JSON.stringify(resource)) > MAX_DOCUMENT_BYTES
  tooLarge.set(resource, is)
  return is
}

function httpOf({ attributes, kind }: Span) {
  const method = attributes['http.request.method']
  if (typeof method !== 'string') return {}
  const status = attributes['http.response.status_code']
  const isServer = kind === 'SERVER'
  return {
    http: {
      request: {
        method,
        url: attributes['url.full'] ?? serverUrl(attributes),
        ...(isServer && {
          user_agent: attributes['user_agent.original'],
          client_ip: attributes['client.address'],
        }),
      },
      response: typeof status === 'number' ? { status } : {},
    },
  }
}

function serverUrl(attributes: Attributes): string | undefined {
  const { 'url.scheme': scheme, 'server.address': host, 'server.port': port, 'url.path': path } = attributes
  if (typeof scheme !== 'string' || typeof host !== 'string') return undefined
  const query = attributes['url.query']
  return `${scheme}://${host}${port ? `:${port}` : ''}${path ?? ''}${query ? `?${query}` : ''}`
}

function sqlOf(attributes: Attributes) {
  const type = attributes['db.system.name'] ?? attributes['db.system']
  if (typeof type !== 'string') return {}
  const query = attributes['db.query.text'] ?? attributes['db.statement']
  return { sql: { database_type: type, sanitized_query: query, user: attributes['db.user'] } }
}

function flagsOf({ attributes, status }: Span) {
  const code = Number(attributes['http.response.status_code'] ?? 0)
  if (code === 429) return { error: true, throttle: true }
  if (code >= 400 && code < 500) return { error: true }
  return code >= 500 || status.code === 'ERROR' ? { fault: true } : {}
}

/** Epoch nanoseconds as epoch seconds. A double keeps a quarter of a microsecond. */
function seconds(nanoseconds: string): number {
  return Number(BigInt(nanoseconds) / 1_000n) / 1e6
}

/**
 * A span's `exception` events, each followed by its causes, as the exceptions of a document's cause. An exception names its
 * cause by its id.
 */
function exceptionsOf({ events, spanId, resource }: Span) {
  const chains = events
    .filter(({ name }) => name === 'exception')
    .map(({ attributes }) => {
      const stacktrace = String(attributes['exception.stacktrace'] ?? '')
      const [stack = [], causes] = readStackTrace(
        stacktrace,
        String(resource['telemetry.sdk.language'] ?? ''),
      )
      return [
        {
          type: String(attributes['exception.type'] ?? 'Error'),
          message: String(attributes['exception.message'] ?? ''),
          stack,
        },
        ...causes,
      ]
    })
  const idOf = (chain: number, depth: number) =>
    createHash('sha256').update(`${spanId} ${chain} ${depth}`).digest('hex').slice(0, 16)
  return chains.flatMap((exceptions, chain) =>
    exceptions.map((exception, depth) => ({
      id: idOf(chain, depth),
      ...exception,
      ...(depth + 1 < exceptions.length && { cause: idOf(chain, depth + 1) }),
    })),
  )
}
