import type { ColumnEntry, ColumnList } from '../../../contracts/sandbox/query.ts'
import { datasetSlug } from '../../../contracts/trace-links.ts'
import { type Column, typeOfCodes } from '../events/column.ts'
import type { EventTable } from '../events/event-table.ts'
import { countCodes, highest, presentCodes } from './code-counts.ts'
import type { CheckDeadline } from './deadline.ts'
import { rowsOfDataset } from './matching-events.ts'

const MAX_VALUES = 20
/** A value in a list is cut off here; whole ones come with a question. */
const MAX_VALUE_LENGTH = 1_000

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
  const { codes, values } = column.of(rows, scratch)
  const counts = countCodes(codes, values.length)
  const present = presentCodes(counts)
  const wanted = contains
    ? present.filter((code) => String(values[code]).toLowerCase().includes(contains))
    : present
  return {
    name: column.name,
    type: typeOfCodes(values, present),
    share: rows.length === 0 ? 0 : 1 - (counts[0] as number) / rows.length,
    distinct: present.length,
    values: highest(wanted, counts, MAX_VALUES).map((code) => {
      const value = values[code] as string | number | boolean
      return {
        value: typeof value === 'string' ? value.slice(0, MAX_VALUE_LENGTH) : value,
        share: (counts[code] as number) / rows.length,
      }
    }),
  }
}

function datasetsOf(table: EventTable): ColumnList['datasets'] {
  const { codes, values } = table.dataset.of(table.rows())
  const counts = countCodes(codes, values.length)
  return values
    .flatMap((name, code) =>
      name !== null && counts[code]
        ? { slug: datasetSlug(String(name)), name: String(name), rows: counts[code] as number }
        : [],
    )
    .toSorted((a, b) => b.rows - a.rows)
}
