import type { IncomingHttpHeaders } from 'node:http'

/** Of a key in the name of a sender. */
const MAX_KEY_LENGTH = 200

/**
 * Who sends a request, for turns between senders: the address and the provider's key. AWS's signatures differ in each
 * request, behind the slash that ends the access key's id; a key in a body is not known yet.
 */
export function senderOf(remoteAddress: string | undefined, headers: IncomingHttpHeaders): string {
  const { 'x-honeycomb-team': team, 'x-rollbar-access-token': token, authorization } = headers
  const key = team ?? token ?? authorization?.split('/', 1)[0] ?? ''
  return `${remoteAddress} ${String(key).slice(0, MAX_KEY_LENGTH)}`
}
