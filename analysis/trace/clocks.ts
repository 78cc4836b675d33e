import type { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { duration } from '../format.ts'

/** How far one service's clock is from another's, by the times of calls between them. */
export interface ClockOffset {
  /** The called service, of which the clock is `by` … */
  readonly service: string
  readonly side: 'behind' | 'ahead'
  /** … that of its caller. */
  readonly of: string
  /** ms; the true offset is between them. */
  readonly leastMs: number
  readonly mostMs: number
  /** Called spans or segments. */
  readonly ids: readonly string[]
}

interface Timed {
  readonly id: string
  readonly parentId: string
  readonly service: string
  readonly startMs: number
  readonly endMs: number
}

/** Clocks of one machine, and X-Ray's times, differ by less. ms */
const SAME_MS = 1
/** A call that ends after its caller may be one that the caller did not wait for; so many that fit are none. */
const MIN_AHEAD = 2

/** What a service's clock can be ahead of its caller's (negative: behind), by the calls so far. */
interface Bounds {
  fromMs: number
  toMs: number
  readonly service: string
  readonly of: string
  readonly ids: string[]
}

/**
 * A call lies within its caller's time. Where a called service's clock differs, each call bounds the offset: it starts not
 * before, and ends not after its caller. Where one offset fits all calls and zero does not, the clocks differ by it. A call
 * that is longer than its caller bounds nothing: the caller did not wait for it. One offset for each called service.
 */
export function clockOffsets(trace: Pick<TraceLenses, 'spans' | 'segments'>): ClockOffset[] {
  const records = trace.spans.length > 0 ? trace.spans : timedSegments(trace.segments)
  const byId = new Map(records.map((record): [string, Timed] => [record.id, record]))
  const all = new Map<string, Bounds>()
  for (const { id, parentId, service, startMs, endMs } of records) {
    const caller = byId.get(parentId)
    if (!caller || caller.service === service) continue
    const [fromMs, toMs] = [endMs - caller.endMs, startMs - caller.startMs]
    if (fromMs > toMs + SAME_MS) continue
    const key = JSON.stringify([service, caller.service])
    const bounds = all.get(key) ?? {
      fromMs: Number.NEGATIVE_INFINITY,
      toMs: Number.POSITIVE_INFINITY,
      service,
      of: caller.service,
      ids: [],
    }
    bounds.fromMs = Math.max(bounds.fromMs, fromMs)
    bounds.toMs = Math.min(bounds.toMs, toMs)
    bounds.ids.push(id)
    all.set(key, bounds)
  }
  const found = new Map<string, ClockOffset>()
  for (const bounds of all.values()) {
    const offset = offsetOf(bounds)
    if (offset && !found.has(offset.service)) found.set(offset.service, offset)
  }
  return [...found.values()]
}

function offsetOf({ fromMs, toMs, ...calls }: Bounds): ClockOffset | undefined {
  if (fromMs > toMs + SAME_MS) return undefined
  // Within the tolerance the bounds may have changed places.
  const [lowMs, highMs] = [Math.min(fromMs, toMs), Math.max(fromMs, toMs)]
  if (highMs < -SAME_MS) return { ...calls, side: 'behind', leastMs: -highMs, mostMs: -lowMs }
  if (lowMs > SAME_MS && calls.ids.length >= MIN_AHEAD)
    return { ...calls, side: 'ahead', leastMs: lowMs, mostMs: highMs }
  return undefined
}

/** Of segments that have ended. A subsegment is of its segment's service. */
function timedSegments(segments: TraceLenses['segments']): Timed[] {
  const services = new Map(
    segments.flatMap(({ document, name, isSubsegment }) => (isSubsegment ? [] : [[document, name] as const])),
  )
  return segments.flatMap(({ id, parentId, name, document, startMs, endMs }) =>
    endMs === null ? [] : [{ id, parentId, service: services.get(document) ?? name, startMs, endMs }],
  )
}

/** `1.2 s behind`, or `1.1 s to 1.3 s ahead of` */
export function offsetText({ side, leastMs, mostMs }: ClockOffset): string {
  const [least, most] = [duration(leastMs), duration(mostMs)]
  return `${least === most ? least : `${least} to ${most}`} ${side === 'ahead' ? 'ahead of' : side}`
}
