import type { DatabaseSync } from 'node:sqlite'

/** Bounds the size of a transaction, and the number of jobs that run again when one of them fails. */
const MAX_JOBS_PER_COMMIT = 1_000

interface Job {
  readonly run: () => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Commits the writes of one turn of the event loop together, up to 1,000 in one transaction. */
export interface GroupCommit {
  /**
   * Queues `run`. Resolves to its result once that is committed. Rejects with its error without affecting other writes.
   * `run` must only write: it runs again, alone, when another job of its transaction has failed.
   */
  write<Result>(run: () => Result): Promise<Result>
  /** Commits all queued writes at once. */
  flush(): void
  /** Transactions so far. */
  readonly commits: number
}

/** `toRejection` maps the error of a job to the rejection of its promise. */
export function createGroupCommit(
  database: DatabaseSync,
  toRejection: (error: unknown) => unknown = (error) => error,
): GroupCommit {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const rollback = database.prepare('ROLLBACK')
  let queue: Job[] = []
  let isScheduled = false
  let commits = 0

  const transact = (jobs: readonly Job[]): unknown[] => {
    begin.run()
    try {
      const results = jobs.map((job) => job.run())
      commit.run()
      commits++
      return results
    } catch (error) {
      if (database.isTransaction) rollback.run()
      throw error
    }
  }

  const settle = (jobs: readonly Job[]) => {
    try {
      const results = transact(jobs)
      for (const [index, job] of jobs.entries()) job.resolve(results[index])
    } catch (error) {
      const [first] = jobs
      // One of several has failed: each is committed alone, so that only that one is rejected.
      if (jobs.length > 1) for (const job of jobs) settle([job])
      else first?.reject(toRejection(error))
    }
  }

  const flush = () => {
    isScheduled = false
    while (queue.length > 0) {
      const jobs = queue.slice(0, MAX_JOBS_PER_COMMIT)
      queue = queue.slice(MAX_JOBS_PER_COMMIT)
      settle(jobs)
    }
  }

  return {
    write<Result>(run: () => Result) {
      const { promise, resolve, reject } = Promise.withResolvers<Result>()
      queue.push({ run, resolve: resolve as (value: unknown) => void, reject })
      if (!isScheduled) {
        isScheduled = true
        setImmediate(flush)
      }
      return promise
    },
    flush,
    get commits() {
      return commits
    },
  }
}
