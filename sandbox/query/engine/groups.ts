import type { CodedValues } from '../events/column.ts'

/** Rows by group: each row has the number of its group, and groups are numbered in the order in which they appear. */
export interface Groups {
  /** By row. */
  readonly ids: Uint32Array
  readonly count: number
  /** The index of a row of each group. */
  readonly firstRows: Uint32Array
}

/** Numbers of cells, which are groups in a bucket of time, by `group * buckets.count + bucket`. */
export type CellNumbers = Map<number, number>

/** Above it, a table by pair of codes would need more memory than a map. */
const MAX_TABLE = 1 << 22

function oneGroup(length: number): Groups {
  return { ids: new Uint32Array(length), count: 1, firstRows: new Uint32Array(1) }
}

/** Groups the rows by their values in all these columns; without columns into one group. */
export function groupBy(columns: readonly CodedValues[], length: number): Groups {
  let groups: Groups | undefined
  for (const { codes, dictionary } of columns)
    groups = groups
      ? combine(groups, codes, dictionary.size)
      : combine(oneGroup(length), codes, dictionary.size)
  return groups ?? oneGroup(length)
}

/** Splits groups by a code of each row, which is below `codeCount`. */
export function combine(groups: Groups, codes: Uint32Array, codeCount: number): Groups {
  const { ids: before } = groups
  const ids = new Uint32Array(before.length)
  const firstRows: number[] = []
  const size = groups.count * codeCount
  // Group + 1 by pair, so that 0 stands for a new one.
  const table = size <= MAX_TABLE ? new Uint32Array(size) : undefined
  const map = table ? undefined : new Map<number, number>()
  for (let index = 0; index < ids.length; index++) {
    const pair = (before[index] as number) * codeCount + (codes[index] as number)
    let id = table ? (table[pair] as number) : (map?.get(pair) ?? 0)
    if (id === 0) {
      firstRows.push(index)
      id = firstRows.length
      if (table) table[pair] = id
      else map?.set(pair, id)
    }
    ids[index] = id - 1
  }
  return { ids, count: firstRows.length, firstRows: Uint32Array.from(firstRows) }
}
