import { HttpError } from '../http/answer.ts'
import { createActivity, createChanges } from './arrivals.ts'
import { createDiskFull, isDiskError, openDatabase } from './database.ts'
import { createDatasets, createMetrics } from './datasets.ts'
import { createGroupCommit } from './group-commit.ts'
import { createLogs } from './logs.ts'
import { createOccurrences } from './occurrences.ts'
import { type Bounds, createPrune, DEFAULT_BOUNDS } from './prune.ts'
import { createSampling } from './sampling.ts'
import { createSegments } from './segments.ts'
import { createSpans } from './spans.ts'
import { createTraceIndex, createTraces } from './traces.ts'
import { createGroups, createXRayState } from './xray-account.ts'

/** While records arrive. The store may exceed its bounds by what arrives in this time. */
const PRUNE_INTERVAL_MS = 1_000
/** While none arrive, to delete those that become too old. */
const IDLE_PRUNE_INTERVAL_MS = 60_000

export type Store = ReturnType<typeof openStore>

/**
 * Opens the file in which the sandbox keeps its records. Tables may be written only inside `write`, whose promise
 * resolves when the transaction is committed. Reads use the tables directly. `close` commits, checkpoints and closes.
 * Throws a UserError for a file that cannot be used, or that another process uses.
 */
export function openStore(
  file: string,
  bounds: Bounds = DEFAULT_BOUNDS,
  onInternalError: (error: unknown) => void = () => {},
) {
  const { database, unlock } = openDatabase(file)
  const disk = createDiskFull(file, onInternalError)
  const commit = createGroupCommit(database, disk.toHttpError)
  const prune = createPrune(database, bounds)
  let isOpen = true
  let hasGrown = true
  let prunedMs = 0
  const pruneStep = () => {
    if (!isOpen) return
    commit
      .write(() => prune(Date.now()))
      .then((hasMore) => hasMore && setImmediate(pruneStep))
      .catch((error) => error instanceof HttpError || onInternalError(error))
  }
  const pruneIfDue = () => {
    if (!hasGrown && Date.now() - prunedMs < IDLE_PRUNE_INTERVAL_MS) return
    hasGrown = false
    prunedMs = Date.now()
    pruneStep()
  }
  const timer = setInterval(pruneIfDue, PRUNE_INTERVAL_MS).unref()
  const index = createTraceIndex(database)
  const spans = createSpans(database, index)
  return {
    traces: { ...index, ...createTraces(database, spans) },
    spans,
    changes: createChanges(database),
    activity: createActivity(database),
    logs: createLogs(database),
    metrics: createMetrics(database),
    datasets: createDatasets(database),
    segments: createSegments(database),
    groups: createGroups(database),
    sampling: createSampling(database),
    state: createXRayState(database),
    occurrences: createOccurrences(database),
    diskRefusal: disk.last,
    write<Result>(run: () => Result): Promise<Result> {
      hasGrown = true
      return commit.write(run)
    },
    prune: () => commit.write(() => prune(Date.now())),
    close(): void {
      if (!isOpen) return
      isOpen = false
      clearInterval(timer)
      commit.flush()
      try {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      } catch (error) {
        // Committed rows stay in the write-ahead log, which SQLite reads when it opens the file again.
        if (!isDiskError(error)) throw error
      } finally {
        database.close()
        unlock()
      }
    },
  }
}
