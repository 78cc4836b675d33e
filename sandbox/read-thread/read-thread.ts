import { Worker } from 'node:worker_threads'
import type { QueryErrorBody } from '../../contracts/sandbox/query.ts'
import { STALLED_MS, stalled, tooMuch, tooSlow, wasCancelled } from './ended-reads.ts'
import { isList, keyOf } from './job-kinds.ts'
import type { Job } from './jobs.ts'
import { LoadingRows } from './loading-rows.ts'
import { QueryError } from './read-error.ts'

/** Jobs that wait or run. More than a class of thirty asks at one time. */
const MAX_JOBS = 100
const TIME_LIMITS = {
  /** Honeycomb's own limit. */
  timeLimitMs: 10_000,
  /**
   * A job that does not end by itself, as with a regular expression that backtracks, ends with its thread: so long after its
   * time is over, or after all have left.
   */
  graceMs: 2_000,
}
/** Without a job for this long, the thread ends and its memory is free. */
const IDLE_MS = 10 * 60_000
/** Of the thread's heap; typed arrays are bounded by the table. MiB */
const MAX_HEAP_MB = 1_536
/** Small, because loading makes much garbage that dies young: 70 MB less at 200,000 spans, and not slower. MiB */
const MAX_YOUNG_MB = 8

export interface ReadWorkerData {
  readonly file: string
  /** Of LoadingRows. */
  readonly loading: SharedArrayBuffer
  readonly deadly: readonly string[]
}

export interface ToReadWorker {
  readonly job: Job
  /** One Int32; another value than 0 ends the job. */
  readonly cancelled: SharedArrayBuffer
  /** From when everything is loaded. */
  readonly timeLimitMs: number
}

export type FromReadWorker =
  | { readonly kind: 'loading' }
  | { readonly kind: 'loaded' }
  /** JSON, as bytes, which are handed over and not copied. */
  | { readonly kind: 'answer'; readonly json: Uint8Array<ArrayBuffer> }
  | ({ readonly kind: 'error'; readonly status: number } & QueryErrorBody)
  | { readonly kind: 'ended'; readonly reason: 'cancelled' | 'too slow' }
  | { readonly kind: 'internal error'; readonly error: unknown }

interface Asker {
  readonly resolve: (json: Buffer) => void
  readonly reject: (error: unknown) => void
}

interface WaitingJob {
  readonly job: Job
  /** Equal jobs have the same. */
  readonly key: string
  readonly cancelled: SharedArrayBuffer
  /** Those that wait for its answer. */
  readonly askers: Set<Asker>
}

/** Answers expensive reads. */
export interface ReadThread {
  /**
   * Resolves to the answer as JSON, which those who asked for the same share. Rejects with a QueryError, or with an internal
   * error.
   */
  ask(job: Job, signal: AbortSignal): Promise<Buffer>
  /** Ends the thread. Jobs that wait or run are rejected. */
  close(): Promise<void>
}

/**
 * Answers expensive reads in a separate thread, one after the other, so that receivers and pages go on. Lists come before
 * questions, of which one may take ten seconds; a question that runs is not interrupted. Equal jobs that wait are one: a
 * job that runs may have been begun before the newest records arrived. A job that all have left ends. The thread starts
 * with the first job and ends after ten minutes without one. `file` is the sandbox's store.
 */
