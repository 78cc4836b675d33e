/** Waits for `work` for at most `ms`. Never rejects: the result says how the work ended. */
export async function withDeadline(work: Promise<unknown>, ms: number): Promise<'done' | 'failed' | 'late'> {
  const { promise: late, resolve } = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => resolve('late'), ms)
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
