import { isIP } from 'node:net'
import type { RequestHandler } from 'express'
import { hostName, isAllowedHost, isUnspecifiedAddress, toHostNames } from '../contracts/host-names.ts'
import { JSON_HEADERS } from '../contracts/json-headers.ts'
import { isPartOfForeignPage, isSameOrigin } from '../contracts/page-requests.ts'
import type { Settings } from '../settings/read.ts'
import { HttpError } from './telemetry/express.ts'

/** The names by which api and profiles may be called, for {@link guard}. */
export function allowedHosts(
  settings: Pick<Settings, 'BACKEND_HOST' | 'BACKEND_ALLOWED_HOSTS'>,
): readonly string[] {
  return [settings.BACKEND_HOST, ...(settings.BACKEND_ALLOWED_HOSTS ?? [])]
}

/** Adds the headers of JSON to every response: services send nothing else. */
export function securityHeaders(): RequestHandler {
  return (_request, response, next) => {
    response.set(JSON_HEADERS)
    next()
  }
}

/**
 * Keeps web pages of other sites out, since every client may sign in as any user. Throws an HttpError (403) for a Host
 * header that is not this machine's, and for requests of pages of another origin, except links to a read.
 *
 * Every address of IP is allowed, except 0.0.0.0 and ::, because a page cannot make its own name one. Probes, load balancers
 * and published ports of containers use addresses that the process does not know. `allowedHosts`: further names.
 */
export function guard(allowedHosts: readonly string[]): RequestHandler {
  const further = toHostNames(allowedHosts)
  return ({ method, headers, socket }, _response, next) => {
    const host = hostName(headers.host ?? '')
    const isAddress = isIP(host) !== 0 && !isUnspecifiedAddress(host)
    if (!isAddress && !isAllowedHost(headers.host, socket.localAddress, further)) {
      throw new HttpError(
        403,
        `This service does not answer to the host name "${host}". If it is yours, add it to BACKEND_ALLOWED_HOSTS.`,
      )
    }
    const isRead = method === 'GET' || method === 'HEAD'
    if (isRead ? isPartOfForeignPage(headers) : !isSameOrigin(headers)) {
      throw new HttpError(403, 'Pages of another origin may link to this service, and send it nothing else.')
    }
    next()
  }
}
