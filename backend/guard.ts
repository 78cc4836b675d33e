import { isIP } from 'node:net'
import type { RequestHandler } from 'express'
import { hostName, isAllowedHost } from '../contracts/host-names.ts'
import { JSON_HEADERS } from '../contracts/json-headers.ts'
import { isPartOfForeignPage, isSameOrigin } from '../contracts/page-requests.ts'
import { HttpError } from './telemetry/express.ts'

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
 * Every address of IP is allowed: a page cannot make its own name one. Probes, load balancers and published ports of
 * containers use addresses that the process does not know. `allowedHosts`: further names, as of {@link isAllowedHost}.
 */
export function guard(allowedHosts: readonly string[]): RequestHandler {
  const further = new Set(allowedHosts)
  return ({ method, headers, socket }, _response, next) => {
    const host = hostName(headers.host ?? '')
    if (isIP(host) === 0 && !isAllowedHost(headers.host, socket.localAddress, further)) {
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
