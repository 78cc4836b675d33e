import type { QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { calculationName } from '../../contracts/sandbox/query-words.ts'
import { calculationsOf } from './question.ts'

/**
 * Spreadsheets may run a text that begins with one of these as a formula. A text that begins with the mark itself gets
 * another, so that a program that reads the file back always removes exactly one. Sources:
 * https://owasp.org/www-community/attacks/CSV_Injection (full-width signs too); OWASP ASVS 5.0, 1.2.10 (NUL)
 */
const MARKED = /^['=+\-@\t\r\n\0＝＋－＠]/

/** What ends a cell: also the separators that spreadsheets of other languages look for, `;` and tab. */
const SEPARATORS = /[",;\t\r\n]/

/**
 * The results of a question as RFC 4180 has it, with a header. Without heatmaps, which are no cells. A text that a
 * spreadsheet could run as a formula begins with an apostrophe. A program that reads the file has the text as it was where
 * it removes one apostrophe from each cell that begins with one.
 */
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
  const text = MARKED.test(value) ? `'${value}` : value
  return SEPARATORS.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
