import { type Attributes, SpanKind } from '@opentelemetry/api'

/** The `http` block of a segment document. Source: the same page as the segment's fields, "HTTP request data". */
export interface HttpBlock {
  request?: { method?: string; url?: string; user_agent?: string; client_ip?: string; traced?: boolean }
  response?: { status?: number; content_length?: number }
}

/** X-Ray's account of an HTTP call from OpenTelemetry's attributes, in which query strings are redacted already. */
export function httpBlock(attributes: Attributes, kind: SpanKind): HttpBlock | undefined {
  const method = text(attributes['http.request.method'])
  if (!method) return undefined
  const status = attributes['http.response.status_code']
  const length = attributes['http.response.body.size'] ?? attributes['http.response.header.content-length']
  const isServer = kind === SpanKind.SERVER
  return {
    request: {
      method,
      ...optional('url', requestUrl(attributes)),
      ...(isServer && optional('user_agent', text(attributes['user_agent.original']))),
      ...(isServer && optional('client_ip', text(attributes['client.address']))),
    },
    response: {
      ...(typeof status === 'number' && { status }),
      ...(typeof length === 'number' && { content_length: length }),
    },
  }
}

function requestUrl(attributes: Attributes): string | undefined {
  const full = text(attributes['url.full'])
  if (full) return full
  const scheme = text(attributes['url.scheme'])
  const host = hostHeader(attributes)
  if (!scheme || !host) return undefined
  const query = text(attributes['url.query'])
  return `${scheme}://${host}${text(attributes['url.path']) ?? ''}${query ? `?${query}` : ''}`
}

/** The Host header as it was sent, as far as the attributes keep it: `name` or `name:port`. */
export function hostHeader(attributes: Attributes): string | undefined {
  const address = text(attributes['server.address'])
  const port = attributes['server.port']
  return address && typeof port === 'number' ? `${address}:${port}` : address
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function optional<Key extends string>(key: Key, value: string | undefined): { [K in Key]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [K in Key]?: string }
}
