/** The statements of Postgres, by their first word. Source: https://www.postgresql.org/docs/current/sql-commands.html */
const OPERATIONS = new Set(
  `ABORT ALTER ANALYZE BEGIN CALL CHECKPOINT CLOSE CLUSTER COMMENT COMMIT COPY CREATE DEALLOCATE DECLARE DELETE DISCARD DO
  DROP END EXECUTE EXPLAIN FETCH GRANT IMPORT INSERT LISTEN LOAD LOCK MERGE MOVE NOTIFY PREPARE REASSIGN REFRESH REINDEX
  RELEASE RESET REVOKE ROLLBACK SAVEPOINT SECURITY SELECT SET SHOW START TABLE TRUNCATE UNLISTEN UPDATE VACUUM
  VALUES`.split(/\s+/),
)
/** What may follow the common table expressions of `WITH`. */
const AFTER_WITH = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'VALUES', 'TABLE'])

/** Comments, strings, quoted names, brackets and words. */
const TOKEN = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$|[()]|\w+/g
/** How much of a query is read, in characters. */
const MAX_READ = 10_000

/**
 * The operation of a query's first statement, in upper case: `SELECT`. Of `WITH` it is that of the statement after the
 * common table expressions. Undefined for a text that does not begin like a statement: names must not depend on data.
 */
export function sqlOperation(text: string): string | undefined {
  // Most queries begin with their operation; the tokens take three times as long.
  const first = /^\s*(\w+)/.exec(text)?.[1]?.toUpperCase()
  if (first !== undefined && first !== 'WITH') return OPERATIONS.has(first) ? first : undefined
  let depth = 0
  let depthOfWith: number | undefined
  for (const [token] of text.slice(0, MAX_READ).matchAll(TOKEN)) {
    if (token === '(') depth++
    else if (token === ')') depth--
    if (!/^\w/.test(token)) continue
    const word = token.toUpperCase()
    if (depthOfWith === undefined && word !== 'WITH') return OPERATIONS.has(word) ? word : undefined
    depthOfWith ??= depth
    if (depth === depthOfWith && AFTER_WITH.has(word)) return word
  }
  return undefined
}
