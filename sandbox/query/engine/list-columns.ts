import type { ColumnEntry, ColumnList, ColumnValue } from '../../../contracts/sandbox/query.ts'
import { MAX_LISTED_VALUE_LENGTH } from '../../../contracts/sandbox/query-words.ts'
import { datasetSlug } from '../../../contracts/trace-links.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { Column } from '../events/column.ts'
import { typeOfCodes } from '../events/dictionary.ts'
import type { EventTable } from '../events/event-table.ts'
import { countCodes, highest, presentCodes } from './code-counts.ts'
import { rowsOfDataset } from './matching-events.ts'

const MAX_VALUES = 20

/** The columns of a dataset with their most frequent values; of one column, those that contain a text. */
export function listColumns(
  table: EventTable,
  {
    dataset,
    column: only,
    contains,
  }: { dataset: string; column?: string | undefined; contains?: string | undefined },
  check: CheckDeadline,
): ColumnList {
  const rows = rowsOfDataset(table, dataset)
  const found: ColumnEntry[] = []
  const scratch = new Uint32Array(rows.length)
  for (const column of table.columns()) {
    if (only !== undefined && column.name !== only) continue
    const entry = entryOf(column, rows, scratch, contains?.toLowerCase())
    if (entry.share > 0) found.push(entry)
    check()
  }
  return {
    columns: found.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    datasets: datasetsOf(table),
    rows: rows.length,
    truncated: table.truncated,
  }
}

function entryOf(
  column: Column,
  rows: Uint32Array,
  scratch: Uint32Array,
  contains: string | undefined,
): ColumnEntry {
  const { codes, dictionary } = column.of(rows, scratch)
  const counts = countCodes(codes, dictionary.size)
  const present = presentCodes(counts)
  const wanted = contains
    ? present.filter((code) => String(dictionary.value(code)).toLowerCase().includes(contains))
    : present
  return {
    name: column.name,
    type: typeOfCodes(dictionary, present),
    share: rows.length === 0 ? 0 : 1 - (counts[0] as number) / rows.length,
    distinct: present.length,
    values: highest(wanted, counts, MAX_VALUES).map((code) => ({
      value: listed(dictionary.value(code) as ColumnValue),
      share: (counts[code] as number) / rows.length,
    })),
  }
}

function datasetsOf(table: EventTable): ColumnList['datasets'] {
  const { codes, dictionary } = table.dataset.of(table.rows())
  const counts = countCodes(codes, dictionary.size)
  return [...presentCodes(counts)]
    .map((code) => ({ name: String(dictionary.value(code)), rows: counts[code] as number }))
    .map(({ name, rows }) => ({ slug: datasetSlug(name), name, rows }))
    .toSorted((a, b) => b.rows - a.rows)
}

function listed(value: ColumnValue): ColumnValue {
  return typeof value === 'string' ? value.slice(0, MAX_LISTED_VALUE_LENGTH) : value
}
