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
 * the code has probably answered it. Null for a trace that is not in the list.
 */
export function readPeers(table: TraceTable, traceId: string): PeerIds | null {
  const own = table.slotOf(traceId)
  if (own === undefined) return null
  const code = table.nameCode(own)
  const slots = table.slots().filter((slot) => table.nameCode(slot) === code)
  const durations = Float64Array.from(slots, (slot) => table.durationMs(slot)).sort()
  /** By nearest rank. */
  const quantile = (share: number) => durations[Math.ceil(share * durations.length) - 1] as number
  const newest = (isWanted: (slot: number) => boolean) => {
    let found: number | undefined
    for (const slot of slots) {
      if (slot === own || !isWanted(slot)) continue
      if (found === undefined || isNewer(table, slot, found)) found = slot
    }
    return found === undefined ? null : table.traceId(found)
  }
  const [fast, slow] = [quantile(FAST), quantile(SLOW)]
  return {
    route: table.name(own),
    count: slots.length - 1,
    p50Ms: quantile(0.5),
    p95Ms: slow,
    fast: newest((slot) => !table.error(slot) && table.durationMs(slot) <= fast),
    slow: newest((slot) => table.durationMs(slot) >= slow),
  }
}

function isNewer(table: TraceTable, a: number, b: number): boolean {
  return (table.startedMs(a) - table.startedMs(b) || table.number(b) - table.number(a)) > 0
}
