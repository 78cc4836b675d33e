import type { StoredSegment } from '../store/segments.ts'
import { parseDocument, type Segment } from './segment-document.ts'

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

/** The segment and all its subsegments, however deep, each before those below it. */
export function withSubsegments(segment: Segment): Segment[] {
  const parts: Segment[] = []
  const waiting = [segment]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    parts.push(next)
    waiting.push(...next.subsegments.toReversed())
  }
  return parts
}

function mapOf(segments: readonly Segment[]): Pick<Trace, 'services' | 'edges'> {
  const services = new Map<string, { name: string; type: string | undefined; segments: Segment[] }>()
  const serviceOf = (name: string, type: string | undefined, segment: Segment) => {
    const service = services.get(name) ?? { name, type, segments: [] }
    services.set(name, service)
    service.segments.push(segment)
    return service
  }
  /** The service and the segment by the id of each segment and subsegment. */
  const owners = new Map<string, { service: Service; segment: Segment }>()
  // An independent subsegment belongs to the service of its parent, which may have been stored after it.
  const independent = Map.groupBy(
    segments.filter(({ isSubsegment }) => isSubsegment),
    ({ parentId }) => parentId,
  )
  const own = (service: Service, segment: Segment) => {
    const parts = withSubsegments(segment)
    for (const part of parts) {
      owners.set(part.id, { service, segment: part })
      for (const child of independent.get(part.id) ?? []) parts.push(...withSubsegments(child))
      independent.delete(part.id)
    }
  }
  const whole = segments.filter(({ isSubsegment }) => !isSubsegment)
  for (const segment of whole) own(serviceOf(segment.name, segment.origin, segment), segment)

  const edges = new Map<string, { from: Service; to: Service; segments: Segment[]; calls: Segment[] }>()
  const connect = (from: Service, to: Service, call: Segment, ...parts: Segment[]) => {
    const key = JSON.stringify([from.name, to.name])
    const edge = edges.get(key) ?? { from, to, segments: [], calls: [] }
    edges.set(key, edge)
    edge.segments.push(...parts)
    edge.calls.push(call)
  }
  for (const segment of whole) {
    const caller = owners.get(segment.parentId ?? '')
    const callee = owners.get(segment.id)
    if (!caller || !callee) continue
    const call = caller.segment.isSubsegment ? caller.segment : segment
    connect(caller.service, callee.service, call, caller.segment, segment)
  }
  const answered = new Set(whole.map(({ parentId }) => parentId))
  for (const { service, segment } of [...owners.values()]) {
    if (!segment.isSubsegment || !isCall(segment) || answered.has(segment.id)) continue
    connect(service, serviceOf(segment.name, typeOfCallee(segment), segment), segment, segment)
  }
  return { services: [...services.values()], edges: [...edges.values()] }
}

/** Other namespaces, like the X-Ray SDK's `local`, mark work within the service. */
function isCall({ namespace }: Segment): boolean {
  return namespace === 'remote' || namespace === 'aws'
}

/** The type of the called node: a database by the `sql` block, an AWS service by the namespace. */
function typeOfCallee({ namespace, name, isSql }: Segment): string | undefined {
  if (isSql) return 'Database::SQL'
  return namespace === 'aws' ? `AWS::${name}` : namespace
}
