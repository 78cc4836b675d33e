import { nearestRank } from '../../contracts/nearest-rank.ts'
import type { TracePeers } from '../../contracts/sandbox/lists.ts'
import type { TraceTable } from './trace-table.ts'

/** `TracePeers` with the ids of its requests. */
export type PeerIds = Omit<TracePeers, 'fast' | 'slow'> & {
  readonly fast: string | null
  readonly slow: string | null
}

const FAST = 0.25
const SLOW = 0.95

/**
 * The other requests of a trace's route. Of the fast ones, and of the slow ones, the newest, because the same version of
 * the code has probably answered it: a fast one is faster than the trace, a slow one slower. Null for a trace that is not in
 * the list.
 */
export function readPeers(table: TraceTable, traceId: string): PeerIds | null {
  const own = table.slotOf(traceId)
  if (own === undefined) return null
  const code = table.nameCode(own)
  const slots = table.slots().filter((slot) => table.nameCode(slot) === code)
  const durations = Float64Array.from(slots, (slot) => table.durationMs(slot)).sort()
  const newest = (isWanted: (slot: number) => boolean) => {
    let found: number | undefined
    for (const slot of slots) {
      if (slot === own || !isWanted(slot)) continue
      if (found === undefined || isNewer(table, slot, found)) found = slot
    }
    return found === undefined ? null : table.traceId(found)
  }
  const ownMs = table.durationMs(own)
  const [fast, slow] = [nearestRank(durations, FAST), nearestRank(durations, SLOW)]
  return {
    route: table.name(own),
    count: slots.length - 1,
    p50Ms: nearestRank(durations, 0.5),
    p95Ms: slow,
    fast: newest(
      (slot) => !table.error(slot) && table.durationMs(slot) <= fast && table.durationMs(slot) < ownMs,
    ),
    slow: newest((slot) => table.durationMs(slot) >= slow && table.durationMs(slot) > ownMs),
  }
}

function isNewer(table: TraceTable, a: number, b: number): boolean {
  return (table.startedMs(a) - table.startedMs(b) || table.number(b) - table.number(a)) > 0
}
