import type { QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { calculationName } from '../../contracts/sandbox/query-words.ts'
import { calculationsOf } from './question.ts'

/** Spreadsheets run a cell that begins with one of these as a formula. Source: OWASP, CSV Injection */
const FORMULA = /^[=+\-@\t\r]/

/** The results of a question as RFC 4180 has it, with a header. Without heatmaps, which are no cells. */
export function csvOf(question: QueryInput, answer: QueryAnswer): string {
  const calculations = calculationsOf(question.calculations)
  const columns = [
    ...(question.breakdowns ?? []),
    ...calculations.filter(({ op }) => op !== 'HEATMAP').map(calculationName),
  ]
  const rows = [columns, ...answer.results.map((result) => columns.map((column) => result[column] ?? ''))]
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

function cell(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value)
  // An apostrophe makes a spreadsheet show the text.
  const text = FORMULA.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
