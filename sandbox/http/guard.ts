import type { IncomingHttpHeaders } from 'node:http'
import { hostName, isAllowedHost, isLoopback, toHostNames, workspaceOf } from '../../contracts/host-names.ts'
import { matchesOrigin, parseOriginPattern } from '../../contracts/origin-pattern.ts'
import { isPartOfForeignPage, isSameOrigin } from '../../contracts/page-requests.ts'
import { HttpError } from './answer.ts'

/** Of a page that may not do what it tried. Any site in the person's browser can cause it. */
export class ForeignPageError extends HttpError {
  override readonly name = 'ForeignPageError'
  /** Empty where the browser named none. */
  readonly origin: string

  constructor(message: string, { origin, referer }: IncomingHttpHeaders) {
    super(403, message)
    this.origin = origin ?? (referer !== undefined && URL.canParse(referer) ? new URL(referer).origin : '')
  }
}

/** Whether a page sent it, of whatever origin. */
function isOfPage({ origin, 'sec-fetch-site': site, 'user-agent': agent }: IncomingHttpHeaders): boolean {
  return origin !== undefined || site !== undefined || agent?.startsWith('Mozilla/') === true
}

export interface GuardedRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** The local address of the connection. */
  readonly localAddress: string | undefined
}

export interface Guard {
  /** The Host header must name this machine. */
  checkHost(request: GuardedRequest): void
  /**
   * Requests other than reads must not come from a page of another origin. Where the route `takesTelemetry`, pages of
   * this machine may send them, and those of the allowed origins. Returns the origin of such a page; undefined for other
   * clients and for the sandbox's own pages.
   *
   * Reads must not be part of a page of another site, which could measure or slow them: a script, an image, a stylesheet,
   * `fetch` or `EventSource`. Links may come from any site. So may frames, which browsers load and then do not show, because
   * of the policy of pages and of JSON.
   */
  checkOrigin(request: GuardedRequest, takesTelemetry: boolean): string | undefined
}

export interface GuardOptions {
  /** Further names of this machine; `*.example.org` matches all names below, `*` matches any. */
  readonly allowedHosts: readonly string[]
  /** Further origins whose pages may send telemetry: OriginPatterns, or `*` for all, which includes `null`. */
  readonly allowedOrigins?: readonly string[] | undefined
}

/**
 * Creates the checks that keep web pages out, since no route needs a password. Both throw an HttpError (403) that says
 * what to do, of a page a ForeignPageError.
 */
export function createGuard({ allowedHosts, allowedOrigins = [] }: GuardOptions): Guard {
  const names = toHostNames(allowedHosts)
  const isAnyOrigin = allowedOrigins.includes('*')
  const patterns = allowedOrigins.flatMap((entry) => parseOriginPattern(entry) ?? [])

  /** Whether pages of this origin come from this machine, or from a forwarded port of the same cloud workspace. */
  const isOfThisMachine = (host: string, headers: IncomingHttpHeaders): boolean => {
    const own = [...names, hostName(headers.host ?? ''), hostName(String(headers['x-forwarded-host'] ?? ''))]
    const workspace = workspaceOf(host)
    return (
      isLoopback(host) ||
      own.includes(host) ||
      (workspace !== undefined && own.some((name) => workspaceOf(name) === workspace))
    )
  }

  const isAllowedOrigin = (text: string, headers: IncomingHttpHeaders): boolean => {
    if (isAnyOrigin) return true
    const origin = parseOriginPattern(text)
    if (!origin) return false
    const isWeb = origin.scheme === 'http' || origin.scheme === 'https'
    return (
      (isWeb && isOfThisMachine(hostName(origin.host), headers)) ||
      patterns.some((pattern) => matchesOrigin(pattern, origin))
    )
  }

  return {
    checkHost({ headers, localAddress }) {
      if (isAllowedHost(headers.host, localAddress, names)) return
      const reason = `The sandbox does not answer to the host name "${hostName(headers.host ?? '')}". If it is yours, add it to SANDBOX_ALLOWED_HOSTS.`
      throw isOfPage(headers) ? new ForeignPageError(reason, headers) : new HttpError(403, reason)
    },
    checkOrigin({ method, headers }, takesTelemetry) {
      const { origin } = headers
      if (method === 'GET' || method === 'HEAD') {
        if (!isPartOfForeignPage(headers) || (origin !== undefined && isAllowedOrigin(origin, headers)))
          return undefined
        throw new ForeignPageError(
          'Pages of another site may link to the sandbox, and not load parts of it: open its viewer in a tab.',
          headers,
        )
      }
      if (isSameOrigin(headers)) return undefined
      if (origin !== undefined && takesTelemetry && isAllowedOrigin(origin, headers)) return origin
      throw new ForeignPageError(reasonOf(origin, takesTelemetry), headers)
    },
  }
}

const FIX = 'add it to SANDBOX_ALLOWED_ORIGINS'

function reasonOf(origin: string | undefined, takesTelemetry: boolean): string {
  if (origin === undefined)
    return 'The sandbox takes no telemetry from pages whose browser does not name their origin.'
  if (!takesTelemetry) {
    return `Pages of another origin ("${origin}") may only send telemetry to the sandbox: POST /v1/traces, /v1/logs, /v1/metrics and /api/1/item/.`
  }
  if (origin === 'null') {
    return 'The sandbox takes no telemetry from pages without an origin, such as those that are opened from a file or in a sandboxed frame. Serve the page on http://localhost.'
  }
  return `The sandbox takes no telemetry from pages of the origin "${origin}". If it is yours, ${FIX}.`
}
