import type { IncomingHttpHeaders } from 'node:http'

/**
 * Whether a program sends this, or a page of the server's own origin. Other pages cannot change `Sec-Fetch-Site`. Browsers
 * send it to `localhost`, 127.0.0.1 and over TLS; to other addresses they send the origin of all but reads.
 *
 * Source: https://www.w3.org/TR/fetch-metadata/
 */
export function isSameOrigin(headers: IncomingHttpHeaders): boolean {
  const { origin, host, 'sec-fetch-site': site, 'x-forwarded-host': forwarded } = headers
  if (site !== undefined) return site === 'same-origin' || site === 'none'
  if (origin === undefined) return true
  const named = URL.canParse(origin) ? new URL(origin).host : ''
  return named !== '' && [host, forwarded].includes(named)
}

/**
 * Whether a page of another site loads this as a part of it, by the Resource Isolation Policy: all but navigation, of which
 * `<object>` and `<embed>` are none. Of a request without metadata the origin decides, which `fetch` and `EventSource` send.
 *
 * Source: https://web.dev/articles/fetch-metadata
 */
export function isPartOfForeignPage(headers: IncomingHttpHeaders): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': target } = headers
  if (site === undefined) return !isSameOrigin(headers)
  return site === 'cross-site' && !(mode === 'navigate' && target !== 'object' && target !== 'embed')
}
