import type { IncomingHttpHeaders } from 'node:http'

/** s; Chromium keeps no preflight's answer longer. */
const MAX_AGE_S = 7_200
/** The names of headers, of which a page may ask for any number. */
const HEADER_NAMES = /^[\w!#$%&'*+.^`|~-]+( *, *[\w!#$%&'*+.^`|~-]+)*$/
/**
 * What else pages read of an answer: when to try again, Rollbar's limits, and what rollbar.js 3 reads of each answer (without
 * this the browser's console complains), though the sandbox sends nothing of it.
 *
 * Source: https://github.com/rollbar/rollbar.js/blob/master/src/browser/transport/xhr.js
 */
const EXPOSED = [
  'retry-after',
  'x-rate-limit-remaining',
  'x-rate-limit-remaining-seconds',
  'rollbar-replay-enabled',
  'rollbar-replay-ratelimit-remaining',
  'rollbar-replay-ratelimit-reset',
].join(', ')

/**
 * The method that a preflight asks for; undefined for any other request.
 *
 * Source: https://fetch.spec.whatwg.org/#cors-preflight-request
 */
export function preflightedMethod(method: string, headers: IncomingHttpHeaders): string | undefined {
  return method === 'OPTIONS' && headers.origin ? headers['access-control-request-method'] : undefined
}

/** Lets pages of `origin` read the answer. Credentials are not allowed, as by Honeycomb and Rollbar. */
export function crossOriginHeaders(origin: string): Record<string, string> {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': EXPOSED,
    vary: 'Origin',
  }
}

/**
 * What a preflight's answer has beside {@link crossOriginHeaders}. Each header that the page asks for is allowed: exporters
 * can be given any, and instrumentation adds others (`traceparent`, `baggage`). Chromium asks whether a public page may
 * reach a private address.
 *
 * Source: https://fetch.spec.whatwg.org/#http-cors-protocol, https://wicg.github.io/private-network-access/#headers
 */
export function preflightHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const asked = headers['access-control-request-headers'] ?? ''
  const isPrivate = headers['access-control-request-private-network'] === 'true'
  return {
    'access-control-allow-methods': 'POST',
    ...(HEADER_NAMES.test(asked) && { 'access-control-allow-headers': asked }),
    'access-control-max-age': String(MAX_AGE_S),
    ...(isPrivate && { 'access-control-allow-private-network': 'true' }),
    vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Private-Network',
  }
}
