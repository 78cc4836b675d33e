/** Host and path of an address, which may be a path alone. The host is in lower case, with its port; the path is decoded. */
export function addressOf(text: string): { readonly host: string; readonly path: string } {
  if (text.startsWith('/')) return { host: '', path: pathOf(text) }
  const url = URL.parse(text)
  return url ? { host: url.host.toLowerCase(), path: pathOf(url.pathname) } : { host: '', path: '' }
}

/** Decoded, without query and trailing slash; empty for what is no path. */
export function pathOf(target: string): string {
  const [path = ''] = target.split(/[?#]/, 1)
  if (!path.startsWith('/')) return ''
  const decoded = withoutEscapes(path)
  return decoded.length > 1 ? decoded.replace(/\/+$/, '') || '/' : decoded
}

function withoutEscapes(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

/** Characters of a name that is made of an address. */
const MAX_NAME = 300

/**
 * What a span of the same request is called: `GET /api/x`, with the route where it is known. Undefined without a method or a
 * path. The values are as a segment has them, of any type.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
 */
export function requestName(method: unknown, url: unknown, route?: unknown): string | undefined {
  if (typeof method !== 'string' || method === '') return undefined
  const place =
    typeof route === 'string' && route ? route : typeof url === 'string' ? addressOf(url).path : ''
  return place ? `${method.toUpperCase()} ${place}`.slice(0, MAX_NAME) : undefined
}
