import type { Segment } from './segment.ts'

/** A call from one service to another, within a trace. */
export interface Call {
  /** The calling segment. */
  readonly from: Segment
  /** The segment or subsegment that the call belongs to. */
  readonly caller: Segment
  /** The called segment; undefined for a service that has sent none. */
  readonly to: Segment | undefined
  /** What was counted and timed: the caller's subsegment, or without one the called segment. */
  readonly timed: Segment
}

/** The calls between a trace's segments first, then those of services that have sent no segment. */
export function callsOf(segments: readonly Segment[]): Call[] {
  /** The segment by the id of each of its parts. */
  const owners = new Map<string, { readonly whole: Segment; readonly part: Segment }>()
  // An independent subsegment belongs to the segment of its parent, which may have been stored after it.
  const independent = Map.groupBy(
    segments.filter(({ isSubsegment }) => isSubsegment),
    ({ parentId }) => parentId,
  )
  const wholes = segments.filter(({ isSubsegment }) => !isSubsegment)
  for (const whole of wholes) {
    const parts = withSubsegments(whole)
    for (const part of parts) {
      owners.set(part.id, { whole, part })
      for (const child of independent.get(part.id) ?? []) parts.push(...withSubsegments(child))
      independent.delete(part.id)
    }
  }
  const calls: Call[] = []
  for (const to of wholes) {
    const caller = owners.get(to.parentId ?? '')
    const callee = owners.get(to.id)
    if (!caller || !callee) continue
    const { whole: from, part } = caller
    calls.push({ from, caller: part, to: callee.whole, timed: part.isSubsegment ? part : to })
  }
  const answered = new Set(wholes.map(({ parentId }) => parentId))
  for (const { whole: from, part } of owners.values()) {
    if (!part.isSubsegment || !isCall(part) || answered.has(part.id)) continue
    calls.push({ from, caller: part, to: undefined, timed: part })
  }
  return calls
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

/** The type of a called service without segments: a database by the `sql` block, an AWS service by the namespace. */
export function typeOfCallee({ namespace, name, isSql }: Segment): string | undefined {
  if (isSql) return 'Database::SQL'
  return namespace === 'aws' ? `AWS::${name}` : namespace
}

/** Other namespaces, like the X-Ray SDK's `local`, mark work within the service. */
export function isCall({ namespace }: Segment): boolean {
  return namespace === 'remote' || namespace === 'aws'
}
