import type { QueryInput } from '../../contracts/sandbox/query.ts'
import {
  CALCULATION_OPERATORS,
  calculationName,
  HAVING_OPERATORS,
} from '../../contracts/sandbox/query-words.ts'
import { columnText, filterText, type Read, readColumn } from './filter-text.ts'
import type { CalculationInput, HavingInput, OrderInput } from './question.ts'

// Clauses as Honeycomb's users read and write them: `P95(duration_ms)`, `http.route = /home`, `COUNT desc`. What `…Text`
// writes, `read…` reads.

type Operator = CalculationInput['op']

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
