import './manual-mode.ts'

import { diag } from '@opentelemetry/api'
import AWSXRay from 'aws-xray-sdk'
import type { DaemonAddress } from '../../../../contracts/daemon-address.ts'
import type { Delivery } from '../delivery.ts'
import { DaemonSocket } from './daemon-socket.ts'
import type { Segment, Subsegment } from './record.ts'

/**
 * The largest document sent whole. X-Ray takes 64 KB, and a datagram 65,507 bytes, the daemon's header among them;
 * macOS takes 9,216 unless told otherwise (`net.inet.udp.maxdgram`).
 */
const MAX_DOCUMENT_BYTES = process.platform === 'darwin' ? 9_000 : 63 * 1024

/** Sends the X-Ray SDK's documents to the daemon, each as one datagram; nothing is acknowledged. */
export class SegmentEmitter {
  readonly #socket: DaemonSocket
  readonly #delivery: Delivery

  constructor(daemon: DaemonAddress, delivery: Delivery) {
    this.#socket = new DaemonSocket(daemon.udp)
    this.#delivery = delivery
    AWSXRay.setLogger({ error: sayFailure, warn: ignore, info: ignore, debug: ignore })
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
    this.#delivery.started()
    this.#socket.send(text, (error) => {
      if (error) this.#delivery.dropped(1, `a segment could not be sent to the daemon: ${error.message}`)
      else this.#delivery.accepted([traceId.slice(2, 10) + traceId.slice(11)], 1)
    })
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
}

function sayFailure(...words: unknown[]): void {
  diag.warn('the X-Ray SDK:', ...words)
}

function ignore(): void {}

const MAX_MESSAGE = 4_000
const MAX_FRAMES = 30

/** The last resort for one record that is too large for a datagram: its metadata goes, long texts are cut, and it says so. */
function trim(record: Segment | Subsegment): void {
  if (record.sql?.sanitized_query)
    record.sql.sanitized_query = record.sql.sanitized_query.slice(0, MAX_MESSAGE)
  record.metadata = { otel: { dropped: 'metadata: the document was too large for X-Ray' } }
  for (const exception of record.cause?.exceptions ?? []) {
    exception.message = String(exception.message).slice(0, MAX_MESSAGE)
    exception.stack = exception.stack?.slice(0, MAX_FRAMES)
  }
}
