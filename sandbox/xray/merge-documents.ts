import type { StoredSegment } from '../store/segments.ts'

/** Deeper subsegments are returned as documents, because an endless chain would exhaust the stack. */
const MAX_DEPTH = 100

type Json = Record<string, unknown>

interface Document {
  readonly stored: StoredSegment
  readonly json: Json
}

/**
 * The documents of a trace as BatchGetTraces returns them: independent subsegments are inserted into their segment, as if
 * they had been sent with it. Documents without inserted subsegments are unchanged to the byte. Subsegments whose parent
 * is unknown remain documents.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-subsegments
 */
export function mergeDocuments(stored: readonly StoredSegment[]): StoredSegment[] {
  const documents = stored.map((each): Document => ({ stored: each, json: JSON.parse(each.document) }))
  const segments = documents.filter(({ json }) => json.type !== 'subsegment')
  const independent = documents.filter(({ json }) => json.type === 'subsegment')
  if (independent.length === 0) return [...stored]
  /** Each segment and subsegment, with its document, by its id. An independent subsegment replaces one within a segment. */
  const parts = new Map<unknown, { readonly json: Json; readonly document: Document }>()
  for (const document of [...segments, ...independent]) {
    for (const json of partsOf(document.json)) parts.set(json.id, { json, document })
  }
  const children = Map.groupBy(independent, (child) => {
    const parent = parts.get(child.json.parent_id)?.document
    return parent === child ? undefined : parent
  })

  // Level by level from the documents that stay. Two subsegments that are each other's parent are never reached.
  const roots = [...segments, ...(children.get(undefined) ?? [])]
  const levels: Document[][] = []
  for (let level = roots; level.length > 0 && levels.length < MAX_DEPTH; levels.push(level)) {
    level = level.flatMap((document) => children.get(document) ?? [])
  }
  // From the lowest level, so that each subsegment is complete when it is inserted.
  for (const { json } of levels.toReversed().flat()) {
    const parent = parts.get(json.parent_id)?.json
    if (!parent) continue
    const { type: _type, trace_id: _traceId, parent_id: _parentId, ...child } = json
    parent.subsegments = [...subsegmentsOf(parent), child]
  }
  const inserted = new Set(levels.flat())
  const changed = new Set(roots.filter((document) => children.has(document)))
  return documents
    .filter((document) => !inserted.has(document))
    .map((document) =>
      changed.has(document)
        ? { id: document.stored.id, document: JSON.stringify(unite([document.json])[0]) }
        : document.stored,
    )
}

/**
 * Makes one of the parts with the same id: the last, with the subsegments of all. A subsegment may have been sent within
 * its segment while in progress, and independently when it had finished. Called when everything is inserted, because a
 * subsegment may have been inserted into any of them.
 */
function unite(parts: readonly Json[]): Json[] {
  const keyOf = (part: Json) => part.id ?? part
  const groups = Map.groupBy(parts, keyOf)
  return parts.flatMap((part): Json[] => {
    const group = groups.get(keyOf(part)) ?? []
    if (part !== group.at(-1)) return []
    const subsegments = unite(group.flatMap(subsegmentsOf))
    return [subsegments.length > 0 ? { ...part, subsegments } : part]
  })
}

/** The segment or subsegment, and all its subsegments. */
function partsOf(json: Json): Json[] {
  const parts = [json]
  for (const part of parts) parts.push(...subsegmentsOf(part))
  return parts
}

function subsegmentsOf({ subsegments }: Json): Json[] {
  if (!Array.isArray(subsegments)) return []
  return subsegments.filter((child): child is Json => typeof child === 'object' && child !== null)
}
