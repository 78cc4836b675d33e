import type { Row } from '../../analysis/trace/rows.ts'

/** A row of a span of service `s`, which has its id as its name. Times in ms on the trace's axis. */
export function spanRow(
  id: string,
  parentId: string,
  startMs: number,
  endMs: number,
  more: Partial<Row> = {},
): Row {
  return {
    ...{ key: id, id, parentId, kind: 'span', label: id, note: '', service: 's' },
    ...{ startMs, endMs, isError: false, isInProgress: false, marks: [] },
    ...more,
  }
}
