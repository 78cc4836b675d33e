import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Attributes } from '@opentelemetry/api'

/** Known methods. Using others in span names would let a client create any number of names. */
const METHODS = new Set('GET HEAD POST PUT PATCH DELETE OPTIONS CONNECT TRACE QUERY'.split(' '))

export type Scheme = 'http' | 'https'

export interface Target {
  readonly path: string
  /** Without the question mark; empty if there is none. */
  readonly query: string
}

/**
 * Splits a request's target into path and query. A target that is a path is not parsed as a URL, which would change
 * `//a?b`. Of an absolute URL, which proxies send, only path and query are used, so that a password in it is not recorded.
 */
export function targetOf({ url = '/' }: IncomingMessage): Target {
  if (!url.startsWith('/') && URL.canParse(url)) {
    const { pathname, search } = new URL(url)
    return { path: pathname, query: search.slice(1) }
  }
  const [path = '', ...query] = url.split('?')
  return { path, query: query.join('?') }
}

/** Methods are case-sensitive: `get` is unknown. */
export function isKnownMethod(method: string): boolean {
  return METHODS.has(method)
}

/** `GET`, or `HTTP` for an unknown method. The route is added when it is known (incoming-http.ts). */
export function methodName({ method = 'GET' }: { readonly method?: string | undefined }): string {
  return METHODS.has(method) ? method : 'HTTP'
}

/**
 * The attributes that are known when a request arrives. What the client asked for, and from where, is read from
 * `X-Forwarded-*` as far as `trustedProxies` wrote it. `hasPeerPort`: whether the privacy options allow the client's port.
 * Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-semantic-conventions
 */
export function requestAttributes(
  request: IncomingMessage,
  scheme: Scheme,
  { path, query }: Target,
  trustedProxies = 0,
  hasPeerPort = true,
): Attributes {
  const { method = 'GET', headers, socket } = request
  const { host, port } = splitHost(requestedHost(request, trustedProxies))
  // A span has no attribute for an undefined value.
  return {
    'http.request.method': METHODS.has(method) ? method : '_OTHER',
    'http.request.method_original': METHODS.has(method) ? undefined : method,
    'url.scheme': requestedScheme(request, trustedProxies) ?? scheme,
    'url.path': path,
    'url.query': query || undefined,
    'server.address': host || undefined,
    'server.port': port,
    'client.address': clientAddressOf(request, trustedProxies),
    'network.peer.address': socket.remoteAddress,
    'network.peer.port': hasPeerPort ? socket.remotePort : undefined,
    'network.protocol.version': request.httpVersion,
    'user_agent.original': headers['user-agent'],
  }
}

/** The status that was sent; undefined if the client disconnected earlier. */
export function sentStatusOf({ headersSent, statusCode }: ServerResponse): number | undefined {
  return headersSent ? statusCode : undefined
}

/** The scheme that the client used, where a trusted proxy terminates TLS. */
export function requestedScheme({ headers }: IncomingMessage, trustedProxies: number): Scheme | undefined {
  const scheme = entryOfProxy(headers['x-forwarded-proto'], trustedProxies)
  return scheme === 'http' || scheme === 'https' ? scheme : undefined
}

/** The host, with its port if it has one, that the client asked for. */
export function requestedHost({ headers }: IncomingMessage, trustedProxies: number): string {
  return entryOfProxy(headers['x-forwarded-host'], trustedProxies) ?? headers.host ?? ''
}

/** The address of the client, which connected to the outermost of the trusted proxies. */
export function clientAddressOf(
  { headers, socket }: IncomingMessage,
  trustedProxies: number,
): string | undefined {
  return entryOfProxy(headers['x-forwarded-for'], trustedProxies) ?? socket.remoteAddress
}

/**
 * The entry of a comma-separated header that the outermost of so many proxies wrote; undefined for no proxy. Each proxy
 * adds an entry at the end, or replaces all.
 */
function entryOfProxy(header: string | string[] | undefined, trustedProxies: number): string | undefined {
  if (header === undefined || trustedProxies === 0) return undefined
  const entries = String(header).split(',')
  return (entries.at(-trustedProxies) ?? entries[0])?.trim() || undefined
}

/** Splits a Host header into host and, if it has one, port. An IPv6 address keeps its brackets. */
function splitHost(header: string): { host: string; port?: number } {
  const [, host, port] = /^(.*):([1-9]\d*)$/.exec(header) ?? []
  return host === undefined ? { host: header } : { host, port: Number(port) }
}
