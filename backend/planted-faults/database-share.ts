/** After a query, no other begins for its duration times this. It leaves the other requests 80 % of the database's time. */
const PAUSE_FACTOR = 4

/**
 * Limits the time that slow queries take from the database. The embedded Postgres runs one query at a time, and every other
 * request waits for it.
 */
export class DatabaseShare {
  #isInUse = false
  /** By `performance.now()`, ms. */
  #freeAt = 0

  isFree(): boolean {
    return !this.#isInUse && performance.now() >= this.#freeAt
  }

  /** Returns how long the query took, with its wait for the database, ms. Rethrows its error. */
  async use(query: () => Promise<unknown>): Promise<number> {
    const startedAt = performance.now()
    this.#isInUse = true
    try {
      await query()
    } finally {
      const tookMs = performance.now() - startedAt
      this.#freeAt = startedAt + tookMs * (1 + PAUSE_FACTOR)
      this.#isInUse = false
    }
    return performance.now() - startedAt
  }
}
