import './manual-mode.ts'

import AWSXRay from 'aws-xray-sdk'
import { type DaemonAddress, formatDaemonAddress } from '../../../trace/daemon-address.ts'
import type { Delivery } from '../delivery.ts'
import type { Segment, Subsegment } from './document.ts'

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
    // The SDK would send finished subsegments on their own at a hundred; splitting is by size here.
    AWSXRay.setStreamingThreshold(1_000_000)
  }

  /** Sends a finished segment with all that hangs on it, in as many documents as its size asks for. */
  send(segment: Segment): void {
    this.#split(segment)
    this.#emit(segment.trace_id, () => segment.flush())
  }

  /** Sends a subsegment on its own: one whose segment has left already. */
  sendIndependent(subsegment: Subsegment, traceId: string, parentId: string): void {
    const parent = new AWSXRay.Segment('parent', traceId)
    parent.id = parentId
    subsegment.segment = parent
    subsegment.parent = parent
    this.#split(subsegment)
    this.#emit(traceId, () => subsegment.flush())
  }

  /**
   * Takes children off a document that is too large and sends each on its own, where X-Ray puts them together again
   * by their parent's id. A single record too large for a datagram loses its metadata, and says so.
   */
  #split(record: Segment | Subsegment): void {
    if (byteLength(record) <= MAX_DOCUMENT_BYTES) return
    for (const child of [...(record.subsegments ?? [])]) {
      this.#split(child)
      this.#emit(child.segment?.trace_id ?? '', () => child.flush())
      record.removeSubsegment(child)
      if (byteLength(record) <= MAX_DOCUMENT_BYTES) return
    }
    if (byteLength(record) <= MAX_DOCUMENT_BYTES) return
    record.metadata = { otel: { dropped: 'metadata: the document was too large for X-Ray' } }
    trimStacks(record)
  }

  #emit(traceId: string, flush: () => void): void {
    this.#delivery.started()
    flush()
    this.#delivery.accepted([traceId.replaceAll('-', '').slice(1)], 1)
  }

  /** The SDK reports a datagram that did not leave by logging it. */
  #createLogger(): Logger {
    const fail = (...words: unknown[]) => {
      const text = words.map((word) => (word instanceof Error ? word.message : String(word))).join(' ')
      this.#delivery.dropped(0, text)
    }
    const ignore = () => {}
    return { error: fail, warn: ignore, info: ignore, debug: ignore }
  }
}

function byteLength(record: Segment | Subsegment): number {
  return Buffer.byteLength(record.toString())
}

const MAX_MESSAGE = 4_000
const MAX_FRAMES = 30

function trimStacks(record: Segment | Subsegment): void {
  for (const exception of record.cause?.exceptions ?? []) {
    exception.message = String(exception.message).slice(0, MAX_MESSAGE)
    exception.stack = exception.stack?.slice(0, MAX_FRAMES)
  }
}
