import type { ColumnEntry, ColumnList } from '../../../contracts/sandbox/query.ts'
import { datasetSlug } from '../../../contracts/trace-links.ts'
import { type Column, typeOf } from '../events/column.ts'
import type { EventTable } from '../events/event-table.ts'
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
  for (const column of table.columns()) {
    if (only !== undefined && column.name !== only) continue
    const entry = entryOf(column, rows, contains?.toLowerCase())
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

function entryOf(column: Column, rows: Uint32Array, contains: string | undefined): ColumnEntry {
  const { codes, values } = column.of(rows)
  const counts = countCodes(codes, values.length)
  const present: number[] = []
  let total = 0
  for (let code = 1; code < counts.length; code++) {
    if (counts[code] === 0) continue
    total += counts[code] as number
    present.push(code)
  }
  const wanted = contains
    ? present.filter((code) => String(values[code]).toLowerCase().includes(contains))
    : present
  return {
    name: column.name,
    type: typeOf(present.map((code) => values[code] ?? null)),
    share: rows.length === 0 ? 0 : total / rows.length,
    distinct: present.length,
    values: mostFrequent(wanted, counts, MAX_VALUES).map((code) => {
      const value = values[code] as string | number | boolean
      return {
        value: typeof value === 'string' ? value.slice(0, MAX_VALUE_LENGTH) : value,
        share: (counts[code] as number) / rows.length,
      }
    }),
  }
}

export function countCodes(codes: Uint32Array, size: number): Float64Array {
  const counts = new Float64Array(size)
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] as number
    counts[code] = (counts[code] as number) + 1
  }
  return counts
}

/** The codes with the highest counts, the highest first. Does not sort all of them: ids have many. */
export function mostFrequent(codes: readonly number[], counts: Float64Array, most: number): number[] {
  let best: number[] = []
  const countOf = (code: number) => counts[code] as number
  for (const code of codes) {
    const last = best.at(-1)
    if (best.length >= most && last !== undefined && countOf(code) <= countOf(last)) continue
    const place = best.findIndex((other) => countOf(other) < countOf(code))
    best.splice(place < 0 ? best.length : place, 0, code)
    best = best.slice(0, most)
  }
  return best
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
