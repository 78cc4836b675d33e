import { Worker } from 'node:worker_threads'
import { HttpError } from '../http/answer.ts'
import { LARGE_BYTES } from '../http/byte-budget.ts'
import {
  type DecoderName,
  type FactsOf,
  type InputOf,
  RECORD_COUNTERS,
  type RowOf,
  type Take,
} from './decoders.ts'
import { HEAP_LIMIT_MB } from './heap-limit.ts'
import { createLane } from './lane.ts'
import { createSmallDecoder } from './small-bodies.ts'

/** A body of more records is decoded in the thread, however few its bytes: 256 KiB have room for 87,000 empty ones. */
const LARGE_RECORDS = 2_000
/** Has no room for records that take long. */
const TINY_BYTES = 1024
/** Small, because decoding makes much garbage that dies young. MiB */
const MAX_YOUNG_MB = 16
/**
 * CPU that the thread may use for a body, however busy the machine is: 105,000 spans of an SDK take 1,200 ms. Not bounded
 * before Node 24.6.
 *
 * Source: https://nodejs.org/api/worker_threads.html#workercpuusageprev
 */
const MAX_CPU_MS = 3_000
const CPU_CHECK_MS = 250
/** How long the thread may take to decode a body. */
const MAX_MS = 60_000
/** A thread with a larger heap ends when its body is stored: V8 would keep most of it. */
const MAX_KEPT_HEAP_BYTES = 128 * 1024 * 1024
/** Without a large body for this long, the thread ends and its memory is free. */
const IDLE_MS = 10_000

export type ToDecodeWorker =
  | { readonly kind: 'decode'; readonly name: DecoderName; readonly input: InputOf<DecoderName> }
  /** Asks for the next batch. */
  | { readonly kind: 'next' }
  /** The batches that are left are not needed. */
  | { readonly kind: 'drop' }

export type DecodeResult =
  | Batch
  | { readonly kind: 'error'; readonly status: number; readonly message: string }
  | { readonly kind: 'internal error'; readonly error: unknown }

/** With the memory that the thread's heap has at the time. */
export type FromDecodeWorker = DecodeResult & { readonly heapBytes: number }

interface Batch {
  readonly kind: 'batch'
  /** In the first one. */
  readonly facts: unknown
  readonly rows: readonly object[]
  readonly isLast: boolean
}

export type DecodeThread = ReturnType<typeof createDecodeThread>

/**
 * Decodes the bodies of requests: small ones at once, large ones one after the other in a separate thread, so that the
 * receivers answer meanwhile. The thread starts with the first large body.
 */
