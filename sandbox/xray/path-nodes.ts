import { isCall, typeOfCallee } from './calls.ts'
import type { Segment } from './segment.ts'
import type { Trace } from './trace.ts'

/** A segment, a subsegment, or the segment that X-Ray infers of a called service that sent none. */
export interface PathNode {
  readonly part: Segment
  readonly isInferred: boolean
  /** Undefined where the trace enters. */
  readonly parent: PathNode | undefined
  readonly children: PathNode[]
}

/** The parts of a trace as trees, each before its children. Without recursion, because chains may be longer than the stack. */
export function pathNodes({ segments, root, entries }: Trace): PathNode[] {
  const byParent = Map.groupBy(segments, ({ parentId }) => parentId)
  const nodes: PathNode[] = []
  const seen = new Set<Segment>()
  const push = (part: Segment, parent: PathNode | undefined, isInferred: boolean) => {
    const node = { part, isInferred, parent, children: [] }
    parent?.children.push(node)
    nodes.push(node)
  }
  const add = (part: Segment, parent: PathNode | undefined) => {
    // Segments can be each other's parent.
    if (seen.has(part)) return
    seen.add(part)
    push(part, parent, part.isInferred)
  }
  for (const part of [root, ...entries]) add(part, undefined)
  for (const node of nodes) {
    const { part } = node
    if (node.isInferred && part.isSubsegment) continue
    const sent = byParent.get(part.id) ?? []
    for (const child of [...part.subsegments, ...sent]) add(child, node)
    if (part.isSubsegment && isCall(part) && sent.every(({ isSubsegment }) => isSubsegment))
      push(part, node, true)
  }
  return nodes
}

/** From where the trace enters to a node. */
export function pathTo(node: PathNode): PathNode[] {
  const path: PathNode[] = []
  for (let at: PathNode | undefined = node; at; at = at.parent) path.push(at)
  return path.reverse()
}

/** Parts of a path, the first of which is a service's segment. */
export function byService(path: readonly PathNode[]): PathNode[][] {
  const services: PathNode[][] = []
  for (const node of path) {
    const begins = node.isInferred || !node.part.isSubsegment || services.length === 0
    if (begins) services.push([node])
    else services.at(-1)?.push(node)
  }
  return services
}

/** As in the service map. */
export function typeOfService({ part }: PathNode): string | undefined {
  return part.isSubsegment ? typeOfCallee(part) : part.origin
}
