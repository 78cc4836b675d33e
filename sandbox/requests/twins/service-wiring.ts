import type { Wiring } from '../../../contracts/sandbox/wiring.ts'
import type { TraceTable } from '../trace-table.ts'

/** With fewer, the other provider may get the next ones. */
const FEW_REQUESTS = 10
/** A service that reached both providers must miss one this often: a datagram or a batch may be lost. */
const LEAST_SINCE = 3
const MAX_SERVICES = 50
/** A service whose spans and segments share a trace this near in time has one id for both. ms */
const WHOLE_NEAR_MS = 10_000
/** Records of a request that began longer ago have usually arrived. ms */
const SETTLED_MS = 10_000

/** Starts of the traces with a service, by where their records are. Epoch ms */
interface Starts {
  readonly whole: number[]
  readonly honeycomb: number[]
  readonly xray: number[]
}

/** At which provider the requests of each service are. One pass over all traces */
export class ServiceWiring {
  readonly #byService = new Map<string, Starts>()
  #hasSpans = false
  #hasSegments = false

  constructor(traces: TraceTable) {
    const byCode: (Starts | undefined)[] = []
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
        starts = none()
        byCode[code] = starts
        slotOfCode.set(code, slot)
      }
      const side = hasSpans && hasSegments ? 'whole' : hasSpans ? 'honeycomb' : 'xray'
      starts[side].push(traces.startMs(slot))
    }
    for (const [code, slot] of slotOfCode) {
      for (const service of traces.services(slot)) this.#add(service, byCode[code] ?? none())
    }
    for (const { whole } of this.#byService.values()) whole.sort((a, b) => a - b)
  }

  /**
   * Whether the service has one id for both providers at this time: then a record that is missing was lost, not sampled or
   * is late, and a like one is of another request.
   */
  isWhole(service: string, startMs: number): boolean {
    const { whole } = this.#byService.get(service) ?? none()
    const next = whole[firstFrom(whole, startMs - WHOLE_NEAR_MS)]
    return next !== undefined && next <= startMs + WHOLE_NEAR_MS
  }

  /** See `Wiring`. */
  oneSided(nowMs: number): Wiring['oneSided'] {
    if (!this.#hasSpans || !this.#hasSegments) return []
    return [...this.#byService]
      .map(([service, { whole, honeycomb, xray }]) => {
        const lastMs = whole.at(-1)
        const sinceMs = lastMs === undefined ? null : Math.round(lastMs)
        const counted = (starts: readonly number[]) =>
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

  #add(service: string, more: Starts): void {
    const before = this.#byService.get(service) ?? none()
    this.#byService.set(service, {
      whole: before.whole.concat(more.whole),
      honeycomb: before.honeycomb.concat(more.honeycomb),
      xray: before.xray.concat(more.xray),
    })
  }
}

function none(): Starts {
  return { whole: [], honeycomb: [], xray: [] }
}

/** The index of the first of ordered times that is `fromMs` or later. */
function firstFrom(times: readonly number[], fromMs: number): number {
  let [low, high] = [0, times.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((times[middle] as number) < fromMs) low = middle + 1
    else high = middle
  }
  return low
}
