import type { Span as ApiSpan } from '@opentelemetry/api'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { ATTR_URL_FULL, ATTR_URL_QUERY } from '@opentelemetry/semantic-conventions'

const REDACTED = 'REDACTED'

/**
 * A query string with only the named parameters' values; the others keep their name, so that one still sees what was
 * asked for. A part without `=` is no name. No question mark in front.
 */
export function redactQuery(query: string, allowed: ReadonlySet<string>): string {
  return query
    .replace(/^\?/, '')
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=')
      if (at === -1) return REDACTED
      const name = part.slice(0, at)
      return allowed.has(decoded(name.replaceAll('+', ' '))) ? part : `${name}=${REDACTED}`
    })
    .join('&')
}

/** What is percent-encoded, as it is meant; a `%` that begins no escape stands for itself, and all else with it. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** An address without credentials and fragment, its query redacted. What is no address loses all behind `?`. */
export function redactUrl(text: string, allowed: ReadonlySet<string>): string {
  if (!URL.canParse(text)) {
    const [path = '', query] = text.split('#')[0]?.split('?', 2) ?? []
    return query === undefined ? path : `${path}?${redactQuery(query, allowed)}`
  }
  const url = new URL(text)
  url.username = ''
  url.password = ''
  url.hash = ''
  url.search = redactQuery(url.search, allowed)
  return url.href
}

/**
 * Takes the values of query parameters out of every span as it starts, whichever instrumentation made it: people put
 * tokens there, and the instrumentations record them as they are. An allow-list, because nobody can list all names.
 */
export function createRedactionProcessor(allowedQueryParameters: readonly string[]): SpanProcessor {
  const allowed = new Set(allowedQueryParameters)
  return {
    onStart(span) {
      const { [ATTR_URL_QUERY]: query, [ATTR_URL_FULL]: full } = span.attributes
      if (typeof query === 'string' && query !== '') {
        ;(span as ApiSpan).setAttribute(ATTR_URL_QUERY, redactQuery(query, allowed))
      }
      if (typeof full === 'string') (span as ApiSpan).setAttribute(ATTR_URL_FULL, redactUrl(full, allowed))
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}
