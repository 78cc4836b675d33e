import { setTimeout as delay } from 'node:timers/promises'
import { diag } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import type { HostPort } from '../../../../contracts/daemon-address.ts'
import type { Delivery } from '../delivery.ts'
import { DaemonSocket } from './daemon-socket.ts'
import { AWSXRay, type RecordContext } from './document.ts'
import { createDocuments, type RecordOptions } from './document-tree.ts'

/**
 * Jobs wait for each other this long, because a datagram that arrives alone has to wake its receiver, which takes several
 * times as long as sending it. A batch fills less than half of a socket's usual receive buffer (208 KB), which leaves
 * room for a burst.
 */
const MAX_DELAY_MS = 10
const BATCH = 16
const BATCH_LENGTH = 64 * 1024
/**
 * A trace that needs more documents sends a batch at a time with this pause, some 5,000 documents a second, which a
 * receiver with such a buffer takes without loss.
 */
const PAUSE_MS = 3
/** Spans that wait to become documents; further ones are dropped. A span takes one or two KB. */
const MAX_SPANS = 20_000
/**
 * How much of a turn of the event loop is spent on documents: this many milliseconds, or half of the turn if other work
 * makes it long. A server that answers a thousand requests in a turn would fall behind otherwise.
 */
const TURN_MS = 5
const TURN_SHARE = 0.5

/** Spans of one trace that become documents together. */
interface Job {
  readonly traceId: string
  readonly spans: number
  /** Each step makes one span a part of a document, and sends the documents that are complete. */
  readonly steps: Iterator<void>
  /** How many documents it has made. */
  documents: number
  /** The last of them, which is sent when there is another or the job is done: until then the job is pending. */
  last: string | undefined
  isDone: boolean
}

/**
 * Makes documents of spans, in batches and in short steps, and sends them to the daemon, one datagram each. The X-Ray
 * SDK's own emitter cannot be used: it serializes recursively, and does not report when a datagram has left, so that a
 * stop could not wait for it.
 */
export class SegmentEmitter {
  readonly #socket: DaemonSocket
  readonly #delivery: Delivery
  readonly #options: RecordOptions
  /**
   * In the order of time, and apart from them those that have made a batch and are not done. Arrays: a Set that is often
   * filled and emptied keeps its contents from being collected, which costs a sixth more CPU time per trace.
   */
  readonly #jobs: Job[] = []
  readonly #large: Job[] = []
  /** Of all jobs. */
  #spans = 0
  #delay: NodeJS.Timeout | undefined
  #pause: NodeJS.Timeout | undefined
  /** The turn of the event loop in which documents were made last, until it ends. */
  #turn: { readonly startedAt: number; workedMs: number; isUsedUp: boolean } | undefined
  /** Documents to send. */
  readonly #batch: { readonly text: string; readonly traceId: string }[] = []
  #batchLength = 0

  constructor(daemon: HostPort, delivery: Delivery, options: RecordOptions) {
    this.#socket = new DaemonSocket(daemon, delivery)
    this.#delivery = delivery
    this.#options = options
    const ignore = () => {}
    const error = (...words: unknown[]) => diag.warn('the X-Ray SDK:', ...words)
    AWSXRay.setLogger({ error, warn: ignore, info: ignore, debug: ignore })
  }

  /** Sends ended spans of one trace: a local root with those below it, or single ones. Never throws. */
  add(traceId: string, spans: readonly ReadableSpan[], annotations: RecordContext['annotations']): void {
    this.#delivery.started()
    if (this.#spans + spans.length > MAX_SPANS) {
      this.#drop(traceId, `more than ${MAX_SPANS} spans were waiting to become segments`)
      return
    }
    const job: Job = {
      traceId,
      spans: spans.length,
      steps: createDocuments(spans, annotations, this.#options, (text) => this.#made(job, text)),
      documents: 0,
      last: undefined,
      isDone: false,
    }
    this.#jobs.push(job)
    this.#spans += spans.length
    if (this.#jobs.length >= BATCH) this.#work()
    else this.#delay ??= setTimeout(() => this.#work(), MAX_DELAY_MS).unref()
  }

  /** Sends what waits: at once as much as fits in a turn of the event loop, the rest in the following turns. */
  async flush(): Promise<void> {
    const waiting = [...this.#jobs, ...this.#large]
    this.#work()
    for (; waiting.some(({ isDone }) => !isDone); await delay(PAUSE_MS)) this.#workOnLarge()
    await this.#socket.flush()
  }

  #work(): void {
    clearTimeout(this.#delay)
    this.#delay = undefined
    for (let job = this.#jobs[0]; job; job = this.#jobs[0]) {
      if (!this.#run(job, BATCH)) break
      this.#jobs.shift()
      if (job.isDone) continue
      this.#large.push(job)
      this.#pause ??= setTimeout(() => this.#workOnLarge(), PAUSE_MS).unref()
    }
    this.#sendBatch()
  }

  /** Sends a batch of the oldest large trace. */
  #workOnLarge(): void {
    clearTimeout(this.#pause)
    this.#pause = undefined
    const [job] = this.#large
    if (job) this.#run(job, job.documents + BATCH)
    if (job?.isDone) this.#large.shift()
    this.#sendBatch()
    if (this.#large.length > 0) this.#pause = setTimeout(() => this.#workOnLarge(), PAUSE_MS).unref()
  }

  /** Works on a job until it is done or has made so many documents. False if the turn is used up before. */
  #run(job: Job, documents: number): boolean {
    let now = performance.now()
    this.#turn ??= this.#beginTurn(now)
    const turn = this.#turn
    while (!job.isDone && job.documents < documents) {
      turn.isUsedUp = turn.workedMs >= Math.max(TURN_MS, (now - turn.startedAt) * TURN_SHARE)
      if (turn.isUsedUp) return false
      this.#step(job)
      const before = now
      now = performance.now()
      turn.workedMs += now - before
    }
    return true
  }

  #beginTurn(startedAt: number) {
    const turn = { startedAt, workedMs: 0, isUsedUp: false }
    setImmediate(() => {
      this.#turn = undefined
      if (turn.isUsedUp) this.#work()
    })
    return turn
  }

  #step(job: Job): void {
    try {
      job.isDone = job.steps.next().done === true
    } catch (error) {
      job.isDone = true
      if (job.last !== undefined) this.#delivery.started()
      this.#drop(job.traceId, `a segment could not be made: ${(error as Error).message}`)
    }
    if (!job.isDone) return
    this.#spans -= job.spans
    if (job.last !== undefined) this.#send(job.last, job.traceId)
  }

  #drop(traceId: string, reason: string): void {
    this.#delivery.drop({ count: 1, traceIds: [traceId] }, reason)
  }

  #made(job: Job, text: string): void {
    job.documents++
    if (job.last !== undefined) {
      this.#delivery.started()
      this.#send(job.last, job.traceId)
    }
    job.last = text
  }

  #send(text: string, traceId: string): void {
    this.#batch.push({ text, traceId })
    this.#batchLength += text.length
    if (this.#batch.length >= BATCH || this.#batchLength >= BATCH_LENGTH) this.#sendBatch()
  }

  #sendBatch(): void {
    this.#batchLength = 0
    for (const { text, traceId } of this.#batch.splice(0)) this.#socket.send(text, traceId)
  }
}
