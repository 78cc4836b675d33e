import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { HttpError } from './answer.ts'

/** Domains of forwarded ports in cloud workspaces. Their owners do not point them at other machines. */
const WORKSPACE_DOMAINS = ['gitpod.io', 'gitpod.dev', 'gitpod.cloud', 'app.github.dev']

export interface GuardedRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** The local address of the connection. */
  readonly localAddress: string | undefined
}

/**
 * Creates the check that keeps other sites' web pages out, since no route needs a password.
 * - The Host header must name this machine. A page that rebinds its own name to 127.0.0.1 fails here
 *   (https://en.wikipedia.org/wiki/DNS_rebinding).
 * - Requests that change something must not come from another site's page (Origin, Sec-Fetch-Site).
 *
 * `allowedHosts` are further names; `*.example.org` matches all names below, `*` matches any.
 * The check throws an HttpError (403) that says what to do.
 */
export function createGuard(allowedHosts: readonly string[]): (request: GuardedRequest) => void {
  const names = new Set(allowedHosts.map((name) => name.trim().toLowerCase()).filter(Boolean))
  const domains = [...names].filter((name) => name.startsWith('*.')).map((name) => name.slice(2))
  domains.push(...WORKSPACE_DOMAINS)

  const isAllowed = (host: string, localAddress: string | undefined): boolean =>
    names.has('*') ||
    names.has(host) ||
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    isLoopback(host) ||
    (isIP(host) !== 0 && host === localAddress?.replace(/^::ffff:/, '')) ||
    domains.some((domain) => host.endsWith(`.${domain}`))

  return ({ method, headers, localAddress }) => {
    const host = hostName(headers.host ?? '')
    if (!isAllowed(host, localAddress)) {
      throw new HttpError(
        403,
        `The sandbox does not answer to the host name "${host}". If it is yours, add it to SANDBOX_ALLOWED_HOSTS.`,
      )
    }
    if (method !== 'GET' && method !== 'HEAD' && isCrossSite(headers)) {
      throw new HttpError(403, 'The sandbox does not accept writes from pages of another site.')
    }
  }
}

function isCrossSite(headers: IncomingHttpHeaders): boolean {
  if (headers['sec-fetch-site'] === 'cross-site') return true
  const { origin } = headers
  if (origin === undefined) return false
  const host = URL.canParse(origin) ? new URL(origin).host : ''
  return host === '' || ![headers.host, headers['x-forwarded-host']].includes(host)
}

/** The name in a Host header, in lower case, without port and without IPv6 brackets. */
function hostName(header: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header.trim().toLowerCase())
  return (match?.[1] ?? match?.[2] ?? '').replace(/\.$/, '')
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
