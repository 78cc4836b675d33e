import { statementShape } from '../../contracts/sandbox/work-shape.ts'

/** Characters */
const MAX_NAME = 80

/** The statements of SQL that read or write rows, and what stands before the name of their table. */
const VERB = /\b(select|insert|update|delete|merge)\b/i
const TABLE = /\b(?:from|into|update|using)\s+(?:only\s+)?([\w."`[\]$]+)/i
const FIRST_WORD = /^[A-Za-z][\w-]{0,30}/

export interface QueryDescription {
  /** `SELECT activities`: the statement and its table. */
  readonly name: string
  /** The query with `?` for its values, on one line, so that queries that differ in values are the same. */
  readonly shape: string
}

/**
 * Describes a database call. Of a query that is not SQL the first word remains, because its values cannot be told from its
 * names.
 */
export function describeQuery(text: string): QueryDescription {
  const shape = statementShape(text)
  const plain = withoutParentheses(shape)
  const verb = VERB.exec(plain)?.[1]?.toUpperCase()
  if (verb === undefined) {
    const word = FIRST_WORD.exec(shape)?.[0].toUpperCase() ?? 'queries'
    return { name: word, shape: word }
  }
  const table = TABLE.exec(plain)?.[1] ?? TABLE.exec(shape)?.[1]
  const name = [verb, ...(table ? [table.replaceAll(/["`[\]]/g, '')] : [])].join(' ')
  return { name: name.slice(0, MAX_NAME), shape }
}

/** The statement with `()` for what is in parentheses, such as other statements. */
function withoutParentheses(text: string): string {
  let depth = 0
  let plain = ''
  for (const character of text) {
    if (character === ')' && depth > 0) depth--
    if (depth === 0) plain += character
    if (character === '(') depth++
  }
  return plain
}
