import type { ColumnValue } from '../../contracts/sandbox/query.ts'
import { FILTER_OPERATORS } from '../../contracts/sandbox/query-words.ts'

// Filters as people read and write them: `http.route = /home`. What `filterText` writes, `readFilter` reads.

/** What was typed, or what is missing from it. */
export type Read<Term> = { readonly term: Term } | { readonly missing: string }

/** Filter operators without a value. */
export const WITHOUT_VALUE: readonly string[] = ['exists', 'does-not-exist']

/** Longest first, so that `>=` is not read as `>`. */
const SIGNS = ['!=', '>=', '<=', '=', '>', '<'] as const

/** `column` is what the filter is about: a column of events, an attribute of a metric. */
export interface Filter<Op extends string> {
  readonly column: string
  readonly op: Op
  readonly value?: ColumnValue | ColumnValue[] | null | undefined
}

export function filterText({ column, op, value }: Filter<string>): string {
  const left = `${columnText(column)} ${op}`
  if (value === undefined || value === null) return left
  return `${left} ${Array.isArray(value) ? value.map((one) => valueText(one, true)).join(', ') : valueText(value)}`
}

/** A filter in parts, as far as it is typed. Each part begins at an offset in the text. */
export interface FilterParts {
  readonly column: string
  readonly operatorAt: number
  readonly operator: string
  /** -1 as long as the value cannot begin. */
  readonly valueAt: number
  readonly value: string
}

export function filterParts(text: string): FilterParts {
  const lead = /^\s*/.exec(text)?.[0].length ?? 0
  const quoted = /^"(?:[^"\\]|\\.)*"?/.exec(text.slice(lead))?.[0]
  const raw = quoted ?? /^[^\s=!<>]*/.exec(text.slice(lead))?.[0] ?? ''
  const afterColumn = lead + raw.length
  const operatorAt = afterColumn + (/^\s*/.exec(text.slice(afterColumn))?.[0].length ?? 0)
  const rest = text.slice(operatorAt)
  const sign = SIGNS.find((known) => rest.startsWith(known))
  const operator = sign ?? /^\S*/.exec(rest)?.[0] ?? ''
  const afterOperator = operatorAt + operator.length
  const space = /^\s*/.exec(text.slice(afterOperator))?.[0].length ?? 0
  const canBegin = operator !== '' && (sign !== undefined || space > 0)
  const valueAt = canBegin ? afterOperator + space : -1
  return {
    column: readColumn(raw),
    operatorAt: operatorAt > afterColumn || operator ? operatorAt : -1,
    operator: operator === '==' ? '=' : operator.toLowerCase(),
    valueAt,
    value: canBegin ? text.slice(valueAt).trim() : '',
  }
}

/** Reads `duration_ms > 100`, `error exists`, `name in a, "b, c"`, with these operators. */
export function readFilter<Op extends string>(text: string, operators: readonly Op[]): Read<Filter<Op>> {
  const { column, operator, value } = filterParts(text)
  if (!column) return { missing: 'A filter begins with its column.' }
  if (!operator) return { missing: `${column} needs an operator, such as = or exists.` }
  const op = operators.find((known) => known === operator)
  if (!op) return { missing: `There is no operator ${operator}.` }
  if (WITHOUT_VALUE.includes(op))
    return value ? { missing: `${op} takes no value.` } : { term: { column, op } }
  if (!value) return { missing: `${column} ${op} needs a value.` }
  if (SECOND_FILTER.test(withoutQuoted(value)))
    return {
      missing: 'Add one filter at a time: press Enter after each. Put a value with AND or OR in quotes.',
    }
  if (op === 'in' || op === 'not-in') return { term: { column, op, value: listItems(value).map(readValue) } }
  return { term: { column, op, value: readValue(value) } }
}

/** Another filter after AND or OR. */
const SECOND_FILTER = new RegExp(
  String.raw`\s(?:AND|OR)\s+[^\s=!<>]+\s*(?:[=<>]|!=|(?:${FILTER_OPERATORS.filter((op) => /^[a-z]/.test(op)).join('|')})(?:\s|$))`,
)

const QUOTED = String.raw`"(?:[^"\\]|\\.)*"?|'[^']*'`

function withoutQuoted(text: string): string {
  return text.replace(new RegExp(QUOTED, 'gs'), '')
}

/** The items of a list with commas, which may be in parentheses; commas between quotes belong to the item. */
export function listItems(text: string): string[] {
  const inner = /^\s*\((.*?)\)?\s*$/s.exec(text)?.[1] ?? text
  const items = inner.match(new RegExp(String.raw`\s*(?:${QUOTED})[^,]*|[^,]+`, 'gs')) ?? []
  return items.map((item) => item.trim()).filter((item) => item !== '')
}

/** The terms of a text with commas between them: `COUNT, P95(duration_ms)`. Those in quotes and parentheses belong to a term. */
export function splitAtCommas(text: string): string[] {
  const parts = text.match(new RegExp(String.raw`(?:${QUOTED}|\([^)]*\)?|[^,])+`, 'gs')) ?? []
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

/** A column's name, in quotes where it would be read otherwise. */
export function columnText(name: string): string {
  return /^[^\s"=!<>(),]+$/.test(name) ? name : JSON.stringify(name)
}

export function readColumn(text: string): string {
  return unquoted(text.trim()) ?? text.trim()
}

/** A value as text that is read as the same value again. */
export function valueText(value: ColumnValue, isInList = false): string {
  if (typeof value !== 'string') return String(value)
  const isPlain =
    value !== '' &&
    value.trim() === value &&
    !value.startsWith('"') &&
    readValue(value) === value &&
    !SECOND_FILTER.test(withoutQuoted(value))
  return isPlain && !(isInList && /,|^['(]/.test(value)) ? value : JSON.stringify(value)
}

/** Numbers and booleans as such; quotes make any value a text. */
function readValue(text: string): ColumnValue {
  const inQuotes = unquoted(text) ?? /^'(.*)'$/s.exec(text)?.[1]
  if (inQuotes !== undefined) return inQuotes
  if (text === 'true' || text === 'false') return text === 'true'
  // Not 007, 1e3 or 0x10: only a number that is written as it was typed keeps its digits.
  return text !== '' && String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text
}

function unquoted(text: string): string | undefined {
  if (!/^".*"$/s.test(text)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'string' ? value : undefined
  } catch {
    return undefined
  }
}
