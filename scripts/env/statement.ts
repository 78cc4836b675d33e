/** Where a variable is given a value in the text of an `.env` file: offsets into it. */
export interface Statement {
  readonly name: string
  /** Of `NAME` or `export NAME`. */
  readonly start: number
  /** Of the value, its quotes included. */
  readonly valueStart: number
  readonly valueEnd: number
}

/**
 * The grammar of dotenv's own parser (motdotla/dotenv, lib/main.js), with the parts' places: `export`, a name, `=` or
 * `: `, then a quoted value, which may span lines, or the rest of the line up to a `#`.
 */
const STATEMENT =
  /^\s*((?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?))(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/dgm

/** Every statement of the text, in its order; a variable may be given a value more than once, and the last one counts. */
export function findStatements(text: string): Statement[] {
  return [...text.matchAll(STATEMENT)].map((match) => {
    const [start, end] = match.indices?.[1] ?? [0, 0]
    const value = match[3] ?? ''
    const valueStart = end + (value.length - value.trimStart().length)
    return { name: match[2] ?? '', start, valueStart, valueEnd: end + value.trimEnd().length }
  })
}

/** The statement's whole line or lines: its comment and line break too. */
export function lineOf(text: string, { start, valueEnd }: Statement): { start: number; end: number } {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineBreak = text.indexOf('\n', valueEnd)
  return { start: lineStart, end: lineBreak === -1 ? text.length : lineBreak + 1 }
}
