import type { StoredSegment } from '../store/segments.ts'
import type { Json } from './segment-document.ts'

/** Deeper subsegments are returned as documents, because an endless chain would exhaust the stack. */
const MAX_DEPTH = 100

interface Node {
  readonly id: string
  readonly parentId: string | undefined
  readonly isIndependent: boolean
  readonly stored: StoredSegment
  readonly json: Json
  readonly children: Node[]
}

/**
 * The documents of a trace as BatchGetTraces returns them: independent subsegments are inserted into their segment, as if
 * they had been sent with it. Documents without inserted subsegments are unchanged to the byte. Subsegments whose parent
 * is unknown remain documents.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-subsegments
 */
export function mergeDocuments(stored: readonly StoredSegment[]): StoredSegment[] {
  const nodes = stored.map(nodeOf)
  if (!nodes.some(({ isIndependent }) => isIndependent)) return [...stored]
  /** By the id of a document, and by those of its subsegments. */
  const owners = new Map<string, Node>()
  for (const node of nodes) for (const id of idsIn(node.json)) owners.set(id, node)
  const roots = nodes.filter((node) => {
    const owner = node.isIndependent ? owners.get(node.parentId ?? '') : undefined
    if (!owner || owner === node) return true
    owner.children.push(node)
    return false
  })
  const placed = new Set<Node>()
  const place = (node: Node, depth: number) => {
    for (const child of node.children) {
      if (depth > MAX_DEPTH || placed.has(child)) continue
      placed.add(child)
      place(child, depth + 1)
    }
  }
  for (const root of roots) place(root, 1)
  // Two subsegments that are each other's parent have not been placed, and remain documents.
  return nodes
    .filter((node) => !placed.has(node))
    .map((node) => {
      const merged = mergedInto(node, placed)
      return merged === node.json ? node.stored : { id: node.id, document: JSON.stringify(merged) }
    })
}

function nodeOf(stored: StoredSegment): Node {
  const json = JSON.parse(stored.document) as Json
  return {
    id: stored.id,
    parentId: typeof json.parent_id === 'string' ? json.parent_id : undefined,
    isIndependent: json.type === 'subsegment',
    stored,
    json,
    children: [],
  }
}

/** The node's document with all its placed children; the same object if there are none. */
function mergedInto(node: Node, placed: ReadonlySet<Node>): Json {
  const byParent = Map.groupBy(
    node.children.filter((child) => placed.has(child)),
    ({ parentId }) => parentId,
  )
  if (byParent.size === 0) return node.json
  const place = (json: Json): Json => {
    const { id } = json
    const children = byParent.get(typeof id === 'string' ? id : undefined) ?? []
    const added = children.map((child) => asSubsegment(mergedInto(child, placed)))
    const addedIds = new Set(added.map((child) => child.id))
    // A subsegment may have been sent within its segment while in progress, and independently when it had finished.
    const own = subsegmentsOf(json).filter((child) => !addedIds.has(child.id))
    const subsegments = [...own.map(place), ...added]
    return subsegments.length === 0 ? json : { ...json, subsegments }
  }
  return place(node.json)
}

/** Removes the fields that only an independent subsegment has. */
function asSubsegment({ type: _type, trace_id: _traceId, parent_id: _parentId, ...json }: Json): Json {
  return json
}

function idsIn(json: Json): string[] {
  const inner = subsegmentsOf(json).flatMap(idsIn)
  return typeof json.id === 'string' ? [json.id, ...inner] : inner
}

function subsegmentsOf({ subsegments }: Json): Json[] {
  if (!Array.isArray(subsegments)) return []
  return subsegments.filter((child): child is Json => typeof child === 'object' && child !== null)
}
