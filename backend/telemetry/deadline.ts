/**
 * Waits for `work` for at most `ms`. Never rejects: the result says how the work ended. `keepsAlive`: whether the process
 * waits for the deadline when it has nothing else to do. Default: no.
 */
export async function withDeadline(
  work: Promise<unknown>,
  ms: number,
  { keepsAlive = false } = {},
): Promise<'done' | 'failed' | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => resolve('late'), ms)
  if (!keepsAlive) timer.unref()
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
