/** Longer texts are cut before they are read, and what is kept of them. Characters */
const MAX_READ = 4_000
const MAX_SHAPE = 500

/** Quoted text, quoted names, comments, parameters and numbers of SQL. A text that was cut may end within one of them. */
const SQL_PARTS =
  /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|`[^`]*(?:`|$)|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$\d+|(?<![\w.$])-?(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)\b/gi

/**
 * The same text for statements that differ in literals, parameters, the length of a list, comments or white space only.
 * A literal and a parameter become `?`, a list of them one `?`. At most 500 characters.
 */
export function statementShape(sql: string): string {
  return sql
    .slice(0, MAX_READ)
    .replace(SQL_PARTS, (part) => {
      if (part.startsWith('"') || part.startsWith('`')) return part
      return part.startsWith('--') || part.startsWith('/*') ? ' ' : '?'
    })
    .replace(/\s+/g, ' ')
    .replace(/\?(?: ?, ?\?)+/g, '?')
    .replace(/\( ?\? ?\)(?: ?, ?\( ?\? ?\))+/g, '(?)')
    .trim()
    .slice(0, MAX_SHAPE)
}

/** A part of a path that is a value: a number, UUID, hash or token, or anything with three digits in a row. */
const IS_VALUE = /^\d+$|\d{3}|^(?=.*\d)[\w-]{20,}$|^(?=.*\d)[0-9a-f-]{8,}$/i

/** The same path for those that differ in values only: `/users/:id/posts`, `/activities/@:handle`. Without host and query. */
export function pathShape(path: string): string {
  return path.split('/').map(partShape).join('/')
}

function partShape(part: string): string {
  if (/^(?:@|%40)./i.test(part)) return '@:handle'
  return IS_VALUE.test(part) ? ':id' : part
}

/** What decides where the list of a SELECT ends: quoted parts have no words of SQL, and parentheses have their own. */
const SELECT_PARTS = /'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|[()]|\bselect\b|(?<!\bdistinct\s+)\bfrom\b/gi
/** A shorter list of columns stays. Characters */
const LEAST_COLUMNS = 9

/**
 * `SELECT a, b, c FROM users` as `SELECT … FROM users`: what is read says less than where from. The FROM of a statement within
 * the list, or of `extract(epoch FROM …)`, is not its own.
 */
export function withoutColumns(statement: string): string {
  let depth = 0
  let afterSelect: number | undefined
  for (const { 0: part, index } of statement.matchAll(SELECT_PARTS)) {
    if (part === '(') depth++
    else if (part === ')') depth--
    else if (depth !== 0 || /^['"]/.test(part)) continue
    else if (/^select$/i.test(part)) afterSelect ??= index + part.length
    else if (afterSelect !== undefined) {
      const columns = statement.slice(afterSelect, index).trim()
      if (columns.length < LEAST_COLUMNS) return statement
      return `${statement.slice(0, afterSelect)} … ${statement.slice(index)}`
    }
  }
  return statement
}
