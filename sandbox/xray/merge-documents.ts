import type { StoredSegment } from '../store/segments.ts'

/** Levels of subsegments in a returned document. Deeper ones remain documents, because the readers recurse. */
const MAX_DEPTH = 100

type Json = Record<string, unknown>

interface Document {
  readonly stored: StoredSegment
  readonly json: Json
  /** Levels of subsegments within it. */
  readonly height: number
}

interface Part {
  readonly json: Json
  readonly document: Document
  /** 0 for the document itself, 1 for its subsegments. */
  readonly depth: number
}

/**
 * The documents of a trace as BatchGetTraces returns them: independent subsegments are inserted into their segment, as if
 * they had been sent with it. Documents without inserted subsegments are unchanged to the byte. Subsegments whose parent
 * is unknown, or which would be too deep, remain documents.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html#api-segmentdocuments-subsegments
 */
export function mergeDocuments(stored: readonly StoredSegment[]): StoredSegment[] {
  const documents = stored.map((each): Document => {
    const json: Json = JSON.parse(each.document)
    return { stored: each, json, height: partsOf(json).at(-1)?.depth ?? 0 }
  })
  const segments = documents.filter(({ json }) => json.type !== 'subsegment')
  const independent = documents.filter(({ json }) => json.type === 'subsegment')
  if (independent.length === 0) return [...stored]
  /** Each segment and subsegment by its id. An independent subsegment replaces one within a segment. */
  const parts = new Map<unknown, Part>()
  for (const document of [...segments, ...independent]) {
    for (const { json, depth } of partsOf(document.json)) parts.set(json.id, { json, document, depth })
  }
  const children = Map.groupBy(independent, (child) => {
    const parent = parts.get(child.json.parent_id)?.document
    return parent === child ? undefined : parent
  })

  // Downwards from the documents that stay. Two subsegments that are each other's parent are never reached.
  const inserted = new Set<Document>()
  const changed = new Set<Document>()
  const reached = [...segments, ...(children.get(undefined) ?? [])].map((document) => ({ document, base: 0 }))
  for (const { document, base } of reached) {
    for (const child of children.get(document) ?? []) {
      const depth = base + (parts.get(child.json.parent_id)?.depth ?? 0) + 1
      const hasRoom = document.height <= MAX_DEPTH && depth + child.height <= MAX_DEPTH
      if (hasRoom) {
        inserted.add(child)
        changed.add(document)
      }
      reached.push({ document: child, base: hasRoom ? depth : 0 })
    }
  }
  for (const { document } of reached) {
    const { json } = document
    const parent = parts.get(json.parent_id)?.json
    if (!parent || !inserted.has(document)) continue
    if (Array.isArray(parent.subsegments)) parent.subsegments.push(json)
    else parent.subsegments = [json]
    for (const field of ['type', 'trace_id', 'parent_id']) delete json[field]
  }
  return documents
    .filter((document) => !inserted.has(document))
    .map((document) =>
      changed.has(document)
        ? { id: document.stored.id, document: JSON.stringify(unite(document.json)) }
        : document.stored,
    )
}

/**
 * Makes one of the subsegments with the same id, at each level: the last, with the subsegments of all. A subsegment may
 * have been sent within its segment while in progress, and independently when it had finished. Called when everything is
 * inserted, because a subsegment may have been inserted into any of them.
 */
function unite(document: Json): Json {
  const whole = { ...document }
  const waiting = [whole]
  for (const part of waiting) {
    const all = subsegmentsOf(part)
    if (all.length === 0) continue
    const keyOf = (one: Json) => one.id ?? one
    const groups = Map.groupBy(all, keyOf)
    const united = all
      .filter((one) => one === groups.get(keyOf(one))?.at(-1))
      .map((last) => {
        const subsegments = (groups.get(keyOf(last)) ?? []).flatMap(subsegmentsOf)
        return subsegments.length > 0 ? { ...last, subsegments } : { ...last }
      })
    part.subsegments = united
    waiting.push(...united)
  }
  return whole
}

/** The segment or subsegment, and all its subsegments, level by level. */
function partsOf(document: Json): { readonly json: Json; readonly depth: number }[] {
  const parts = [{ json: document, depth: 0 }]
  for (const { json, depth } of parts) {
    for (const child of subsegmentsOf(json)) parts.push({ json: child, depth: depth + 1 })
  }
  return parts
}

function subsegmentsOf({ subsegments }: Json): Json[] {
  if (!Array.isArray(subsegments)) return []
  return subsegments.filter((child): child is Json => typeof child === 'object' && child !== null)
}
