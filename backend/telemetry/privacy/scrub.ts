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
