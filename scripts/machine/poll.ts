import { setTimeout as delay } from 'node:timers/promises'

/**
 * Calls `ask` until its answer is defined; undefined once the deadline (ms from now) has passed. Throws the reason of
 * `signal` when that aborts.
 */
export async function poll<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  { deadlineMs, everyMs = 50, signal }: { deadlineMs: number; everyMs?: number; signal?: AbortSignal },
): Promise<T | undefined> {
  const end = performance.now() + deadlineMs
  for (;;) {
    signal?.throwIfAborted()
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() >= end) return undefined
    await delay(everyMs, undefined, signal && { signal }).catch(() => signal?.throwIfAborted())
  }
}
