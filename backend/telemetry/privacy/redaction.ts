const REDACTED = 'REDACTED'

/**
 * Returns a query string, without its question mark, in which only allowed parameters keep their values. The others keep
 * their names, which show what was requested. A part without `=` is redacted as a whole.
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

/** Decodes percent-encoding; returns the text unchanged if it contains an invalid escape. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Removes credentials and fragment of a URL and redacts its query. In a text that is no URL, redacts what follows `?`. */
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
