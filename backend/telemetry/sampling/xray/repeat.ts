/**
 * Calls a function again and again, one call at a time. The function returns the milliseconds until its next call, and
 * must not reject. The timer does not keep the process running.
 */
export class Repeat {
  readonly #work: () => Promise<number>
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #isRunning = false
  #isStopped = false

  constructor(work: () => Promise<number>) {
    this.#work = work
  }

  /** Calls now or, if a call is running, immediately after it. */
  now(): void {
    this.within(0)
  }

  /** Makes the next call at most `ms` from now. */
  within(ms: number): void {
    const dueAt = performance.now() + ms
    if (this.#isStopped || dueAt >= this.#dueAt) return
    this.#dueAt = dueAt
    clearTimeout(this.#timer)
    if (!this.#isRunning) this.#timer = setTimeout(() => this.#run(), ms).unref()
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    this.#dueAt = Number.POSITIVE_INFINITY
    const nextMs = await this.#work()
    this.#isRunning = false
    // A call that was asked for meanwhile stays due, unless the next one is sooner.
    const askedForMs = this.#dueAt - performance.now()
    this.#dueAt = Number.POSITIVE_INFINITY
    this.within(Math.max(0, Math.min(nextMs, askedForMs)))
  }
}
