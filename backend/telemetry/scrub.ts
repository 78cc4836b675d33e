/** Shorter ones would take ordinary words out of texts with them. */
const MIN_LENGTH = 8

/** A text with every occurrence of the given secrets taken out, also as JSON writes them. */
export type Scrub = (text: string) => string

/**
 * Keeps values that must never leave the process (keys, passwords, addresses with a password) out of what is told of
 * it: an error's message quotes whatever a library put there.
 */
export function createScrub(secrets: readonly string[]): Scrub {
  const long = secrets.filter((secret) => secret.length >= MIN_LENGTH)
  // The longest first, since one may be part of another.
  const forms = [...new Set(long.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]))].sort(
    (a, b) => b.length - a.length,
  )
  return (text) => forms.reduce((scrubbed, secret) => scrubbed.replaceAll(secret, 'REDACTED'), text)
}

/** An error as it may be told: its message and stack scrubbed, its name kept, and the one it came from too. */
export function scrubError(error: Error, scrub: Scrub): Error {
  const message = scrub(error.message)
  const stack = scrub(error.stack ?? '')
  if (message === error.message && stack === (error.stack ?? '') && error.cause === undefined) return error
  const copy = new Error(message, {
    ...(error.cause instanceof Error && { cause: scrubError(error.cause, scrub) }),
  })
  return Object.assign(copy, { name: error.name, stack })
}
