import type { IncomingMessage } from 'node:http'
import { routeOf } from '../../instrumentation/express-routes.ts'
import { clientAddressOf, requestedHost, requestedScheme } from '../../instrumentation/http-attributes.ts'
import type { CompleteOptions } from '../../options.ts'
import { recordedAddress, recordedHeaders } from '../../privacy/client.ts'
import { redactUrl } from '../../privacy/redaction.ts'

/** What rollbar.js reads of a request. */
export interface ReportedRequest {
  readonly method: string
  readonly url: string
  readonly protocol: string
  readonly headers: Readonly<Record<string, string>>
  readonly ip: string | undefined
  readonly route?: { readonly path: string }
}

type Options = Pick<CompleteOptions, 'allowedQueryParameters' | 'privacy' | 'trustedProxies'>

/** Method, URL, route and some headers of a request, but not its body and its user, which are people's data. */
export function redactRequest(
  request: IncomingMessage,
  { allowedQueryParameters, privacy, trustedProxies }: Options,
): ReportedRequest {
  const { method = 'GET', headers, socket } = request
  const allowed = new Set(allowedQueryParameters)
  // Express has the address before a router has removed its mount path.
  const express = request as { originalUrl?: string }
  const route = routeOf(request)
  return {
    method,
    url: redactUrl(express.originalUrl ?? request.url ?? '/', allowed),
    protocol: requestedScheme(request, trustedProxies) ?? ('encrypted' in socket ? 'https' : 'http'),
    headers: { ...recordedHeaders(headers, privacy, allowed), host: requestedHost(request, trustedProxies) },
    ip: recordedAddress(clientAddressOf(request, trustedProxies), privacy.clientAddress),
    ...(route !== undefined && { route: { path: route } }),
  }
}
