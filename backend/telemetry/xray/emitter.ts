import './manual-mode.ts'

import AWSXRay from 'aws-xray-sdk'
import { type DaemonAddress, formatDaemonAddress } from '../../../trace/daemon-address.ts'
import type { Delivery } from '../delivery.ts'
import type { Segment, Subsegment } from './record.ts'

/**
 * The largest document sent whole. X-Ray takes 64 KB, and a datagram 65,507 bytes, the daemon's header among them;
 * macOS takes 9,216 unless told otherwise (`net.inet.udp.maxdgram`).
 */
const MAX_DOCUMENT_BYTES = process.platform === 'darwin' ? 9_000 : 63 * 1024

type Logger = Parameters<typeof AWSXRay.setLogger>[0]

/** Hands documents to the X-Ray SDK, which sends each as one datagram to the daemon; nothing is acknowledged. */
export class SegmentEmitter {
  readonly #delivery: Delivery

  constructor(daemon: DaemonAddress, delivery: Delivery) {
    this.#delivery = delivery
    // setDaemonAddress() is ignored while the variable is set, and the SDK reads the variable in one spelling only.
    delete process.env.AWS_XRAY_DAEMON_ADDRESS
    AWSXRay.setDaemonAddress(formatDaemonAddress(daemon))
    AWSXRay.setLogger(this.#createLogger())
    // It looks at every value for a bigint, which no attribute of a span is, and takes three times as long.
    AWSXRay.SegmentUtils.getJsonStringifyReplacer = (() => undefined) as never
    // The SDK would send finished subsegments on their own at a hundred; splitting is by size here.
    AWSXRay.setStreamingThreshold(1_000_000)
  }

  /** Sends a finished segment with all that hangs on it, in as many documents as its size asks for. */
  send(segment: Segment): void {
    this.#emit(segment, segment.trace_id)
  }

  /** Sends a subsegment on its own: one whose segment has left already. */
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
    // flush() formats it once more, and again for a line of its debug log, whether that is on or not; and a document is
    // the most that a request costs here.
    record.format = () => text
    record.toString = () => text
    this.#delivery.started()
    record.flush()
    this.#delivery.accepted([traceId.slice(2, 10) + traceId.slice(11)], 1)
  }

  /**
   * Takes the largest children off a document of `bytes` that is too large, and sends each on its own: X-Ray puts them
   * together again by their parent's id.
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

  /** The SDK reports a datagram that did not leave by logging it. */
  #createLogger(): Logger {
    const fail = (...words: unknown[]) => {
      const text = words.map((word) => (word instanceof Error ? word.message : String(word))).join(' ')
      this.#delivery.dropped(1, text)
    }
    const ignore = () => {}
    return { error: fail, warn: ignore, info: ignore, debug: ignore }
  }
}

const MAX_MESSAGE = 4_000
const MAX_FRAMES = 30

/** The last resort for one record that is too large for a datagram: its metadata and long stacks go, and it says so. */
function trim(record: Segment | Subsegment): void {
  record.metadata = { otel: { dropped: 'metadata: the document was too large for X-Ray' } }
  for (const exception of record.cause?.exceptions ?? []) {
    exception.message = String(exception.message).slice(0, MAX_MESSAGE)
    exception.stack = exception.stack?.slice(0, MAX_FRAMES)
  }
}
