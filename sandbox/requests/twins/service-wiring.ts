import type { Wiring } from '../../../contracts/sandbox/wiring.ts'
import type { TraceTable } from '../trace-table.ts'

/** With fewer, the other provider's records may be on their way, or unsampled. */
const MIN_REQUESTS = 10
const MAX_SERVICES = 50
/** A service whose spans and segments shared a trace this long before had one id for both. ms */
const WHOLE_BEFORE_MS = 10 * 60_000

/** Where the requests of a service are. */
interface Counts {
  /** Start of the latest trace with both spans and segments; -Infinity without one. Epoch ms */
  wholeMs: number
  honeycomb: number
  xray: number
}

/** At which provider the requests of each service are. One pass over all traces */
export class ServiceWiring {
  readonly #byService = new Map<string, Counts>()
  #hasSpans = false
  #hasSegments = false

  constructor(traces: TraceTable) {
    const byCode: (Counts | undefined)[] = []
    /** A slot of each code, to read its services. */
    const slotOfCode = new Map<number, number>()
    for (const slot of traces.slots()) {
      const [hasSpans, hasSegments] = [traces.spans(slot) > 0, traces.segments(slot) > 0]
      if (!hasSpans && !hasSegments) continue
      this.#hasSpans ||= hasSpans
      this.#hasSegments ||= hasSegments
      const code = traces.servicesCode(slot)
      let counts = byCode[code]
      if (!counts) {
        counts = none()
        byCode[code] = counts
        slotOfCode.set(code, slot)
      }
      if (hasSpans && hasSegments) counts.wholeMs = Math.max(counts.wholeMs, traces.startMs(slot))
      else counts[hasSpans ? 'honeycomb' : 'xray']++
    }
    for (const [code, slot] of slotOfCode) {
      for (const service of traces.services(slot)) this.#add(service, byCode[code] ?? none())
    }
  }

  /**
   * Whether the service has one id for both providers at this time: then a record that is missing was lost, not sampled or
   * is late, and a like one is of another request.
   */
  isWhole(service: string, startMs: number): boolean {
    const { wholeMs } = this.#byService.get(service) ?? none()
    return wholeMs >= startMs - WHOLE_BEFORE_MS
  }

  /** Services that reach one provider only, although the other receives something. Most requests first. */
  oneSided(): Wiring['oneSided'] {
    if (!this.#hasSpans || !this.#hasSegments) return []
    return [...this.#byService]
      .filter(([, { wholeMs, honeycomb, xray }]) => wholeMs < 0 && Math.min(honeycomb, xray) === 0)
      .map(([service, { honeycomb, xray }]) => ({
        service,
        only: honeycomb > 0 ? ('honeycomb' as const) : ('xray' as const),
        requests: honeycomb + xray,
      }))
      .filter(({ requests }) => requests >= MIN_REQUESTS)
      .toSorted((a, b) => b.requests - a.requests || (a.service < b.service ? -1 : 1))
      .slice(0, MAX_SERVICES)
  }

  #add(service: string, { wholeMs, honeycomb, xray }: Counts): void {
    const before = this.#byService.get(service) ?? none()
    this.#byService.set(service, {
      wholeMs: Math.max(before.wholeMs, wholeMs),
      honeycomb: before.honeycomb + honeycomb,
      xray: before.xray + xray,
    })
  }
}

function none(): Counts {
  return { wholeMs: Number.NEGATIVE_INFINITY, honeycomb: 0, xray: 0 }
}
