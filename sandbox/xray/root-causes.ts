import type { CauseKind } from '../../contracts/sandbox/xray-filter-words.ts'
import { ACCOUNT_ID } from './account.ts'
import { byService, type PathNode, pathNodes, pathTo, typeOfService } from './path-nodes.ts'
import { objectOf, type Segment, stringOf } from './segment.ts'
import { seconds } from './segments.ts'
import type { Trace } from './trace.ts'

/** Bounds of the sandbox: causes of a trace, and parts of their paths, beyond which no further cause is returned. */
const MAX_CAUSES = 20
const MAX_PARTS = 2_000
/** The share of the response time from which a part is its cause. */
const MIN_COVERAGE = 0.5

export interface RootCauseException {
  readonly Name: string | undefined
  readonly Message: string | undefined
}

export interface RootCauseEntity {
  readonly Name: string
  readonly Remote: boolean
  readonly Exceptions?: readonly RootCauseException[]
  /** Of a response time: the share of the root segment's. */
  readonly Coverage?: number
}

export interface RootCauseService {
  readonly Name: string
  readonly Names: readonly string[]
  readonly Type: string | undefined
  readonly AccountId: string
  readonly Inferred: boolean
  readonly EntityPath: readonly RootCauseEntity[]
}

/** The path from where the trace enters to the cause, in the shape of GetTraceSummaries. */
export interface RootCause {
  readonly Services: readonly RootCauseService[]
  readonly ClientImpacting: boolean
}

/**
 * The root causes of a trace's faults, errors or response time.
 *
 * A segment or subsegment with a fault is a root cause if none of the parts below it has a fault; so is the inferred
 * segment of a called service that sent none. A cause impacts the client if all parts above it have a fault too. The
 * same for errors. The cause of a response time is found by going down from the root segment to the part that takes
 * longest, as long as it takes half of the response time. X-Ray documents the form, but not how it decides: see README.md.
 *
 * Sources: https://docs.aws.amazon.com/xray/latest/api/API_FaultRootCause.html and
 * https://docs.aws.amazon.com/xray/latest/devguide/xray-api-gettingdata.html#xray-api-analytics
 */
export function rootCauses(trace: Trace, kind: CauseKind): RootCause[] {
  if (kind === 'responsetime') return responseTimeCauses(trace)
  const isMarked =
    kind === 'fault' ? ({ part }: PathNode) => part.isFault : ({ part }: PathNode) => part.isError
  if (!trace.segments.some((segment) => hasMark(segment, kind))) return []
  const nodes = pathNodes(trace)
  const exceptionsOf = exceptionFinder(nodes)
  const entityOf = ({ part, isInferred }: PathNode): RootCauseEntity => ({
    Name: part.name,
    Remote: isRemote(part, isInferred),
    Exceptions: isInferred ? [] : exceptionsOf(part),
  })
  const found: RootCause[] = []
  let parts = 0
  for (const node of nodes) {
    if (!isMarked(node) || node.children.some(isMarked)) continue
    const path = pathTo(node)
    found.push({ Services: servicesOf(path, entityOf), ClientImpacting: path.every(isMarked) })
    parts += path.length
    if (found.length === MAX_CAUSES || parts >= MAX_PARTS) break
  }
  return found
}

/** Whether a segment or one of its subsegments has a fault or an error. */
function hasMark(segment: Segment, kind: 'fault' | 'error'): boolean {
  const waiting = [segment]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (kind === 'fault' ? next.isFault : next.isError) return true
    waiting.push(...next.subsegments)
  }
  return false
}

function responseTimeCauses(trace: Trace): RootCause[] {
  const { startS, endS } = trace.root
  const responseS = endS === undefined ? 0 : endS - startS
  const [root] = pathNodes(trace)
  if (responseS <= 0 || !root) return []
  const times = new Map([[root, responseS]])
  let last = root
  for (;;) {
    const above: PathNode = last
    for (const child of above.children) times.set(child, timeWithin(child, above, times.get(above) ?? 0))
    const longest = above.children.toSorted((a, b) => (times.get(b) ?? 0) - (times.get(a) ?? 0))[0]
    if (!longest || (times.get(longest) ?? 0) < MIN_COVERAGE * responseS) break
    last = longest
  }
  const entityOf = (node: PathNode): RootCauseEntity => ({
    Name: node.part.name,
    Coverage: seconds((times.get(node) ?? 0) / responseS),
    Remote: isRemote(node.part, node.isInferred),
  })
  return [{ Services: servicesOf(pathTo(last), entityOf), ClientImpacting: true }]
}

/** Seconds that a part takes of those of the part above it. Called services have other clocks, so only their duration counts. */
function timeWithin({ part, isInferred }: PathNode, above: PathNode, aboveS: number): number {
  if (part.endS === undefined) return 0
  if (isInferred) return aboveS
  const from = part.isSubsegment ? Math.max(part.startS, above.part.startS) : part.startS
  const to = part.isSubsegment ? Math.min(part.endS, above.part.endS ?? part.endS) : part.endS
  return Math.min(aboveS, Math.max(0, to - from))
}

function servicesOf(
  path: readonly PathNode[],
  entityOf: (node: PathNode) => RootCauseEntity,
): RootCauseService[] {
  return byService(path).flatMap((nodes) => {
    const [first] = nodes
    if (!first) return []
    return {
      Name: first.part.name,
      Names: [first.part.name],
      Type: typeOfService(first),
      AccountId: ACCOUNT_ID,
      Inferred: first.isInferred,
      EntityPath: nodes.map(entityOf),
    }
  })
}

function isRemote({ namespace, isSubsegment }: Segment, isInferred: boolean): boolean {
  return !isInferred && isSubsegment && (namespace === 'remote' || namespace === 'aws')
}

/** Finds the exceptions of a part: its cause is an object with them, or the id of an exception of another part. */
function exceptionFinder(nodes: readonly PathNode[]): (part: Segment) => RootCauseException[] {
  let byId: Map<unknown, RootCauseException> | undefined
  return ({ cause }) => {
    if (typeof cause !== 'string') return listed(cause).map(({ exception }) => exception)
    byId ??= new Map(
      nodes.flatMap(({ part }) => listed(part.cause)).map(({ id, exception }) => [id, exception] as const),
    )
    const found = byId.get(cause)
    return found ? [found] : []
  }
}

function listed(cause: unknown) {
  const { exceptions } = objectOf(cause)
  return (Array.isArray(exceptions) ? exceptions : []).map(objectOf).map(({ id, type, message }) => ({
    id,
    exception: { Name: stringOf(type), Message: stringOf(message) },
  }))
}
