import type { Twins, Wiring } from '../../../contracts/sandbox/wiring.ts'
import type { TraceTable } from '../trace-table.ts'
import { type OwnedWork, type Pair, type Pairs, pairUp } from './pairs.ts'
import type { ServiceWiring } from './service-wiring.ts'
import type { WorkReader } from './work-reader.ts'

/** The newest traces with records of one provider that the list's note is about. */
const MAX_COMPARED = 2_000
/** Records of a request that ended longer ago have usually arrived. ms */
const SETTLED_MS = 10_000
/** Traces that are further apart than this cannot be alike, or rivals. ms */
const NEAR_MS = 2_000
const MAX_EXAMPLES = 5

/** Ids of the traces that look like a trace. */
export interface TwinIds {
  readonly twins: readonly Twins[]
  readonly several: readonly string[]
}

export interface TwinContext {
  readonly traces: TraceTable
  readonly reader: WorkReader
  readonly services: ServiceWiring
  /** Epoch ms */
  readonly nowMs: number
  /** Reading records stops where it is false. */
  readonly hasTime: () => boolean
}

/** The note about all traces. */
export function readWiring(context: TwinContext): Wiring {
  const { traces, reader, services } = context
  const slots = traces.slots().filter((slot) => isOfOne(traces, slot))
  const newest = newestOf(traces, slots)
  const near = newest.filter(hasCounterpart(traces, newest))
  const { pairs, unclear } = pairsOf(near, context)
  const twins = toTwins(traces, pairs)
  const groups = groupsOf(twins)
  return {
    rows: groups.rows,
    requests: groups.requests,
    several: slotsIn(unclear).size,
    examples: twins.toSorted((a, b) => b.startMs - a.startMs).slice(0, MAX_EXAMPLES),
    compared: newest.length,
    isAll: newest.length === slots.length,
    isComplete: near.every((slot) => reader.isKept(traces, slot)),
    oneSided: services.oneSided(context.nowMs),
  }
}

/** What looks like one trace: the same as the note says, because only near traces count for either. */
export function readTwins(traceId: string, context: TwinContext): TwinIds {
  const { traces } = context
  const own = traces.slotOf(traceId)
  if (own === undefined || !isOfOne(traces, own)) return { twins: [], several: [] }
  const times = timesIn(traces, own)
  const slots = traces
    .slots()
    .filter((slot) => isOfOne(traces, slot) && areNear(times, timesIn(traces, slot)))
  const { pairs, unclear } = pairsOf(newestOf(traces, slots), context)
  const isOwn = ({ span, segment }: Pick<Pair, 'span' | 'segment'>) =>
    span.slot === own || segment.slot === own
  const twins = toTwins(traces, pairs.filter(isOwn))
  const others = slotsIn(Iterator.from(unclear).filter(isOwn))
  others.delete(own)
  return {
    twins: twins.slice(0, MAX_EXAMPLES),
    several: [...others].slice(0, MAX_EXAMPLES).map((slot) => traces.traceId(slot)),
  }
}

function pairsOf(slots: Iterable<number>, { traces, reader, services, nowMs, hasTime }: TwinContext): Pairs {
  const [spans, segments]: [OwnedWork[], OwnedWork[]] = [[], []]
  for (const slot of slots) {
    if (!reader.isKept(traces, slot) && !hasTime()) continue
    const side = traces.spans(slot) > 0 ? spans : segments
    for (const work of reader.of(traces, slot)) {
      const isSettled = work.endMs <= nowMs - SETTLED_MS
      if (isSettled && !services.isWhole(work.service, work.startMs)) side.push(work)
    }
  }
  return pairUp(spans, segments)
}

function slotsIn(pairs: Pairs['unclear']): Set<number> {
  const slots = new Set<number>()
  for (const { span, segment } of pairs) slots.add(span.slot).add(segment.slot)
  return slots
}

/** Whether of Honeycomb and X-Ray one has records of it. */
function isOfOne(traces: TraceTable, slot: number): boolean {
  return traces.spans(slot) > 0 !== traces.segments(slot) > 0
}

function newestOf(traces: TraceTable, slots: Uint32Array): Uint32Array {
  if (slots.length <= MAX_COMPARED) return slots
  const starts = Float64Array.from(slots, (slot) => traces.startMs(slot)).sort()
  const fromMs = starts[starts.length - MAX_COMPARED] as number
  return slots.filter((slot) => traces.startMs(slot) >= fromMs).subarray(-MAX_COMPARED)
}

/** Most traces of one provider have none, as where the other is not used: their records need not be read. */
function hasCounterpart(traces: TraceTable, slots: Uint32Array): (slot: number) => boolean {
  const timesOf = (hasSpans: boolean): Times[] => {
    const ofSide = slots.filter((slot) => traces.spans(slot) > 0 === hasSpans)
    return Array.from(ofSide, (slot) => timesIn(traces, slot))
  }
  const [withSpans, withSegments] = [timesOf(true), timesOf(false)]
  return (slot) => {
    const own = timesIn(traces, slot)
    return (traces.spans(slot) > 0 ? withSegments : withSpans).some((other) => areNear(own, other))
  }
}

/** Of a trace, epoch ms. */
interface Times {
  readonly startMs: number
  readonly endMs: number
}

function timesIn(traces: TraceTable, slot: number): Times {
  const startMs = traces.startMs(slot)
  return { startMs, endMs: startMs + traces.durationMs(slot) }
}

/** Whether the times of two traces overlap, or almost do. */
function areNear(a: Times, b: Times): boolean {
  return a.startMs - NEAR_MS <= b.endMs && b.startMs - NEAR_MS <= a.endMs
}

/** The nearest pair of each two traces, which may share several requests. */
function toTwins(traces: TraceTable, pairs: readonly Pair[]): Twins[] {
  const found = new Map<string, Twins>()
  for (const { span, segment } of pairs) {
    const [honeycomb, xray] = [traces.traceId(span.slot), traces.traceId(segment.slot)]
    const key = honeycomb + xray
    if (found.has(key)) continue
    found.set(key, {
      honeycomb,
      xray,
      service: span.service,
      segmentName: segment.service,
      request: `${span.method} ${span.path}`,
      status: span.status ?? segment.status,
      startMs: span.startMs,
      startApartMs: roundedMs(segment.startMs - span.startMs),
      endApartMs: roundedMs(segment.endMs - span.endMs),
    })
  }
  return [...found.values()]
}

/** Microseconds: more digits of the two providers' times mean nothing. */
function roundedMs(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}

/** How many traces there are in the pairs, and how many requests they look like: a trace can be in more than one pair. */
function groupsOf(twins: readonly Twins[]): { readonly rows: number; readonly requests: number } {
  const parents = new Map<string, string>()
  const rootOf = (id: string): string => {
    let root = id
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root))
      root = next
    return root
  }
  for (const { honeycomb, xray } of twins) {
    for (const id of [honeycomb, xray]) if (!parents.has(id)) parents.set(id, id)
    parents.set(rootOf(xray), rootOf(honeycomb))
  }
  const requests = [...parents.keys()].filter((id) => rootOf(id) === id).length
  return { rows: parents.size, requests }
}
