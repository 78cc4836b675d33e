import {
  ALL_NUMBERS,
  ALL_STRINGS,
  COMPARISONS,
  EQUALITY,
  type Flag,
  GROUP_KEYWORDS,
  isOneOf,
  type Keyword,
  NUMBER_COMPARISONS,
  TEXT_COMPARISONS,
} from '../../../contracts/sandbox/xray-filter-words.ts'
import type { Cursor } from './cursor.ts'
import type { Expression, Value } from './expression.ts'
import type { Token } from './lexer.ts'

/** Reads what follows a flag: nothing, or a comparison with true or false. */
export function flag(cursor: Cursor, name: Flag): Expression {
  const positive: Expression = { kind: 'flag', flag: name }
  const isEqual = cursor.isNext('=')
  if (!isEqual && !cursor.isNext('!=')) return positive
  cursor.next()
  const value = booleanValue(cursor, cursor.next())
  return value === isEqual ? positive : { kind: 'not', operand: positive }
}

/** Reads what follows a keyword or an annotation's key: nothing, or a comparison with a value. */
export function comparison(cursor: Cursor, field: Keyword | { readonly annotation: string }): Expression {
  const token = cursor.peek()
  const symbol = token.kind === 'string' ? '' : token.text.toUpperCase()
  if (!isOneOf(COMPARISONS, symbol)) {
    return { kind: 'compare', field, comparison: undefined, value: undefined }
  }
  cursor.next()
  const valueToken = cursor.peek()
  const value = literal(cursor, field)
  const isNumber = typeof field === 'string' && isOneOf(ALL_NUMBERS, field)
  const isText = typeof field === 'string' && !isNumber
  if (isNumber && typeof value !== 'number') cursor.fail('a number', valueToken)
  if (isText && typeof value !== 'string') cursor.fail('a string in quotes', valueToken)
  const isGroup = typeof field === 'string' && isOneOf(GROUP_KEYWORDS, field)
  const ofText = isGroup ? EQUALITY : TEXT_COMPARISONS
  const possible = typeof value === 'number' ? NUMBER_COMPARISONS : ofText
  if (!possible.includes(symbol)) cursor.fail(`one of ${possible.join(' ')}`, token)
  return { kind: 'compare', field, comparison: symbol, value }
}

/**
 * Reads what follows `json`: nothing, or a comparison with `#[{ … }]`. Nothing means any root cause.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-gettingdata.html#xray-api-analytics
 */
export function json(cursor: Cursor): Expression {
  const isDifferent = cursor.isNext('!=')
  if (!isDifferent && !cursor.isNext('=')) return { kind: 'json', patterns: [{}] }
  cursor.next()
  const token = cursor.next()
  if (token.kind !== 'json') cursor.fail('root causes as JSON: #[{ … }]', token)
  const value: unknown = JSON.parse(token.text)
  const same: Expression = { kind: 'json', patterns: Array.isArray(value) ? value : [value] }
  return isDifferent ? { kind: 'not', operand: same } : same
}

/** X-Ray's documents have one value of text without quotes, `name = traces`. */
function literal(cursor: Cursor, field: Keyword | { readonly annotation: string }): Value {
  const token = cursor.next()
  if (token.kind === 'string') return token.text
  if (token.kind === 'number') return Number(token.text)
  if (token.kind === 'name' && typeof field === 'string' && isOneOf(ALL_STRINGS, field)) return token.text
  return booleanValue(cursor, token)
}

function booleanValue(cursor: Cursor, token: Token): boolean {
  const word = token.text.toLowerCase()
  if (token.kind === 'name' && (word === 'true' || word === 'false')) return word === 'true'
  return cursor.fail('a value: "text", a number, true or false', token)
}
