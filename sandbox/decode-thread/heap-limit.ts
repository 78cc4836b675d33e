/** What the decode thread's heap may take, where the memory of the process is not bounded. MiB */
const MAX_HEAP_MB = 512
/** Of a bounded process, for all else: the main thread, the bodies, the threads for reads. MiB */
const OTHERS_MB = 512
const MIN_HEAP_MB = 64

/**
 * The decode thread's heap in a process that may take `bytes`: in a container, what its control group allows. The whole
 * container ends where its processes take more.
 *
 * Source: https://nodejs.org/api/process.html#processconstrainedmemory (0, or a huge number, without a bound)
 */
export function heapLimitMb(bytes: number): number {
  const left = bytes > 0 ? bytes / 2 ** 20 - OTHERS_MB : MAX_HEAP_MB
  return Math.floor(Math.min(MAX_HEAP_MB, Math.max(MIN_HEAP_MB, left)))
}

export const HEAP_LIMIT_MB = heapLimitMb(process.constrainedMemory())
/** The largest request that request-size.ts lets through takes less than the heap, however small that is. */
export const HEAP_SHARE = HEAP_LIMIT_MB / MAX_HEAP_MB