export function createReadThread(file: string, { timeLimitMs, graceMs } = TIME_LIMITS): ReadThread {
  let rows = new LoadingRows()
  const waiting: WaitingJob[] = []
  let running: WaitingJob | undefined
  let worker: Worker | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  const next = () => {
    // The time of a running job goes on when another one is asked.
    if (running) return
    clearTimeout(timer)
    running = waiting.shift()
    if (!running) {
      timer = setTimeout(stop, IDLE_MS).unref()
      return
    }
    const { job, cancelled } = running
    worker ??= start()
    expectWithin(STALLED_MS, stalled)
    try {
      worker.postMessage({ job, cancelled, timeLimitMs } satisfies ToReadWorker)
    } catch (error) {
      // A value that cannot be copied to the thread.
      finish(({ reject }) => reject(error))
    }
  }

  /** Ends the thread unless it says something within this time. */
  const expectWithin = (ms: number, toError: () => QueryError) => {
    clearTimeout(timer)
    timer = setTimeout(() => replace(toError()), ms).unref()
  }

  /** The same, except for a job that all have left: it has graceMs, whatever the thread says. */
  const goOn = (ms: number, toError: () => QueryError) => {
    if (running?.askers.size !== 0) expectWithin(ms, toError)
  }

  /** Ends the running job, and asks the next one. */
  const finish = (end: (asker: Asker, job: Job) => void) => {
    const ended = running
    running = undefined
    if (ended) for (const asker of ended.askers) end(asker, ended.job)
    next()
  }

  function start(): Worker {
    const deadly = rows.died()
    // The thread before may still write to its memory.
    rows = new LoadingRows(undefined, deadly)
    const own = new Worker(new URL('./read-worker.ts', import.meta.url), {
      workerData: { file, loading: rows.shared, deadly } satisfies ReadWorkerData,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    })
    own.on('message', (message: FromReadWorker) => {
      if (own !== worker) return
      if (message.kind === 'loading') goOn(STALLED_MS, stalled)
      else if (message.kind === 'loaded')
        goOn(timeLimitMs + graceMs, () => tooSlow(running?.job.kind, timeLimitMs))
      else if (message.kind === 'answer') {
        const json = Buffer.from(message.json.buffer)
        finish(({ resolve }) => resolve(json))
      } else if (message.kind === 'error') {
        finish(({ reject }) => reject(new QueryError(message.status, message.message, message.issues)))
      } else if (message.kind === 'ended') {
        finish(({ reject }, { kind }) =>
          reject(message.reason === 'too slow' ? tooSlow(kind, timeLimitMs) : wasCancelled()),
        )
      } else finish(({ reject }) => reject(message.error))
    })
    own.on('error', (error: NodeJS.ErrnoException) => {
      if (own === worker) replace(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooMuch() : error)
    })
    own.unref()
    return own
  }

  /** Ends the thread with the running job; the next job starts a new one. */
  const replace = (error: unknown) => {
    stop()
    finish(({ reject }) => reject(error))
  }

  const stop = () => {
    const old = worker
    worker = undefined
    return old?.terminate()
  }

  /** Puts a job among those that wait, or finds the equal one. Throws a QueryError where too many wait. */
  const enqueue = (job: Job): WaitingJob => {
    const key = keyOf(job)
    const same = waiting.find((other) => other.key === key)
    if (same) return same
    if (waiting.length + (running ? 1 : 0) >= MAX_JOBS) {
      throw new QueryError(503, `more than ${MAX_JOBS} questions are waiting: ask again in a moment`)
    }
    const asked = { job, key, cancelled: new SharedArrayBuffer(4), askers: new Set<Asker>() }
    const place = isList(job) ? waiting.findIndex((other) => !isList(other.job)) : -1
    waiting.splice(place < 0 ? waiting.length : place, 0, asked)
    return asked
  }

  return {
    async ask(job, signal) {
      if (isClosed || signal.aborted) throw wasCancelled()
      const asked = enqueue(job)
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>()
      const asker = { resolve, reject }
      asked.askers.add(asker)
      const cancel = () => {
        reject(wasCancelled())
        asked.askers.delete(asker)
        if (asked.askers.size > 0) return
        // The thread notices by itself, and may take the next question then.
        Atomics.store(new Int32Array(asked.cancelled), 0, 1)
        const index = waiting.indexOf(asked)
        if (index >= 0) waiting.splice(index, 1)
        if (asked === running) expectWithin(graceMs, wasCancelled)
      }
      signal.addEventListener('abort', cancel, { once: true })
      next()
      return promise.finally(() => signal.removeEventListener('abort', cancel))
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      for (const { askers } of [...waiting.splice(0), ...(running ? [running] : [])]) {
        for (const { reject } of askers) reject(wasCancelled())
      }
      running = undefined
      await stop()
    },
  }
}
