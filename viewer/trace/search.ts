import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { PlacedRow } from './rows.ts'

/** Tells which rows have the words in them: in names, attributes, annotations, metadata, events or logs. */
export function rowMatcher(trace: TraceLenses, search: string): ((row: PlacedRow) => boolean) | undefined {
  const words = search.trim().toLowerCase()
  if (!words) return undefined
  const has = (value: unknown) => JSON.stringify(value).toLowerCase().includes(words)
  const found = new Set([
    ...trace.spans.filter(has).map(({ id }) => id),
    ...trace.segments.filter(has).map(({ id }) => id),
  ])
  return (row) => (row.log ? has(row.log) : found.has(row.id))
}
