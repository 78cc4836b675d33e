import { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { FormOf } from '../errors/plain-value.ts'
import { clientAddressOf } from '../instrumentation/http-attributes.ts'
import type { CompleteOptions } from '../options.ts'
import { recordedAddress, recordedHeaders } from '../privacy/client.ts'
import { redactUrl } from '../privacy/redaction.ts'

export type HttpFormOptions = Pick<CompleteOptions, 'allowedQueryParameters' | 'privacy' | 'trustedProxies'>

/**
 * Returns the form in which Node's HTTP objects are logged: what the privacy options allow of a request (method, URL, some
 * headers, the client's address), and the status of a response. Their own fields hold every header, and a socket's hold
 * those of its requests.
 */
export function createHttpForm({ allowedQueryParameters, privacy, trustedProxies }: HttpFormOptions): FormOf {
  const allowed = new Set(allowedQueryParameters)
  // The referring page is for investigating failed requests, in Rollbar.
  const limits = { ...privacy, referrer: 'none' } as const

  function requestForm(request: IncomingMessage): object {
    const { method, headers, url } = request
    // Express has the address before a router has removed its mount path.
    const { originalUrl } = request as { originalUrl?: unknown }
    return {
      method,
      url: redactUrl(typeof originalUrl === 'string' ? originalUrl : (url ?? '/'), allowed),
      headers: recordedHeaders(headers, limits, allowed),
      remoteAddress: recordedAddress(clientAddressOf(request, trustedProxies), privacy.clientAddress),
    }
  }

  return (part) => {
    if (part instanceof IncomingMessage) {
      // The answer to an outgoing request is an IncomingMessage, too.
      return typeof part.statusCode === 'number' ? { statusCode: part.statusCode } : requestForm(part)
    }
    if (part instanceof ServerResponse) return { statusCode: part.statusCode }
    if (part instanceof ClientRequest) {
      const { method, protocol, host, path } = part
      return { method, url: redactUrl(`${protocol}//${host}${path}`, allowed) }
    }
    return part instanceof Socket ? '[socket]' : undefined
  }
}
