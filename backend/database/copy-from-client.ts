/**
 * What hides words from SQL: comments, text, quoted names and dollar-quoted text. One that is not closed goes to the end.
 *
 * Source: https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
const LITERAL = new RegExp(
  [
    /--[^\n\r]*|\/\*/,
    /(?<=\be)'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)/,
    /'(?:[^']|'')*(?:'|$)/,
    /"(?:[^"]|"")*(?:"|$)/,
    /(?<![\w$])\$(\w*)\$(?:[\s\S]*?\$\1\$|[\s\S]*$)/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gi',
)
const COMMENT_EDGE = /\/\*|\*\//g

/** Postgres takes either name, in either direction. Source: copy_file_name in Postgres's gram.y. */
const COPY_FROM_CLIENT = /^\s*copy\b[^(]*?(?:\([^)]*\)[^(]*?)?\bfrom\s+std(?:in|out)\b/i

/**
 * Whether a statement of this SQL reads rows that the client sends after it.
 *
 * Source: https://www.postgresql.org/docs/current/sql-copy.html
 */
export function copiesFromClient(sql: string): boolean {
  if (!/copy/i.test(sql)) return false
  return withoutLiterals(sql)
    .split(';')
    .some((statement) => COPY_FROM_CLIENT.test(statement))
}

/** The SQL with a space for each comment, and `''` for each text or quoted name. */
function withoutLiterals(sql: string): string {
  const parts: string[] = []
  let from = 0
  LITERAL.lastIndex = 0
  for (let found = LITERAL.exec(sql); found; found = LITERAL.exec(sql)) {
    const [literal] = found
    if (literal === '/*') LITERAL.lastIndex = endOfComment(sql, LITERAL.lastIndex)
    parts.push(sql.slice(from, found.index), literal === '/*' || literal.startsWith('--') ? ' ' : "''")
    from = LITERAL.lastIndex
  }
  return [...parts, sql.slice(from)].join('')
}

/** Comments contain comments. `start`: after the first `/*`. */
function endOfComment(sql: string, start: number): number {
  COMMENT_EDGE.lastIndex = start
  for (let depth = 1, edge = COMMENT_EDGE.exec(sql); edge; edge = COMMENT_EDGE.exec(sql)) {
    depth += edge[0] === '/*' ? 1 : -1
    if (depth === 0) return COMMENT_EDGE.lastIndex
  }
  return sql.length
}
