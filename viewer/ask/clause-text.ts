import type { ColumnValue, QueryInput } from '../../contracts/sandbox/query.ts'
import {
  CALCULATION_OPERATORS,
  calculationName,
  FILTER_OPERATORS,
  HAVING_OPERATORS,
} from '../../contracts/sandbox/query-words.ts'
import type { CalculationInput, FilterInput, HavingInput, OrderInput } from './question.ts'

// Clauses as Honeycomb's users read and write them: `P95(duration_ms)`, `http.route = /home`, `COUNT desc`. What `…Text`
// writes, `read…` reads.

/** What was typed, or what is missing from it. */
export type Read<Term> = { readonly term: Term } | { readonly missing: string }

type Operator = CalculationInput['op']

/** Filter operators without a value. */
export const WITHOUT_VALUE: readonly string[] = ['exists', 'does-not-exist']

/** Longest first, so that `>=` is not read as `>`. */
const SIGNS = ['!=', '>=', '<=', '=', '>', '<'] as const

export function calculationText({ op, column, name }: CalculationInput): string {
  const what = calculationName({ op, column: column ? columnText(column) : undefined })
  return name ? `${what} as ${name}` : what
}

/** Reads `COUNT`, `P95(duration_ms)`, `p95 duration_ms`, `AVG(x) as a name`. */
export function readCalculation(text: string): Read<CalculationInput> {
  const [, what = '', name] = /^(.*?)(?:\s+as\s+(.+))?$/is.exec(text.trim()) ?? []
  const [, typed = '', rest = ''] = /^([\w]+)\s*(.*)$/s.exec(what.trim()) ?? []
  const op = operatorNamed(typed)
  if (!op)
    return {
      missing: typed ? `There is no calculation ${typed}.` : 'A calculation begins with its operator.',
    }
  const inner = rest.startsWith('(') ? rest.slice(1).replace(/\)\s*$/, '') : rest
  const column = readColumn(inner)
  // The sandbox says which operators need a column, but half a term must not be asked.
  if (!column && op !== 'COUNT' && op !== 'CONCURRENCY') return { missing: `${op} needs a column.` }
  return { term: { op, ...(column && { column }), ...(name && { name: name.trim() }) } }
}

function operatorNamed(typed: string): Operator | undefined {
  return CALCULATION_OPERATORS.find((known) => known === typed.toUpperCase())
}

export function filterText({ column, op, value }: FilterInput): string {
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

/** Reads `duration_ms > 100`, `error exists`, `name in a, "b, c"`. */
export function readFilter(text: string): Read<FilterInput> {
  const { column, operator, value } = filterParts(text)
  if (!column) return { missing: 'A filter begins with its column.' }
  if (!operator) return { missing: `${column} needs an operator, such as = or exists.` }
  const op = FILTER_OPERATORS.find((known) => known === operator)
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

/** The terms of a text with AND between them: `COUNT > 10 AND COUNT < 100`. */
export function splitAtAnd(text: string): string[] {
  return text.split(/\s+AND\s+/i).filter((part) => part.trim() !== '')
}

export function orderText({ op, column, order }: OrderInput): string {
  const by = op
    ? calculationName({ op, column: column ? columnText(column) : undefined })
    : columnText(column ?? '')
  return `${by} ${order === 'descending' ? 'desc' : 'asc'}`
}

/** Reads `P95(duration_ms) desc`, `name asc`, `COUNT`. `names`: the question's breakdowns and named calculations. */
export function readOrder(text: string, names: readonly string[]): Read<OrderInput> {
  const [, by = '', direction = ''] =
    /^(.*?)(?:\s+(asc|desc|ascending|descending))?$/is.exec(text.trim()) ?? []
  if (!by) return { missing: 'An order begins with a calculation or a column of GROUP BY.' }
  const order = direction.toLowerCase().startsWith('desc') ? 'descending' : 'ascending'
  const column = readColumn(by)
  if (names.includes(column)) return { term: { column, order } }
  const calculation = readCalculation(by)
  if (!('term' in calculation)) return { term: { column, order } }
  return {
    term: {
      op: calculation.term.op,
      ...(calculation.term.column && { column: calculation.term.column }),
      order,
    },
  }
}

export function havingText({ calculate_op, column, op, value }: HavingInput): string {
  return `${calculationName({ op: calculate_op, column: column ? columnText(column) : undefined })} ${op} ${value}`
}

/** Reads `COUNT > 10`, `P95(duration_ms) >= 100`. */
export function readHaving(text: string): Read<HavingInput> {
  const [, left = '', sign = '', right = ''] =
    /^(.*?)\s*(!=|>=|<=|=|>|<)\s*([^!=<>()"]*)$/s.exec(text.trim()) ?? []
  if (!sign) return { missing: 'HAVING compares a calculation with a number: COUNT > 10.' }
  const calculation = readCalculation(left)
  if (!('term' in calculation)) return calculation
  const op = HAVING_OPERATORS.find((known) => known === sign) ?? '='
  if (right.trim() === '' || !Number.isFinite(Number(right))) return { missing: `${sign} needs a number.` }
  const { op: calculate_op, column } = calculation.term
  return { term: { calculate_op, ...(column && { column }), op, value: Number(right) } }
}

/** The clause at a path of the specification, as the builder has it: `WHERE http.route = /home`. */
export function clauseText(question: QueryInput, path: string): string {
  const [clause, position, part, inner] = path.split('.')
  const at = Number(position)
  const term = <Term>(
    name: string,
    terms: readonly Term[] | null | undefined,
    text: (term: Term) => string,
  ) => {
    const found = terms?.[at]
    return found === undefined ? name : `${name} ${text(found)}`
  }
  if (clause === 'filters') return term('WHERE', question.filters, filterText)
  if (clause === 'breakdowns') return term('GROUP BY', question.breakdowns, columnText)
  if (clause === 'havings') return term('HAVING', question.havings, havingText)
  if (clause === 'orders') return term('ORDER BY', question.orders, orderText)
  if (clause === 'limit') return `LIMIT ${question.limit ?? ''}`.trim()
  if (clause !== 'calculations') return 'The time range'
  const filter = part === 'filters' ? question.calculations?.[at]?.filters?.[Number(inner)] : undefined
  const select = term('SELECT', question.calculations, calculationText)
  return filter ? `${select} if ${filterText(filter)}` : select
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
