/** Needs no quotes for dotenv, for Docker Compose, nor for a shell that sources the file. */
const PLAIN = /^[A-Za-z0-9_./:@%+,=-]+$/

/**
 * The spellings of a value that an `.env` file may hold, the most widely understood first. Which of them dotenv reads
 * back as it was depends on what the value holds, and on the lines around it: the writer tries one after the other.
 *
 * dotenv undoes no escape but `\n` and `\r` in double quotes, so that a value with all three kinds of quotes, say,
 * has no spelling. Single quotes come first, because Docker Compose and shells expand `$` in double ones.
 */
export function spellings(value: string): string[] {
  const escaped = value.replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  const single = `'${value}'`
  const double = [`"${escaped}"`, `"${value}"`]
  // dotenv reads a single quote within single quotes, and nobody else does; in double ones others expand these.
  const quoted = [
    ...(value.includes("'") && !/[$`\\"]/.test(value) ? [...double, single] : [single, ...double]),
    `\`${value}\``,
  ]
  return PLAIN.test(value) ? [value, ...quoted] : quoted
}
