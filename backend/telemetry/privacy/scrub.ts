/** Characters. A shorter secret may be an ordinary word. */
const MIN_LENGTH = 8

/** Replaces every occurrence of the secrets in a text, also in JSON's escaped form. */
export type Scrub = (text: string) => string

/**
 * Removes values that must not leave the process (keys, passwords, URLs with a password) from texts: an error's message
 * quotes whatever a library put into it.
 */
export function createScrub(secrets: readonly string[]): Scrub {
  const long = secrets.filter((secret) => secret.length >= MIN_LENGTH)
  // Longest first, because one secret may contain another.
  const forms = [...new Set(long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))].sort(
    (a, b) => b.length - a.length,
  )
  return (text) => forms.reduce((scrubbed, secret) => scrubbed.replaceAll(secret, 'REDACTED'), text)
}

/** Longer chains of causes are not useful, and may be circular. */
const MAX_CAUSES = 10

/**
 * Returns an error with scrubbed message and stack, the same name, and a scrubbed chain of causes. The fields of an
 * error may hold values of any type.
 */
export function scrubError(error: Error, scrub: Scrub, depth = 0): Error {
  const { cause } = error
  const message = scrub(text(error.message))
  const stack = scrub(text(error.stack))
  const isClean = message === error.message && stack === (error.stack ?? '')
  if (isClean && cause === undefined) return error
  const hasCause = cause instanceof Error && depth < MAX_CAUSES
  const copy = new Error(message, hasCause ? { cause: scrubError(cause, scrub, depth + 1) } : {})
  return Object.assign(copy, { name: text(error.name), stack })
}

function text(value: unknown): string {
  try {
    return typeof value === 'string' ? value : String(value ?? '')
  } catch {
    return ''
  }
}
