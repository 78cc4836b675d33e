import type { Wiring } from '../../../contracts/sandbox/wiring.ts'
import type { TraceTable } from '../trace-table.ts'

/** With fewer, the other provider may get the next ones. */
const FEW_REQUESTS = 10
/** A service that reached both providers must miss one this often: a datagram or a batch may be lost. */
const LEAST_SINCE = 3
const MAX_SERVICES = 50
/** Requests that tell how a service was wired at a time began this near to it. ms */
const NEAR_MS = 10_000
/** With this many requests at both providers for one that either lacks, what is missing was lost. */
const WHOLE_TIMES = 4
/** Records of a request that began longer ago have usually arrived. ms */
const SETTLED_MS = 10_000

/** Starts of the traces with a service, by where their records are. Epoch ms */
interface Starts<Times> {
  readonly whole: Times
  readonly honeycomb: Times
  readonly xray: Times
}

/** At which provider the requests of each service are. One pass over all traces */
export class ServiceWiring {
  /** Ordered. */
  readonly #byService: ReadonlyMap<string, Starts<Float64Array>>
  #hasSpans = false
  #hasSegments = false

  constructor(traces: TraceTable) {
    const byCode: (Starts<number[]> | undefined)[] = []
    /** A slot of each code, to read its services. */
    const slotOfCode = new Map<number, number>()
    for (const slot of traces.slots()) {
      const [hasSpans, hasSegments] = [traces.spans(slot) > 0, traces.segments(slot) > 0]
      if (!hasSpans && !hasSegments) continue
      this.#hasSpans ||= hasSpans
      this.#hasSegments ||= hasSegments
      const code = traces.servicesCode(slot)
      let starts = byCode[code]
      if (!starts) {
        starts = { whole: [], honeycomb: [], xray: [] }
        byCode[code] = starts
        slotOfCode.set(code, slot)
      }
      const side = hasSpans && hasSegments ? 'whole' : hasSpans ? 'honeycomb' : 'xray'
      starts[side].push(traces.startMs(slot))
    }
    const ofServices = new Map<string, Starts<number[]>[]>()
    for (const [code, slot] of slotOfCode) {
      for (const service of traces.services(slot)) {
        const own = byCode[code]
        if (own) ofServices.set(service, [...(ofServices.get(service) ?? []), own])
      }
    }
    this.#byService = new Map([...ofServices].map(([service, all]) => [service, ordered(all)]))
  }

  /**
   * Whether about then almost all requests of the service are at both providers: then a record that is missing was lost, not
   * sampled or is late, and a like one is of another request. Not where processes with and without one id share the name.
   */
  isWhole(service: string, startMs: number): boolean {
    const { whole, honeycomb, xray } = this.#byService.get(service) ?? none()
    const near = (starts: Float64Array) =>
      firstFrom(starts, startMs + NEAR_MS) - firstFrom(starts, startMs - NEAR_MS)
    return near(whole) > WHOLE_TIMES * Math.min(near(honeycomb), near(xray))
  }

  /** See `Wiring`. */
  oneSided(nowMs: number): Wiring['oneSided'] {
    if (!this.#hasSpans || !this.#hasSegments) return []
    return [...this.#byService]
      .map(([service, { whole, honeycomb, xray }]) => {
        const lastMs = whole.at(-1)
        const sinceMs = lastMs === undefined ? null : Math.round(lastMs)
        const counted = (starts: Float64Array) =>
          starts.filter((ms) => ms > (lastMs ?? 0) && ms <= nowMs - SETTLED_MS).length
        const [spans, segments] = [counted(honeycomb), counted(xray)]
        const requests = Math.min(spans, segments) === 0 ? spans + segments : 0
        const only = spans > 0 ? ('honeycomb' as const) : ('xray' as const)
        return { service, only, requests, isSoFar: requests < FEW_REQUESTS, sinceMs }
      })
      .filter(({ requests, sinceMs }) => requests >= (sinceMs === null ? 1 : LEAST_SINCE))
      .toSorted((a, b) => b.requests - a.requests || (a.service < b.service ? -1 : 1))
      .slice(0, MAX_SERVICES)
  }
}

function none(): Starts<Float64Array> {
  return { whole: new Float64Array(), honeycomb: new Float64Array(), xray: new Float64Array() }
}

function ordered(all: readonly Starts<number[]>[]): Starts<Float64Array> {
  const of = (side: keyof Starts<number[]>) => Float64Array.from(all.flatMap((one) => one[side])).sort()
  return { whole: of('whole'), honeycomb: of('honeycomb'), xray: of('xray') }
}

/** The index of the first of ordered times that is `fromMs` or later. */
function firstFrom(times: Float64Array, fromMs: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] as number) < fromMs) low = middle + 1
    else high = middle
  }
  return low
}
