/** An assignment in the text of an `.env` file, as offsets into it. */
export interface Statement {
  /** Of the whole line or lines, with comment and line break. */
  readonly start: number
  readonly end: number
  /** Of the value with its quotes. */
  readonly valueStart: number
  readonly valueEnd: number
}

/**
 * The pattern of dotenv's parser (motdotla/dotenv, lib/main.js), with indices: `export`, a name, `=` or `: `, then a
 * quoted value, which may span lines, or the rest of the line up to a `#`.
 */
const STATEMENT =
  /^\s*((?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?))(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/dgm

/** The assignments of a variable in the order of the text. The last one counts. */
export function statementsOf(text: string, name: string): Statement[] {
  const matches = [...text.matchAll(STATEMENT)].filter((match) => match[2] === name)
  return matches.map((match) => {
    const [nameStart, nameEnd] = match.indices?.[1] ?? [0, 0]
    const value = match[3] ?? ''
    const valueEnd = nameEnd + value.trimEnd().length
    const lineBreak = text.indexOf('\n', valueEnd)
    return {
      start: text.lastIndexOf('\n', nameStart - 1) + 1,
      end: lineBreak === -1 ? text.length : lineBreak + 1,
      valueStart: nameEnd + (value.length - value.trimStart().length),
      valueEnd,
    }
  })
}
