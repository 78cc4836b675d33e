import type { Attributes } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { toXRayTraceId } from '../../../../contracts/trace-id.ts'
import { createSegment, createSubsegment, type RecordContext } from './document.ts'
import { FIRST_CUT, MAX_DOCUMENT_BYTES, textLimitsFor, trimSpan } from './document-limits.ts'

/**
 * How many levels of subsegments a document has. Deeper ones are separate documents, which X-Ray reassembles by their
 * parents' ids. Requests rarely nest half as deep. Readers of JSON recurse, and each has its limit (Jackson's is 1,000
 * levels, of which a subsegment takes two), and a document of 50 levels is far from all of them.
 */
const MAX_DEPTH = 50
/** Bytes of `type`, `trace_id` and `parent_id`, which a subsegment has only if it is sent separately, and a reserve. */
const INDEPENDENT_BYTES = 128

/** How a service's spans become records. */
export interface RecordOptions {
  /** The name of a local root's segment. */
  nameOf(root: ReadableSpan): string
  /** Whether the called server sends segments itself. */
  isTraced(call: Attributes): boolean
}

interface Node {
  readonly span: ReadableSpan
  /** The spans below it, of which `visited` have been visited. */
  below: Node[]
  visited: number
  /** Those that become a part of its document, in their order. */
  parts: Node[]
  partBytes: number
  /** Its JSON, at last with its parts. */
  text: string
  bytes: number
}

/** Shared by the spans that have none below them, which are most. */
const NONE: Node[] = []
const SUBSEGMENTS = ',"subsegments":[]'

/** The span's parent in this process. */
export function localParentId(span: ReadableSpan): string | undefined {
  return span.parentSpanContext?.isRemote ? undefined : span.parentSpanContext?.spanId
}

/**
 * Makes the documents of spans of one trace: of a local root, of the ended spans below it, or of single spans. Each has at
 * most MAX_DOCUMENT_BYTES and MAX_DEPTH levels; what does not fit is sent separately. Calls `send` for each document and
 * yields after each span, so that the caller can make a large trace in many turns of the event loop. Each span is
 * serialized once, and without recursion, because a trace may be thousands of levels deep.
 */
export function* createDocuments(
  spans: readonly ReadableSpan[],
  annotations: RecordContext['annotations'],
  options: RecordOptions,
  send: (document: string) => void,
): Generator<void> {
  const byId = new Map<string, Node>()
  const nodes = spans.map((span) => {
    const node = { span, below: NONE, visited: 0, parts: NONE, partBytes: 0, text: '', bytes: 0 }
    byId.set(span.spanContext().spanId, node)
    return node
  })
  // A parent may end before or after its child. A span whose parent has not ended is sent separately.
  const top: Node[] = []
  for (const node of nodes) {
    const parent = byId.get(localParentId(node.span) ?? '')
    if (!parent) top.push(node)
    else if (parent.below === NONE) parent.below = [node]
    else parent.below.push(node)
  }
  // Of the trace's annotations the local root's come first: service and route are searched for.
  for (const node of top) if (localParentId(node.span) === undefined) serialize(node, annotations, options)

  for (const start of top) {
    // From the leaves up: a span is serialized when everything below it has been.
    const path = [start]
    for (let node = path.at(-1); node; node = path.at(-1)) {
      const next = node.below[node.visited++]
      if (next) {
        path.push(next)
        continue
      }
      path.pop()
      if (node.text === '') serialize(node, annotations, options)
      while (node.bytes + node.partBytes + INDEPENDENT_BYTES > MAX_DOCUMENT_BYTES && node.partBytes > 0) {
        send(documentOf(takeLargest(node)))
      }
      if (node.partBytes > 0) {
        node.text = `${node.text.slice(0, -1)},"subsegments":[${node.parts.map(({ text }) => text).join(',')}]}`
        node.bytes += node.partBytes
        node.parts = NONE
      }
      const parent = path.at(-1)
      if (!parent || path.length % MAX_DEPTH === 0) send(documentOf(node))
      else hold(parent, node, send)
      yield
    }
  }
}

/** Makes a span part of its parent's document. If that is full its largest part is sent separately. */
function hold(parent: Node, node: Node, send: (document: string) => void): void {
  if (parent.parts === NONE) parent.parts = [node]
  else parent.parts.push(node)
  parent.partBytes += node.bytes + SUBSEGMENTS.length
  if (parent.partBytes > MAX_DOCUMENT_BYTES) send(documentOf(takeLargest(parent)))
}

function takeLargest(node: Node): Node {
  const largest = node.parts.reduce((a, b) => (b.bytes > a.bytes ? b : a))
  node.parts.splice(node.parts.indexOf(largest), 1)
  node.partBytes -= largest.bytes + SUBSEGMENTS.length
  return largest
}

/** The text of a segment, or of a subsegment that is sent separately. */
function documentOf({ span, text }: Node): string {
  const parentId = localParentId(span)
  if (parentId === undefined) return text
  const traceId = toXRayTraceId(span.spanContext().traceId)
  return `{"type":"subsegment","trace_id":"${traceId}","parent_id":"${parentId}",${text.slice(1)}`
}

/** Writes a span's record as JSON, without those below it. Its texts are cut until it fits in a document. */
function serialize(
  node: Node,
  annotations: RecordContext['annotations'],
  { nameOf, isTraced }: RecordOptions,
): void {
  const { span } = node
  const { left } = annotations
  const create = (from: ReadableSpan, context: RecordContext) =>
    localParentId(span) === undefined
      ? createSegment(from, nameOf(span), context)
      : createSubsegment(from, isTraced(span.attributes), context)
  for (const limit of textLimitsFor(span)) {
    annotations.left = left
    const record = Number.isFinite(limit)
      ? create(trimSpan(span, limit), { annotations, ...(limit <= FIRST_CUT && { cutAt: limit }) })
      : create(span, { annotations })
    node.text = JSON.stringify(record)
    node.bytes = Buffer.byteLength(node.text)
    if (node.bytes + INDEPENDENT_BYTES <= MAX_DOCUMENT_BYTES) return
  }
  throw new Error('the span is too large for X-Ray even without its texts')
}
