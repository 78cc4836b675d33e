import type { ClauseNote, QueryAnswer, ResultRow } from '../../../contracts/sandbox/query.ts'
import { cellsOf, type GroupedEvents, keyOfCell, valuesOfCells } from './group-values.ts'
import type { CellNumbers, Groups } from './groups.ts'
import type { NamedCalculation } from './specification.ts'

/** Bounds of `series`. Beyond them the groups at the end of the results have no series, and a warning says so. */
const MAX_SERIES_ROWS = 50_000
const MAX_SERIES_CHARACTERS = 8_000_000
/** Operators that count: of no event they are 0, where others have no value. */
const ZERO_WITHOUT_EVENTS: readonly string[] = ['COUNT', 'COUNT_DISTINCT', 'CONCURRENCY']

/** The index in the results of the group of each event; `shown.length` for a group that is not shown. */
export function resultIdsOf(groups: Groups, shown: readonly number[]): Uint32Array {
  const resultOf = new Uint32Array(groups.count).fill(shown.length)
  for (const [result, group] of shown.entries()) resultOf[group] = result
  return groups.ids.map((group) => resultOf[group] as number)
}

/**
 * A row for each result and each bucket of time in which it has events, in the order of time. `resultIds` has the result
 * of each event, of which there are `lengths.length`; `lengths` has the characters of a row of each result. `rowOf`
 * makes a row of a result from the numbers of its calculations.
 */
export function seriesOf(
  { selected, buckets, range }: GroupedEvents,
  calculations: readonly NamedCalculation[],
  resultIds: Uint32Array,
  lengths: readonly number[],
  rowOf: (result: number, numberOf: (name: string) => number | undefined) => ResultRow,
  warnings: ClauseNote[],
): QueryAnswer['series'] {
  if (selected.rows.length === 0) return []
  const count = lengths.length
  // One more, for the events of groups that are not shown.
  const groups: Groups = { ids: resultIds, count: count + 1, firstRows: new Uint32Array(0) }
  const events = { selected, groups, buckets, range }
  const cells = cellsOf(events)
  const values = new Map(calculations.map((one) => [one.name, valuesOfCells(events, one, cells)]))
  // A long event is in progress in buckets in which nothing begins.
  const concurrency = calculations.flatMap(({ op, name }) =>
    op === 'CONCURRENCY' ? [...(values.get(name)?.keys() ?? [])] : [],
  )
  const own = Array.from(cells.firstRows, (_, cell) => keyOfCell(events, cells, cell))
  const keys = [...new Set([...own, ...concurrency])].filter((key) => key < count * buckets.count)
  const kept = withinBounds(keys, lengths, buckets.count, warnings)
  const bucketOf = (key: number) => key % buckets.count
  const zeroes = new Set(
    calculations.flatMap(({ op, name }) => (ZERO_WITHOUT_EVENTS.includes(op) ? name : [])),
  )
  return kept
    .sort((a, b) => bucketOf(a) - bucketOf(b) || a - b)
    .map((key) => ({
      time: new Date(buckets.firstMs + bucketOf(key) * buckets.widthMs).toISOString(),
      data: rowOf(Math.floor(key / buckets.count), (name) =>
        numberIn(values.get(name), key, zeroes.has(name)),
      ),
    }))
}

function numberIn(numbers: CellNumbers | undefined, key: number, isCount: boolean): number | undefined {
  return numbers?.get(key) ?? (isCount ? 0 : undefined)
}

/** The keys of the first results, as many as an answer may have. `lengths` has the characters of a row of each result. */
function withinBounds(
  keys: number[],
  lengths: readonly number[],
  bucketCount: number,
  warnings: ClauseNote[],
): number[] {
  const sorted = keys.sort((a, b) => a - b)
  let characters = 0
  const beyond = sorted.findIndex((key, index) => {
    characters += lengths[Math.floor(key / bucketCount)] as number
    return index >= MAX_SERIES_ROWS || characters > MAX_SERIES_CHARACTERS
  })
  if (beyond < 0) return sorted
  const last = Math.floor((sorted[beyond] as number) / bucketCount)
  warnings.push({
    clause: 'limit',
    message: `only the first ${last} of ${lengths.length} groups have a time series: lower the limit, or raise the granularity`,
  })
  return sorted.filter((key) => key < last * bucketCount)
}
