/** Waits for `work`, but no longer than `ms`; never rejects. Tells how it came out. */
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
