/** An origin of web pages, or many: `https://shop.example`, `http://localhost:*`, `https://*.example.org`. */
export interface OriginPattern {
  readonly scheme: string
  /** In lower case; an IPv6 address has its brackets. */
  readonly host: string
  /** Whether all names below `host` are meant, instead of `host` itself. */
  readonly isBelow: boolean
  /** Empty for the scheme's own port; `*` for every port. */
  readonly port: string
}

const PATTERN = /^([a-z][a-z0-9+.-]*):\/\/(\*\.)?(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}|\*))?\/?$/
const DEFAULT_PORTS: Readonly<Record<string, string>> = { http: '80', https: '443' }

/**
 * Parses an origin, as browsers write it into `Origin`, or a pattern of origins. Undefined for anything else, such as an
 * address with a path, or `null`.
 *
 * Source: https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin
 */
export function parseOriginPattern(text: string): OriginPattern | undefined {
  const [, scheme, below, host, port = ''] = PATTERN.exec(text.trim().toLowerCase()) ?? []
  if (scheme === undefined || host === undefined) return undefined
  return { scheme, host, isBelow: below !== undefined, port: port === DEFAULT_PORTS[scheme] ? '' : port }
}

/** Whether `pattern` is `origin`, or matches it. */
export function matchesOrigin(pattern: OriginPattern, origin: OriginPattern): boolean {
  return (
    pattern.scheme === origin.scheme &&
    (pattern.port === '*' || pattern.port === origin.port) &&
    (pattern.isBelow ? origin.host.endsWith(`.${pattern.host}`) : pattern.host === origin.host)
  )
}
