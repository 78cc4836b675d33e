import type { LogEntry } from '../../contracts/sandbox/lists.ts'
import type { LogRecord } from '../../contracts/sandbox/trace.ts'
import { isPlausibleTime } from '../store/plausible-time.ts'

type Times = Pick<LogRecord, 'timeUnixNano' | 'observedTimeUnixNano'>

/**
 * When a log record happened: its own time, else that of its observation, else that of its arrival; the first of them that
 * is plausible.
 */
export function placeInTime(
  { timeUnixNano, observedTimeUnixNano }: Times,
  receivedMs: number,
): { readonly atNs: bigint; readonly timeFrom: LogEntry['timeFrom'] } {
  const isPlausible = (ns: string) => isPlausibleTime(Number(ns) / 1e6, receivedMs)
  if (isPlausible(timeUnixNano)) return { atNs: BigInt(timeUnixNano), timeFrom: 'record' }
  if (isPlausible(observedTimeUnixNano)) {
    return { atNs: BigInt(observedTimeUnixNano), timeFrom: 'observation' }
  }
  return { atNs: BigInt(Math.round(receivedMs)) * 1_000_000n, timeFrom: 'arrival' }
}
