import type { StoredSegment } from '../store/segments.ts'
import { callsOf, typeOfCallee, withSubsegments } from './calls.ts'
import type { Segment } from './segment.ts'
import { parseDocument } from './segment-document.ts'

/** A node of the service map: a service with segments, or one that a subsegment called and that has sent none. */
export interface Service {
  readonly name: string
  readonly type: string | undefined
  /** Its segments, or the subsegments that called it. */
  readonly segments: readonly Segment[]
}

export interface Edge {
  readonly from: Service
  readonly to: Service
  /** The calling subsegments and the called segments. */
  readonly segments: readonly Segment[]
  /** Each call once: the caller's subsegment, or without one the callee's segment. */
  readonly calls: readonly Segment[]
}

/** A trace, assembled from its segment documents. */
export interface Trace {
  readonly traceId: string
  readonly segments: readonly Segment[]
  readonly root: Segment
  readonly services: readonly Service[]
  readonly edges: readonly Edge[]
  /** The segments without a known caller, where the trace enters. */
  readonly entries: readonly Segment[]
  /** Epoch seconds. */
  readonly startS: number
  /** Seconds from the first start to the last end. */
  readonly durationS: number
  readonly isPartial: boolean
}

/** Assembles a trace; undefined without documents. */
export function assembleTrace(traceId: string, stored: readonly StoredSegment[]): Trace | undefined {
  const segments = stored.map(({ document }) => parseDocument(document).segment)
  const [first] = segments
  if (!first) return undefined
  const ids = new Set(segments.flatMap(withSubsegments).map(({ id }) => id))
  const isRoot = ({ parentId }: Segment) => parentId === undefined || !ids.has(parentId)
  const startS = segments.reduce((least, segment) => Math.min(least, segment.startS), first.startS)
  const endS = segments.reduce((most, { startS: at, endS: end = at }) => Math.max(most, end), startS)
  const { services, edges } = mapOf(segments)
  return {
    traceId,
    segments,
    root: segments.find(({ parentId }) => parentId === undefined) ?? segments.find(isRoot) ?? first,
    services,
    edges,
    entries: segments.filter((segment) => !segment.isSubsegment && isRoot(segment)),
    startS,
    durationS: endS - startS,
    isPartial: segments.some((segment) => segment.endS === undefined),
  }
}

function mapOf(segments: readonly Segment[]): Pick<Trace, 'services' | 'edges'> {
  const services = new Map<string, { name: string; type: string | undefined; segments: Segment[] }>()
  const serviceOf = (name: string, type: string | undefined, segment: Segment) => {
    const service = services.get(name) ?? { name, type, segments: [] }
    services.set(name, service)
    service.segments.push(segment)
    return service
  }
  const ofSegment = new Map<Segment, Service>()
  for (const segment of segments) {
    if (!segment.isSubsegment) ofSegment.set(segment, serviceOf(segment.name, segment.origin, segment))
  }
  const edges = new Map<string, { from: Service; to: Service; segments: Segment[]; calls: Segment[] }>()
  for (const { from: calling, caller, to: called, timed } of callsOf(segments)) {
    const from = ofSegment.get(calling)
    const to = called ? ofSegment.get(called) : serviceOf(timed.name, typeOfCallee(timed), timed)
    if (!from || !to) continue
    const key = JSON.stringify([from.name, to.name])
    const edge = edges.get(key) ?? { from, to, segments: [], calls: [] }
    edges.set(key, edge)
    edge.segments.push(caller, called ?? timed)
    edge.calls.push(timed)
  }
  return { services: [...services.values()], edges: [...edges.values()] }
}
