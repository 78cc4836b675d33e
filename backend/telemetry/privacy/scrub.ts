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

/** A chain of causes that is longer tells nobody anything, and may have no end. */
const MAX_CAUSES = 10

/**
 * An error as it may be told: its message and stack scrubbed, its name kept, and the one it came from too. What calls
 * itself an error may have anything for a message.
 */
export function scrubError(error: Error, scrub: Scrub, depth = 0): Error {
  const { name, message, stack } = {
    name: text(error.name),
    message: text(error.message),
    stack: text(error.stack),
  }
  const { cause } = error
  const scrubbed = { message: scrub(message), stack: scrub(stack) }
  const isClean = scrubbed.message === error.message && scrubbed.stack === (error.stack ?? '')
  if (isClean && cause === undefined) return error
  const hasCause = cause instanceof Error && depth < MAX_CAUSES
  const copy = new Error(scrubbed.message, hasCause ? { cause: scrubError(cause, scrub, depth + 1) } : {})
  return Object.assign(copy, { name, stack: scrubbed.stack })
}

function text(value: unknown): string {
  try {
    return typeof value === 'string' ? value : String(value ?? '')
  } catch {
    return ''
  }
}
