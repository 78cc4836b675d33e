/** In how many parts a deadline passes. */
const PARTS = 10

/**
 * Waits for `work` for at most `ms`. Never rejects: the result says how the work ended. `keepsAlive`: whether the process
 * waits for the deadline when it has nothing else to do. Default: no.
 *
 * The time passes in ten parts, each begun by the end of the one before. While something blocks the event loop, work that
 * has ended cannot say so, and Node runs timers before it looks: a block counts as one part, however long it was.
 * Source: https://nodejs.org/learn/asynchronous-work/event-loop-timers-and-nexttick (phases).
 */
export async function withDeadline(
  work: Promise<unknown>,
  ms: number,
  { keepsAlive = false } = {},
): Promise<'done' | 'failed' | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  let timer: NodeJS.Timeout | undefined
  const wait = (parts: number) => {
    timer = setTimeout(() => (parts > 1 ? wait(parts - 1) : resolve('late')), ms / PARTS)
    if (!keepsAlive) timer.unref()
  }
  wait(PARTS)
  const outcome = work.then(
    () => 'done' as const,
    () => 'failed' as const,
  )
  try {
    return await Promise.race([outcome, late])
  } finally {
    clearTimeout(timer)
  }
}
