type Environment = Readonly<Record<string, string | undefined>>
type Stream = Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>

/** Narrower terminals get whole lines: a line that is redrawn would wrap, and could not be cleared as one line. */
const LEAST_COLUMNS_TO_REDRAW = 20

/**
 * Whether the stream is a terminal on which a line can be redrawn in place. A terminal without a size reports 0 columns;
 * TERM=dumb and an empty TERM have no control sequences (terminfo(5), `dumb`).
 */
export function canRedraw({ isTTY, columns }: Stream, { TERM }: Environment = process.env): boolean {
  return isTTY === true && columns >= LEAST_COLUMNS_TO_REDRAW && TERM !== 'dumb' && TERM !== ''
}

/**
 * Whether the stream is a terminal that the locale declares not to read UTF-8: `C`, `POSIX`, or another character set. The
 * first of the three variables that is not empty counts. Without any, as in most containers, a terminal reads UTF-8.
 * Source: POSIX.1-2024, Base Definitions, section 8.2, Internationalization Variables
 */
export function isAsciiOnly({ isTTY }: Pick<Stream, 'isTTY'>, env: Environment = process.env): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG
  if (!isTTY || !locale) return false
  const [, charset] = /\.([^@]*)/.exec(locale) ?? []
  if (charset !== undefined) return !/^utf-?8$/i.test(charset)
  return locale === 'C' || locale === 'POSIX'
}
