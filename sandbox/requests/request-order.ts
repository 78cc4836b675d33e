import { latestPlace } from '../../contracts/sandbox/latest-place.ts'
import type { RequestOrder, RequestSort } from '../../contracts/sandbox/list-words.ts'
import type { TraceTable } from './trace-table.ts'

/** Requests are compared by so many UTF-16 code units of a text, because the text is in the cursor. */
const MAX_KEY_LENGTH = 200

export interface Ordering {
  readonly sort: RequestSort
  readonly order: RequestOrder
}

export const NEWEST_FIRST: Ordering = { sort: 'start', order: 'desc' }

type Key = number | string | null

/** The place of a request in an order. Its cursor stays valid when the request is deleted. */
export interface Position {
  readonly key: Key
  /** Epoch milliseconds. */
  readonly startedMs: number
  /** The trace's number in the store. */
  readonly number: number
}

/** A time by which requests are ordered; null, which comes last, in the future (latestPlace). */
type PlaceOfTime = (startedMs: number) => number | null

export type Comparison = (a: number, b: number) => number

/** The order of the slots of a table: by the key, then newest first, then by number, so that no two are equal. */
export function createOrder(table: TraceTable, { sort, order }: Ordering) {
  const latestMs = latestPlace(Date.now())
  const placeOf: PlaceOfTime = (startedMs) => (startedMs > latestMs ? null : startedMs)
  const key = keyReader(table, sort, placeOf)
  const sign = order === 'asc' ? 1 : -1
  const compareTimes = (a: number, b: number) => compareKeys(placeOf(a), placeOf(b), -1) || b - a
  const compare: Comparison = (a, b) =>
    compareKeys(key(a), key(b), sign) ||
    compareTimes(table.startedMs(a), table.startedMs(b)) ||
    table.number(a) - table.number(b)
  return {
    compare,
    positionOf: (slot: number): Position => ({
      key: key(slot),
      startedMs: table.startedMs(slot),
      number: table.number(slot),
    }),
    isAfter: (slot: number, position: Position): boolean =>
      (compareKeys(key(slot), sort === 'start' ? placeOf(position.startedMs) : position.key, sign) ||
        compareTimes(table.startedMs(slot), position.startedMs) ||
        table.number(slot) - position.number) > 0,
  }
}

/** Null comes last in both directions. */
function compareKeys(a: Key, b: Key, sign: number): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  return a < b ? -sign : sign
}

function keyReader(table: TraceTable, sort: RequestSort, placeOf: PlaceOfTime): (slot: number) => Key {
  if (sort === 'start') return (slot) => placeOf(table.startedMs(slot))
  if (sort === 'name') return (slot) => shortened(table.name(slot))
  if (sort === 'status') return (slot) => table.status(slot)
  if (sort === 'duration') return (slot) => table.durationMs(slot)
  if (sort === 'spans') return (slot) => table.spans(slot)
  if (sort === 'segments') return (slot) => table.segments(slot)
  if (sort === 'items') return (slot) => table.items(slot)
  const byCode: string[] = []
  return (slot) => {
    const code = table.servicesCode(slot)
    byCode[code] ??= shortened(table.services(slot).join(', '))
    return byCode[code]
  }
}

function shortened(text: string): string {
  return text.length > MAX_KEY_LENGTH ? text.slice(0, MAX_KEY_LENGTH) : text
}

/** The first slots in an order, sorted. Most slots are only compared with the last one that is kept. */
export function firstInOrder(slots: Iterable<number>, limit: number, compare: Comparison): number[] {
  let kept: number[] = []
  let last: number | undefined
  for (const slot of slots) {
    if (last !== undefined && compare(slot, last) > 0) continue
    kept.push(slot)
    if (kept.length < 4 * limit) continue
    kept = kept.sort(compare).slice(0, limit)
    last = kept.at(-1)
  }
  return kept.sort(compare).slice(0, limit)
}
