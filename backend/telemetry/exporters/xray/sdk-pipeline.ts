import type { ReadableSpan, Span, SpanProcessor } from '@opentelemetry/sdk-trace'
import { parseDaemonAddress } from '../../../../contracts/daemon-address.ts'
import type { XRaySdkOptions } from '../../options.ts'
import { isSampled } from '../../sampling/sample-rate.ts'
import type { Delivery } from '../delivery.ts'
import { AWSXRay } from './document.ts'
import { MAX_ANNOTATIONS, serverAddress } from './document-fields.ts'
import { localParentId } from './document-tree.ts'
import { SegmentEmitter } from './emitter.ts'

/** Makes aws-xray-sdk segments of the spans and sends them to the daemon. Throws if `daemon` is no address. */
export function createSdkPipeline(
  options: XRaySdkOptions,
  service: { readonly name: string; readonly version: string },
  delivery: Delivery,
): SpanProcessor {
  const daemon = typeof options.daemon === 'string' ? parseDaemonAddress(options.daemon) : options.daemon
  if (!daemon) throw new Error(`${options.daemon} is no address of an X-Ray daemon`)
  AWSXRay.SegmentUtils.setServiceData({ ...service, runtime: 'node', runtime_version: process.version })
  AWSXRay.middleware.setDefaultName(service.name)
  if (options.dynamicNaming) AWSXRay.middleware.enableDynamicNaming(options.dynamicNaming)
  const traced = new Set(options.tracedHosts?.map((host) => host.toLowerCase()))
  const emitter = new SegmentEmitter(daemon.udp, delivery, {
    nameOf: (root) => AWSXRay.middleware.resolveName(serverAddress(root.attributes)) ?? service.name,
    isTraced: (call) => {
      const host = String(call['server.address']).toLowerCase()
      return traced.has(host) || traced.has(`${host}:${call['server.port']}`)
    },
  })
  return createXRayProcessor(emitter)
}

/** How many requests in progress are tracked; beyond it the oldest is given up. */
const MAX_TREES = 10_000
/** How many ended spans of one request are held; when there are more, those so far are sent before it ends. */
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
  /** How many more annotations the trace may have. */
  readonly annotations: { left: number }
  isSent: boolean
}

/**
 * Turns spans into segments: a local root becomes a segment when it ends, and the spans below it that have ended become
 * its subsegments. A span that ends later becomes an independent subsegment. Segments have the spans' ids, so that a
 * trace has the same shape in X-Ray as in the other providers.
 */
function createXRayProcessor(emitter: SegmentEmitter): SpanProcessor {
  /** Keyed by the id of each span that has not ended, or whose tree has not been sent. */
  const trees = new Map<string, Tree>()
  /** The trees with spans that have not ended, oldest first. */
  const live = new Set<Tree>()

  function onStart(span: Span): void {
    if (!isSampled(span.spanContext())) return
    const { spanId } = span.spanContext()
    const parent = localParentId(span)
    const found = parent ? trees.get(parent) : undefined
    if (found) {
      found.open.add(spanId)
      trees.set(spanId, found)
    } else if (!parent) {
      const tree: Tree = {
        rootId: spanId,
        startedAt: performance.now(),
        ended: [],
        open: new Set([spanId]),
        annotations: annotationsOfTrace(),
        isSent: false,
      }
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
      emit([span], annotationsOfTrace())
      return
    }
    tree.open.delete(spanId)
    const isRoot = spanId === tree.rootId
    if (tree.isSent) {
      trees.delete(spanId)
      emit([span], tree.annotations)
    } else {
      tree.ended.push(span)
      if (isRoot) tree.isSent = true
      if (isRoot || tree.ended.length === MAX_SPANS_PER_TREE) send(tree)
    }
    if (tree.open.size === 0) live.delete(tree)
  }

  function send(tree: Tree): void {
    const spans = tree.ended.splice(0)
    for (const span of spans) trees.delete(span.spanContext().spanId)
    emit(spans, tree.annotations)
  }

  function emit(spans: readonly ReadableSpan[], annotations: Tree['annotations']): void {
    const [first] = spans
    if (first) emitter.add(first.spanContext().traceId, spans, annotations)
  }

  /** The ended spans of a request that is given up are sent separately, and so are those that end later. */
  function giveUpOldest(): void {
    for (const tree of live) {
      if (live.size <= MAX_TREES && performance.now() - tree.startedAt <= MAX_AGE_MS) return
      live.delete(tree)
      for (const id of tree.open) trees.delete(id)
      send(tree)
    }
  }

  const flush = () => emitter.flush()
  return { onStart, onEnd, forceFlush: flush, shutdown: flush }
}

function annotationsOfTrace(): Tree['annotations'] {
  return { left: MAX_ANNOTATIONS }
}