export function createDecodeThread({
  maxMs = MAX_MS,
  maxCpuMs = MAX_CPU_MS,
  maxHeapMb = HEAP_LIMIT_MB,
  maxKeptHeapBytes = MAX_KEPT_HEAP_BYTES,
  idleMs = IDLE_MS,
} = {}) {
  let worker: Worker | undefined
  let idle: ReturnType<typeof setTimeout> | undefined
  /** The most that the thread's heap has had. */
  let heapBytes = 0
  let isClosed = false
  const largeOnes = createLane(1)
  const decodeSmall = createSmallDecoder()
  let asked: PromiseWithResolvers<Batch> | undefined

  const stop = () => {
    const old = worker
    worker = undefined
    heapBytes = 0
    return old?.terminate()
  }

  const replace = (error: unknown) => {
    stop()
    asked?.reject(error)
  }

  function start(): Worker {
    const own = new Worker(new URL('./decode-worker.ts', import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: MAX_YOUNG_MB },
    })
    own.on('message', (message: FromDecodeWorker) => {
      if (own !== worker) return
      heapBytes = Math.max(heapBytes, message.heapBytes)
      if (message.kind === 'batch') asked?.resolve(message)
      else if (message.kind === 'error') asked?.reject(new HttpError(message.status, message.message))
      else asked?.reject(message.error)
    })
    own.on('error', (error: NodeJS.ErrnoException) => {
      if (own === worker) replace(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? needsTooMuch('memory') : error)
    })
    own.unref()
    return own
  }

  /** Sends a message that the thread answers with a batch. */
  function ask(message: ToDecodeWorker, transferred: ArrayBuffer[] = []): Promise<Batch> {
    if (isClosed) return Promise.reject(isStopping())
    worker ??= start()
    const timer = setTimeout(() => replace(takesTooLong(maxMs)), maxMs).unref()
    const cpu =
      message.kind === 'decode' ? watchCpu(worker, maxCpuMs, () => replace(needsTooMuch('time'))) : undefined
    asked = Promise.withResolvers()
    worker.postMessage(message, transferred)
    return asked.promise.finally(() => {
      clearTimeout(timer)
      clearInterval(cpu)
    })
  }

  async function decodeLarge<Name extends DecoderName, Result>(
    name: Name,
    input: InputOf<Name>,
    take: Take<Name, Result>,
  ): Promise<Result> {
    clearTimeout(idle)
    let following: Promise<Batch> | undefined
    /** Asks for the next batch before the one before is stored. */
    async function* batchesFrom(first: Batch) {
      for (let batch = first; ; batch = await following) {
        following = batch.isLast ? undefined : ask({ kind: 'next' })
        following?.catch(() => {})
        yield batch.rows as readonly RowOf<Name>[]
        if (!following) return
      }
    }
    try {
      const first = await ask({ kind: 'decode', name, input }, [input.body.buffer as ArrayBuffer])
      return await take({ facts: first.facts as FactsOf<Name>, batches: batchesFrom(first) })
    } finally {
      // What is still on its way belongs to no later body.
      await following?.catch(() => {})
      worker?.postMessage({ kind: 'drop' } satisfies ToDecodeWorker)
      if (heapBytes > maxKeptHeapBytes) await stop()
      idle = setTimeout(stop, idleMs).unref()
    }
  }

  return {
    /**
     * Decodes a body and calls `take` once with what it is decoded to. A large body must be in a buffer that nothing
     * else uses: it is handed over to the thread. A smaller one with very many records is decoded there too, after
     * `takeTurn`, which is a RouteRequest's. Throws an HttpError of the decoder, or one that says that the body takes too
     * much memory (413) or time (503), and errors of `takeTurn` and `take`.
     */
    async decode<Name extends DecoderName, Result>(
      name: Name,
      input: InputOf<Name>,
      take: Take<Name, Result>,
      takeTurn: () => Promise<void>,
    ): Promise<Result> {
      const { byteLength } = input.body
      if (byteLength > LARGE_BYTES) return largeOnes(() => decodeLarge(name, input, take))
      const records = byteLength > TINY_BYTES ? (RECORD_COUNTERS[name]?.(input, LARGE_RECORDS) ?? 0) : 0
      if (records > LARGE_RECORDS) {
        await takeTurn()
        // A small body can share its buffer with others.
        const own = { ...input, body: Buffer.from(new Uint8Array(input.body).buffer) }
        return largeOnes(() => decodeLarge(name, own, take))
      }
      return decodeSmall(name, input, records, take)
    },
    /** Ends the thread. A body of which not all batches have been taken is answered 503. */
    async close(): Promise<void> {
      isClosed = true
      clearTimeout(idle)
      asked?.reject(isStopping())
      await stop()
    },
  }
}

/** Calls `end` once when the thread has used `maxMs` of CPU from now. */
function watchCpu(worker: Worker, maxMs: number, end: () => void): ReturnType<typeof setInterval> {
  let startMs: number | undefined
  let isAsking = false
  const check = async () => {
    if (isAsking) return
    isAsking = true
    // Rejects where the thread has ended. While JSON.parse runs it does not settle.
    const used = await worker.cpuUsage?.().catch(() => undefined)
    isAsking = false
    if (!used) return
    const usedMs = (used.user + used.system) / 1_000
    startMs ??= usedMs
    if (usedMs - startMs > maxMs) end()
  }
  void check()
  return setInterval(check, CPU_CHECK_MS).unref()
}

function needsTooMuch(what: 'memory' | 'time'): HttpError {
  return new HttpError(413, `the request needs more ${what} than the sandbox has for one: send it in parts`)
}

function isStopping(): HttpError {
  return new HttpError(503, 'the sandbox is stopping')
}

function takesTooLong(maxMs: number): HttpError {
  return new HttpError(503, `the request took longer than ${maxMs / 1_000} seconds to read: send it in parts`)
}
