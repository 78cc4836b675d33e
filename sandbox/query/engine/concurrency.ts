import { sortedIndexes } from './sort.ts'

/** What CONCURRENCY counts in. All lists are parallel. */
export interface Intervals {
  /** Epoch ms. */
  readonly startsMs: Float64Array
  /** NaN for an event without a duration, which counts at its own time only. */
  readonly durationsMs: Float64Array
  /** 1 for the events to count; undefined for all. */
  readonly mask: Uint8Array | undefined
  readonly groupIds: Uint32Array
  readonly groupCount: number
}

const END = 0
const START = 1
/** The end of an event without duration comes after all starts of the same moment. */
const MOMENT_END = 2

/**
 * The greatest number of events in progress at one moment, by group. An event is in progress from its start up to, and
 * without, its end. Calls `onChange` in the order of time with the number in progress in a group from `atMs` on, if given.
 */
export function concurrency(
  { startsMs, durationsMs, mask, groupIds, groupCount }: Intervals,
  onChange?: (groupId: number, atMs: number, active: number, isStart: boolean) => void,
): Float64Array {
  const count = startsMs.length
  // Starts first, then ends: an index at or above `count` is an end.
  const times = new Float64Array(2 * count).fill(Number.NaN)
  for (let index = 0; index < count; index++) {
    if (mask !== undefined && mask[index] !== 1) continue
    const duration = durationsMs[index] as number
    times[index] = startsMs[index] as number
    times[count + index] = (startsMs[index] as number) + (duration > 0 ? duration : 0)
  }
  const order = sortedIndexes(times)
  const active = new Float64Array(groupCount)
  const greatest = new Float64Array(groupCount)
  const change = (event: number) => {
    const isStart = event < count
    const index = isStart ? event : event - count
    const id = groupIds[index] as number
    const now = (active[id] as number) + (isStart ? 1 : -1)
    active[id] = now
    if (now > (greatest[id] as number)) greatest[id] = now
    onChange?.(id, times[event] as number, now, isStart)
  }
  const kindOf = (event: number) => {
    if (event < count) return START
    return times[event] === times[event - count] ? MOMENT_END : END
  }
  for (let from = 0; from < order.length; ) {
    let to = from + 1
    while (to < order.length && times[order[to] as number] === times[order[from] as number]) to++
    if (to === from + 1) change(order[from] as number)
    else {
      for (const kind of [END, START, MOMENT_END]) {
        for (let at = from; at < to; at++)
          if (kindOf(order[at] as number) === kind) change(order[at] as number)
      }
    }
    from = to
  }
  return greatest
}
