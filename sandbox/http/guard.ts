import type { IncomingHttpHeaders } from 'node:http'
import { isIP } from 'node:net'
import { HttpError } from './answer.ts'

/** What the cloud workspaces put before a forwarded port; nobody can point these names at somebody's own machine. */
const WORKSPACE_DOMAINS = ['gitpod.io', 'gitpod.dev', 'gitpod.cloud', 'app.github.dev']

export interface GuardedRequest {
  readonly method: string
  readonly headers: IncomingHttpHeaders
  /** The address that the connection came in on. */
  readonly localAddress: string | undefined
}

/**
 * Makes the check that keeps other people's web pages out, although no door asks for a password.
 * - The Host header must be a name of this machine: a page that rebinds its own name to 127.0.0.1 fails here
 *   (https://en.wikipedia.org/wiki/DNS_rebinding).
 * - What changes something must not come from a page of another site (Origin, Sec-Fetch-Site).
 *
 * `allowedHosts` are further names; `*.example.org` stands for all names below, `*` for any.
 * The check throws a HttpError (403) with a sentence that says what to do.
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
      throw new HttpError(403, 'The sandbox takes no writing requests from pages of another site.')
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

/** The name in a Host header: without port, without the brackets of IPv6, in lower case. */
function hostName(header: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header.trim().toLowerCase())
  return (match?.[1] ?? match?.[2] ?? '').replace(/\.$/, '')
}

function isLoopback(host: string): boolean {
  return host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
}
