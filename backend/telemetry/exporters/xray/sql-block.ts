import type { Attributes } from '@opentelemetry/api'

/**
 * The `sql` block of a subsegment document.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-sql
 */
export interface SqlBlock {
  url?: string
  database_type: string
  sanitized_query?: string
}

/** `cruddur@db.example`, as X-Ray's own SDKs name a database; undefined where the span is not a call to one. */
export function databaseName(attributes: Attributes): string | undefined {
  const system = text(attributes['db.system.name'])
  const host = text(attributes['server.address'])
  if (!system || !host) return undefined
  return `${text(attributes['db.namespace']) ?? system}@${host}`
}

/**
 * X-Ray's account of a query from OpenTelemetry's attributes. The address is put together from its parts, among which
 * no password is; the query is as it was written, with placeholders where the values go.
 */
export function sqlBlock(attributes: Attributes): SqlBlock | undefined {
  const system = text(attributes['db.system.name'])
  if (!system) return undefined
  const url = databaseUrl(system, attributes)
  const query = text(attributes['db.query.text'])
  return { ...(url && { url }), database_type: system, ...(query && { sanitized_query: query }) }
}

function databaseUrl(system: string, attributes: Attributes): string | undefined {
  const host = text(attributes['server.address'])
  if (!host) return undefined
  const port = attributes['server.port']
  const database = text(attributes['db.namespace'])
  const authority = typeof port === 'number' ? `${host}:${port}` : host
  return `${system}://${authority}${database ? `/${database}` : ''}`
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
