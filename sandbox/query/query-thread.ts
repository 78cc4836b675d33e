import { Worker } from 'node:worker_threads'
import type { BubbleUpQuestion, QueryErrorBody, QuerySpecification } from '../../contracts/sandbox/query.ts'
import { QueryError } from './query-error.ts'
import type { ResultParts } from './result-data.ts'

/** Questions that wait or run. More than a class of thirty asks at one time. */
const MAX_QUESTIONS = 100
const TIME_LIMITS = {
  /** Honeycomb's own limit. */
  timeLimitMs: 10_000,
  /** A question that does not end by itself, as with a regular expression that backtracks, ends with its thread. */
  graceMs: 2_000,
}
/** A thread that loads events says so every few hundred rows. */
const STALLED_MS = 30_000
/** Without a question for this long, the thread ends and its memory is free. */
const IDLE_MS = 10 * 60_000
/** Of the thread's heap; typed arrays are bounded by the table. MiB */
const MAX_HEAP_MB = 1_536
/** Small, because loading makes much garbage that dies young: 70 MB less at 200,000 spans, and not slower. MiB */
const MAX_YOUNG_MB = 8

export type WorkerQuestion = { readonly dataset: string } & (
  | {
      readonly kind: 'query'
      readonly question: QuerySpecification
    }
  | { readonly kind: 'result data'; readonly question: QuerySpecification; readonly parts: ResultParts }
  | { readonly kind: 'bubble-up'; readonly question: BubbleUpQuestion }
  | { readonly kind: 'columns'; readonly column?: string | undefined; readonly contains?: string | undefined }
)

export interface ToQueryWorker {
  readonly question: WorkerQuestion
  /** One Int32; another value than 0 ends the question. */
  readonly cancelled: SharedArrayBuffer
  /** From when the events are loaded. */
  readonly timeLimitMs: number
}

export type FromQueryWorker =
  | { readonly kind: 'loading' }
  | { readonly kind: 'loaded' }
  | { readonly kind: 'answer'; readonly json: string }
  | ({ readonly kind: 'error'; readonly status: number } & QueryErrorBody)
  | { readonly kind: 'ended'; readonly reason: 'cancelled' | 'too slow' }
  | { readonly kind: 'internal error'; readonly error: unknown }

interface Job {
  readonly question: WorkerQuestion
  readonly cancelled: SharedArrayBuffer
  readonly resolve: (json: string) => void
  readonly reject: (error: unknown) => void
}

/**
 * Asks questions in a separate thread, one after the other, so that receivers and pages go on. The thread starts with
 * the first question and ends after ten minutes without one. `file` is the sandbox's store.
 */
export function createQueryThread(file: string, { timeLimitMs, graceMs } = TIME_LIMITS) {
  const waiting: Job[] = []
  let running: Job | undefined
  let worker: Worker | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isClosed = false

  const next = () => {
    // The time of a running question goes on when another one is asked.
    if (running) return
    clearTimeout(timer)
    running = waiting.shift()
    if (!running) {
      timer = setTimeout(stop, IDLE_MS).unref()
      return
    }
    const { question, cancelled } = running
    worker ??= start()
    expectWithin(STALLED_MS, stalled)
    try {
      worker.postMessage({ question, cancelled, timeLimitMs } satisfies ToQueryWorker)
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
  const finish = (end: (job: Job) => void) => {
    const job = running
    running = undefined
    if (job) end(job)
    next()
  }

  function start(): Worker {
    const own = new Worker(new URL('./query-worker.ts', import.meta.url), {
      workerData: { file },
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    })
    own.on('message', (message: FromQueryWorker) => {
      if (own !== worker) return
      if (message.kind === 'loading') expectWithin(STALLED_MS, stalled)
      else if (message.kind === 'loaded') expectWithin(timeLimitMs + graceMs, tooSlow)
      else if (message.kind === 'answer') finish((job) => job.resolve(message.json))
      else if (message.kind === 'error') {
        finish((job) => job.reject(new QueryError(message.status, message.message, message.issues)))
      } else if (message.kind === 'ended') {
        finish((job) => job.reject(message.reason === 'too slow' ? tooSlow() : wasCancelled()))
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
    ask(question: WorkerQuestion, signal: AbortSignal): Promise<string> {
      if (isClosed || signal.aborted) return Promise.reject(wasCancelled())
      if (waiting.length + (running ? 1 : 0) >= MAX_QUESTIONS) {
        return Promise.reject(
          new QueryError(503, `more than ${MAX_QUESTIONS} questions are waiting: ask again in a moment`),
        )
      }
      const { promise, resolve, reject } = Promise.withResolvers<string>()
      const job: Job = { question, cancelled: new SharedArrayBuffer(4), resolve, reject }
      const cancel = () => {
        Atomics.store(new Int32Array(job.cancelled), 0, 1)
        const place = waiting.indexOf(job)
        if (place >= 0) waiting.splice(place, 1)
        // The thread notices by itself, and may take the next question then.
        reject(wasCancelled())
      }
      signal.addEventListener('abort', cancel, { once: true })
      waiting.push(job)
      next()
      return promise.finally(() => signal.removeEventListener('abort', cancel))
    },
    /** Ends the thread. Questions that wait or run are rejected. */
    async close(): Promise<void> {
      isClosed = true
      clearTimeout(timer)
      for (const job of [...waiting.splice(0), ...(running ? [running] : [])]) job.reject(wasCancelled())
      running = undefined
      await stop()
    },
  }
}

function tooSlow(): QueryError {
  return new QueryError(
    503,
    `the question took longer than ${TIME_LIMITS.timeLimitMs / 1_000} seconds: ask about a shorter time, fewer groups, or with a simpler expression`,
  )
}

function stalled(): QueryError {
  return new QueryError(
    503,
    `loading the stored events stood still for ${STALLED_MS / 1_000} seconds: ask again, and look at npm run logs if it stays so`,
  )
}

function tooMuch(): QueryError {
  return new QueryError(
    503,
    'the stored events need more memory than questions may use: ask about fewer groups, or delete the stored events (npm run teardown, then npm run setup)',
  )
}

function wasCancelled(): QueryError {
  return new QueryError(503, 'the question was cancelled')
}
