import { filterText, readFilter } from '../../analysis/questions/filter-text.ts'
import type { FilterInput } from '../../analysis/questions/question.ts'
import type { ColumnEntry } from '../../contracts/sandbox/query.ts'
import { FILTER_OPERATORS } from '../../contracts/sandbox/query-words.ts'
import type { Language } from '../clauses/term-field.tsx'
import {
  type Column,
  completeFilter,
  type KnownValue,
  valuesWanted,
  type WantedValues,
} from './completion.ts'

export interface Completion {
  readonly columns: readonly ColumnEntry[]
  readonly valuesOf: (column: string) => readonly KnownValue[]
  readonly want: (wanted: WantedValues | undefined) => void
}

/** Honeycomb's fields of other spans of a trace. Source: https://docs.honeycomb.io/reference/honeycomb-ui/query/relational-fields */
const RELATIONAL = /(?:^|[\s(,])(?:root|parent|child|none|any\d*)\.\w/

/** About columns that no event has. */
export const OF_COLUMNS = {
  unknown: 'No stored event has this column.',
  whyUnusable: (text: string) =>
    RELATIONAL.test(text)
      ? 'Relational fields such as root.name are not available here. Use the columns of the event.'
      : undefined,
}

/** How filters are written. `count`: how many the clause has. */
export function filterLanguage(
  columns: readonly Column[],
  { valuesOf, want }: Completion,
  count: number,
): Language<FilterInput> {
  return {
    text: filterText,
    read: (text) => {
      const read = readFilter(text, FILTER_OPERATORS)
      return 'term' in read ? (notANumber(read.term, columns) ?? read) : read
    },
    complete: (text, cursor) =>
      completeFilter(columns, text, cursor, valuesOf(valuesWanted(text, cursor)?.column ?? '')),
    isKnown: ({ column }) => columns.some(({ name }) => name === column),
    ...OF_COLUMNS,
    placeholder: count > 0 ? 'and …' : 'None: all events. column = value',
    onTyping: (text, cursor) => want(valuesWanted(text, cursor)),
  }
}

/** A number's column with a text, as in `duration_ms > 1s`, matches no event. */
function notANumber({ column, op, value }: FilterInput, columns: readonly Column[]) {
  const { type, isCalculated } = columns.find(({ name }) => name === column) ?? {}
  const isNumber = !isCalculated && (type === 'integer' || type === 'float')
  if (!isNumber || !/^[=!<>]|in$/.test(op)) return undefined
  const wrong = [value].flat().find((one) => typeof one !== 'number' && !Number.isFinite(Number(one || 'no')))
  return wrong === undefined ? undefined : { missing: `${column} is a number. Write 1000, not 1,000 or 1s.` }
}
