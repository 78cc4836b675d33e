import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { toXRayTraceId } from '../../../../contracts/trace-id.ts'
import type { XRaySdkOptions } from '../../options.ts'
import { isSampled } from '../../sampling/sample-rate.ts'
import type { Delivery } from '../delivery.ts'
import { AWSXRay, createSegment, createSubsegment, type Segment, type Subsegment } from './document.ts'
import { serverAddress } from './document-fields.ts'
import { DatagramBatch, SegmentEmitter } from './emitter.ts'

/** Makes aws-xray-sdk segments of the spans and sends them to the daemon. */
export function createSdkPipeline(
  options: XRaySdkOptions,
  service: { readonly name: string; readonly version: string },
  delivery: Delivery,
): SpanProcessor {
  AWSXRay.SegmentUtils.setServiceData({ ...service, runtime: 'node', runtime_version: process.version })
  AWSXRay.middleware.setDefaultName(service.name)
  if (options.dynamicNaming) AWSXRay.middleware.enableDynamicNaming(options.dynamicNaming)
  const nameOf = (root: ReadableSpan) =>
    AWSXRay.middleware.resolveName(serverAddress(root.attributes)) ?? service.name
  return createXRayProcessor(new SegmentEmitter(options.daemon.udp, delivery), delivery, nameOf)
}

/** How many requests in progress are tracked; beyond it the oldest is given up. */
const MAX_TREES = 10_000
/** How many spans of one request are held; further ones are sent separately when they end. */
const MAX_SPANS_PER_TREE = 5_000
/** A request that takes longer is given up: a span of it was probably never ended. */
const MAX_AGE_MS = 10 * 60_000

/** The spans of one trace in this process, below a local root: a span whose parent is not in this process. */
interface Tree {
  readonly rootId: string
  readonly startedAt: number
  /** Spans to send with the root; empty after that. */
  readonly ended: ReadableSpan[]
  /** Ids of the spans that have started and not ended. */
  readonly open: Set<string>
  isSent: boolean
}

/**
 * Turns spans into segments: a local root becomes a segment when it ends, and the spans below it that have ended become
 * its subsegments. A span that ends later becomes an independent subsegment. Segments have the spans' ids, so that a
 * trace has the same shape in X-Ray as in the other providers.
 */
function createXRayProcessor(
  emitter: SegmentEmitter,
  delivery: Delivery,
  nameOf: (root: ReadableSpan) => string,
): SpanProcessor {
  /** Keyed by the id of each span that has not ended, or whose tree has not been sent. */
  const trees = new Map<string, Tree>()
  /** The trees with spans that have not ended, oldest first. */
  const live = new Set<Tree>()
  const batch = new DatagramBatch()

  function onStart(span: Span): void {
    if (!isSampled(span.spanContext())) return
    const { spanId } = span.spanContext()
    const parent = localParentId(span)
    const found = parent ? trees.get(parent) : undefined
    if (found) {
      found.open.add(spanId)
      trees.set(spanId, found)
    } else if (!parent) {
      const open = new Set([spanId])
      const tree = { rootId: spanId, startedAt: Date.now(), ended: [], open, isSent: false }
      trees.set(spanId, tree)
      live.add(tree)
      giveUpOldest()
    }
    // Otherwise the parent was sent before this span started: onEnd sends the span separately.
  }

  function onEnd(span: ReadableSpan): void {
    if (!isSampled(span.spanContext())) return
    const { spanId } = span.spanContext()
    const tree = trees.get(spanId)
    if (!tree) {
      batch.add(() => emitIndependent(span))
      return
    }
    tree.open.delete(spanId)
    const isRoot = spanId === tree.rootId
    if (tree.isSent || (tree.ended.length >= MAX_SPANS_PER_TREE && !isRoot)) {
      trees.delete(spanId)
      batch.add(() => emitIndependent(span))
    } else {
      tree.ended.push(span)
      if (isRoot) send(tree, span)
    }
    if (tree.open.size === 0) live.delete(tree)
  }

  function send(tree: Tree, root: ReadableSpan): void {
    tree.isSent = true
    const spans = tree.ended.splice(0)
    for (const span of spans) trees.delete(span.spanContext().spanId)
    batch.add(() => {
      const { segment, orphans } = buildSegment(root, spans, nameOf(root))
      emitter.send(segment)
      for (const span of orphans) emitIndependent(span)
    })
  }

  /** Sends a span whose tree was sent or given up. A local root still becomes a segment. */
  function emitIndependent(span: ReadableSpan): void {
    const parentId = localParentId(span)
    if (!parentId) emitter.send(createSegment(span, nameOf(span)))
    else emitter.sendIndependent(createSubsegment(span), toXRayTraceId(span.spanContext().traceId), parentId)
  }

  /** The ended spans of a request that is given up are sent separately, and so are those that end later. */
  function giveUpOldest(): void {
    for (const tree of live) {
      if (live.size <= MAX_TREES && Date.now() - tree.startedAt <= MAX_AGE_MS) return
      live.delete(tree)
      tree.isSent = true
      const spans = tree.ended.splice(0)
      for (const id of [...tree.open, ...spans.map((span) => span.spanContext().spanId)]) trees.delete(id)
      for (const span of spans) batch.add(() => emitIndependent(span))
    }
  }

  function forceFlush(): Promise<void> {
    batch.flush()
    return delivery.idle()
  }

  return { onStart, onEnd, forceFlush, shutdown: forceFlush }
}

/** Builds the segment with its subsegments; `orphans` are spans whose parent has not ended. */
function buildSegment(
  root: ReadableSpan,
  spans: readonly ReadableSpan[],
  name: string,
): { segment: Segment; orphans: ReadableSpan[] } {
  const segment = createSegment(root, name)
  const records = new Map<string, Segment | Subsegment>([[root.spanContext().spanId, segment]])
  // A parent may end before or after its child, so all records are made before any is attached.
  const below = spans.filter((span) => span !== root)
  const children = below.map((span) => ({ span, record: createSubsegment(span) }))
  for (const { span, record } of children) records.set(span.spanContext().spanId, record)
  const orphans: ReadableSpan[] = []
  for (const { span, record } of children) {
    const parent = records.get(span.parentSpanContext?.spanId ?? '')
    if (parent) parent.addSubsegment(record)
    else orphans.push(span)
  }
  for (const { record } of children) record.segment = segment
  return { segment, orphans }
}

function localParentId(span: ReadableSpan): string | undefined {
  return span.parentSpanContext?.isRemote ? undefined : span.parentSpanContext?.spanId
}
