import { Worker } from 'node:worker_threads'
import type { QueryErrorBody } from '../../contracts/sandbox/query.ts'
import type { Job } from './jobs.ts'
import { LoadingRows } from './loading-rows.ts'
import { QueryError } from './read-error.ts'

/** Jobs that wait or run. More than a class of thirty asks at one time. */
const MAX_JOBS = 100
const TIME_LIMITS = {
  /** Honeycomb's own limit. */
  timeLimitMs: 10_000,
  /** A job that does not end by itself, as with a regular expression that backtracks, ends with its thread. */
  graceMs: 2_000,
}
/** A thread that loads rows says so every few hundred of them. */
const STALLED_MS = 30_000
/** Without a job for this long, the thread ends and its memory is free. */
const IDLE_MS = 10 * 60_000
/** Of the thread's heap; typed arrays are bounded by the table. MiB */
const MAX_HEAP_MB = 1_536
/** Small, because loading makes much garbage that dies young: 70 MB less at 200,000 spans, and not slower. MiB */
const MAX_YOUNG_MB = 8

/**
 * A page of the viewer waits for these, which take milliseconds once everything is loaded and nothing is searched for, so
 * they come before the questions that wait. The map and the list of metrics wait: they may take seconds.
 */
const LISTS: readonly Job['kind'][] = [
  'request page',
  'request menus',
  'latency points',
  'trace peers',
  'trace twins',
  'traces with words',
  'error requests',
  'wiring',
]

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
  | { readonly kind: 'answer'; readonly json: string }
  | ({ readonly kind: 'error'; readonly status: number } & QueryErrorBody)
  | { readonly kind: 'ended'; readonly reason: 'cancelled' | 'too slow' }
  | { readonly kind: 'internal error'; readonly error: unknown }

interface WaitingJob {
  readonly job: Job
  readonly cancelled: SharedArrayBuffer
  readonly resolve: (json: string) => void
  readonly reject: (error: unknown) => void
}

export type ReadThread = ReturnType<typeof createReadThread>

/**
 * Answers expensive reads in a separate thread, one after the other, so that receivers and pages go on. Lists come before
 * questions, of which one may take ten seconds; a question that runs is not interrupted. The thread starts
 * with the first job and ends after ten minutes without one. `file` is the sandbox's store.
 */
export function createReadThread(file: string, { timeLimitMs, graceMs } = TIME_LIMITS) {
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
      finish((job) => job.reject(error))
    }
  }

  /** Ends the thread unless it says something within this time. */
  const expectWithin = (ms: number, toError: () => QueryError) => {
    clearTimeout(timer)
    timer = setTimeout(() => replace(toError()), ms).unref()
  }

  /** Ends the running job, and asks the next one. */
  const finish = (end: (job: WaitingJob) => void) => {
    const ended = running
    running = undefined
    if (ended) end(ended)
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
      if (message.kind === 'loading') expectWithin(STALLED_MS, stalled)
      else if (message.kind === 'loaded')
        expectWithin(timeLimitMs + graceMs, () => tooSlow(running?.job.kind, timeLimitMs))
      else if (message.kind === 'answer') finish((job) => job.resolve(message.json))
      else if (message.kind === 'error') {
        finish((job) => job.reject(new QueryError(message.status, message.message, message.issues)))
      } else if (message.kind === 'ended') {
        finish((job) =>
          job.reject(message.reason === 'too slow' ? tooSlow(job.job.kind, timeLimitMs) : wasCancelled()),
        )
      } else finish((job) => job.reject(message.error))
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
    finish((job) => job.reject(error))
  }

  const stop = () => {
    const old = worker
    worker = undefined
    return old?.terminate()
  }

  return {
    /** Resolves to the answer as JSON. Rejects with a QueryError, or with an internal error. */
    ask(job: Job, signal: AbortSignal): Promise<string> {
      if (isClosed || signal.aborted) return Promise.reject(wasCancelled())
      if (waiting.length + (running ? 1 : 0) >= MAX_JOBS) {
        return Promise.reject(
          new QueryError(503, `more than ${MAX_JOBS} questions are waiting: ask again in a moment`),
        )
      }
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      const asked: WaitingJob = { job, cancelled: new SharedArrayBuffer(4), resolve, reject }
      const cancel = () => {
        Atomics.store(new Int32Array(asked.cancelled), 0, 1)
        const index = waiting.indexOf(asked)
        if (index >= 0) waiting.splice(index, 1)
        // The thread notices by itself, and may take the next question then.
        reject(wasCancelled())
      }
      signal.addEventListener('abort', cancel, { once: true })
      const isUrgent = ({ job: { kind } }: WaitingJob) => LISTS.includes(kind)
      const place = isUrgent(asked) ? waiting.findIndex((other) => !isUrgent(other)) : -1
      waiting.splice(place < 0 ? waiting.length : place, 0, asked)
      next()
      return promise.finally(() => signal.removeEventListener('abort', cancel))
    },
    /** Ends the thread. Jobs that wait or run are rejected. */
    async close(): Promise<void> {
      isClosed = true
      clearTimeout(timer)
      for (const job of [...waiting.splice(0), ...(running ? [running] : [])]) job.reject(wasCancelled())
      running = undefined
      await stop()
    },
  }
}

/** What makes a read faster. */
function adviceFor(kind: Job['kind'] | undefined): string {
  if (kind === 'map') return 'choose fewer minutes'
  if (kind !== undefined && LISTS.includes(kind)) return 'choose a shorter time or a simpler filter'
  return 'ask about a shorter time, fewer groups, or with a simpler expression'
}

function tooSlow(kind: Job['kind'] | undefined, limitMs: number): QueryError {
  return new QueryError(503, `the read took longer than ${limitMs / 1_000} seconds: ${adviceFor(kind)}`)
}

function stalled(): QueryError {
  return new QueryError(
    503,
    `loading what is stored stood still for ${STALLED_MS / 1_000} seconds: ask again, which leaves out the record that it stood still at`,
  )
}

function tooMuch(): QueryError {
  return new QueryError(
    503,
    'what is stored needs more memory than reads may use: ask again, about fewer groups, or delete what is stored (npm run teardown, then npm run setup)',
  )
}

function wasCancelled(): QueryError {
  return new QueryError(503, 'the question was cancelled')
}
