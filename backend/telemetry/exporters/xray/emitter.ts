import { createSocket } from 'node:dgram'
import { diag } from '@opentelemetry/api'
import { DATAGRAM_HEADER, type HostPort } from '../../../../contracts/daemon-address.ts'
import type { Delivery } from '../delivery.ts'
import { AWSXRay, type Segment, type Subsegment } from './document.ts'

/**
 * The largest document that is sent in one piece. X-Ray accepts 64 KB and a datagram holds 65,507 bytes, with the daemon's
 * header; macOS allows 9,216 by default (`net.inet.udp.maxdgram`).
 */
const MAX_DOCUMENT_BYTES = process.platform === 'darwin' ? 9_000 : 63 * 1024

/**
 * Sends the X-Ray SDK's documents to the daemon, one datagram each; UDP does not confirm that they arrive. The SDK's own
 * socket does not report when a datagram has left, so that a stop could not wait for it.
 */
export class SegmentEmitter {
  readonly #socket = createSocket('udp4').unref()
  readonly #daemon: HostPort
  readonly #delivery: Delivery

  constructor(daemon: HostPort, delivery: Delivery) {
    this.#daemon = daemon
    this.#delivery = delivery
    // Errors of a datagram go to its callback.
    this.#socket.on('error', () => {})
    const ignore = () => {}
    const error = (...words: unknown[]) => diag.warn('the X-Ray SDK:', ...words)
    AWSXRay.setLogger({ error, warn: ignore, info: ignore, debug: ignore })
    // The SDK's replacer checks every value for a bigint, which no attribute can be, and triples the time.
    AWSXRay.SegmentUtils.getJsonStringifyReplacer = (() => undefined) as never
    // The SDK would send subsegments separately from a hundred on; here only the size decides.
    AWSXRay.setStreamingThreshold(1_000_000)
  }

  /** Sends a segment with its subsegments, in as many documents as its size requires. */
  send(segment: Segment): void {
    this.#emit(segment, segment.trace_id)
  }

  /** Sends a subsegment separately, because its segment has been sent already. */
  sendIndependent(subsegment: Subsegment, traceId: string, parentId: string): void {
    const parent = new AWSXRay.Segment('parent', traceId)
    parent.id = parentId
    subsegment.segment = parent
    subsegment.parent = parent
    this.#emit(subsegment, traceId)
  }

  #emit(record: Segment | Subsegment, traceId: string): void {
    let text = record.format()
    if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
      this.#detachChildren(record, traceId, Buffer.byteLength(text))
      text = record.format()
    }
    if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
      trim(record)
      text = record.format()
    }
    this.#delivery.started()
    this.#socket.send(DATAGRAM_HEADER + text, this.#daemon.port, this.#daemon.host, (error) => {
      this.#delivery.settle(
        { count: 1, traceIds: [traceId.slice(2, 10) + traceId.slice(11)] },
        error
          ? { dropped: 1, message: `a segment could not be sent to the daemon: ${error.message}` }
          : undefined,
      )
    })
  }

  /**
   * Removes the largest children from a document of `bytes` that is too large, and sends each separately. X-Ray
   * reassembles them by their parent's id.
   */
  #detachChildren(record: Segment | Subsegment, traceId: string, bytes: number): void {
    const children = (record.subsegments ?? [])
      .map((child) => ({ child, size: Buffer.byteLength(child.toString()) }))
      .toSorted((a, b) => b.size - a.size)
    let left = bytes
    for (const { child, size } of children) {
      if (left <= MAX_DOCUMENT_BYTES) return
      left -= size
      record.removeSubsegment(child)
      this.#emit(child, traceId)
    }
  }
}

const MAX_MESSAGE = 4_000
const MAX_FRAMES = 30

/** Shrinks a record that is too large without its children: removes its metadata, with a note, and cuts long texts. */
function trim(record: Segment | Subsegment): void {
  if (record.sql?.sanitized_query)
    record.sql.sanitized_query = record.sql.sanitized_query.slice(0, MAX_MESSAGE)
  record.metadata = { otel: { dropped: 'metadata: the document was too large for X-Ray' } }
  for (const exception of record.cause?.exceptions ?? []) {
    exception.message = String(exception.message).slice(0, MAX_MESSAGE)
    exception.stack = exception.stack?.slice(0, MAX_FRAMES)
  }
}

/** Together they fill less than half of a socket's usual receive buffer (208 KB), which leaves room for a burst. */
const MAX_WAITING = 16
const MAX_DELAY_MS = 10

/**
 * Batches datagrams for up to 10 ms. A datagram that arrives alone has to wake its receiver, which takes several
 * times as long as sending it.
 */
export class DatagramBatch {
  #waiting: (() => void)[] = []
  #timer: NodeJS.Timeout | undefined

  add(send: () => void): void {
    this.#waiting.push(send)
    if (this.#waiting.length >= MAX_WAITING) this.flush()
    else this.#timer ??= setTimeout(() => this.flush(), MAX_DELAY_MS).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const all = this.#waiting
    this.#waiting = []
    for (const send of all) send()
  }
}
