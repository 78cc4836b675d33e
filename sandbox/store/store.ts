import { HttpError } from '../http/answer.ts'
import { createActivity, createChanges } from './arrivals.ts'
import { createDiskErrors, openDatabase } from './database.ts'
import { createDatasets, createMetrics } from './datasets.ts'
import { createGroupCommit } from './group-commit.ts'
import { createLogs } from './logs.ts'
import { createOccurrences } from './occurrences.ts'
import { isDamage, isDiskError, openError } from './open-error.ts'
import { type Bounds, createPrune, DEFAULT_BOUNDS, readClocks } from './prune.ts'
import { createSampling } from './sampling.ts'
import { createSegments } from './segments.ts'
import { createSpans } from './spans.ts'
import { prepare } from './table.ts'
import { createTraceIndex, createTraces } from './traces.ts'
import { createGroups, createXRayState } from './xray-account.ts'

/** While records arrive. The store may exceed its bounds by what arrives in this time, or by `PRUNE_GROWTH_BYTES`. */
const PRUNE_INTERVAL_MS = 1_000
/** By how much the records may grow before they are pruned at once. */
const PRUNE_GROWTH_BYTES = 32 * 1024 * 1024
/** Reading the size costs 11 µs, a fifth of the smallest write. */
const SIZE_CHECK_MS = 10
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
  const opened = openDatabase(file, bounds)
  try {
    return createStore(opened, file, bounds, onInternalError)
  } catch (error) {
    opened.database.close()
    opened.unlock()
    // SQLite reads a page, and notices its damage, when a table needs it.
    throw isDamage(error) ? openError(file, error) : error
  }
}

function createStore(
  { database, unlock }: ReturnType<typeof openDatabase>,
  file: string,
  bounds: Bounds,
  onInternalError: (error: unknown) => void,
) {
  const disk = createDiskErrors(file, onInternalError)
  const commit = createGroupCommit(database, disk.toHttpError)
  const prune = createPrune(database, bounds)
  let isOpen = true
  let hasGrown = true
  let prunedMs = 0
  const pages = prepare<{ used: number }, []>(
    database,
    `SELECT (page_count - freelist_count) * page_size AS used
     FROM pragma_page_count, pragma_freelist_count, pragma_page_size`,
  )
  /** Bytes of the file without what deleted rows have left to later ones. */
  const usedBytes = () => pages.get()?.used ?? 0
  let prunedBytes = usedBytes()
  let sizeCheckedMs = 0
  const pruneStep = () => {
    if (!isOpen) return
    commit
      .write(() => prune(readClocks()))
      .then((hasMore) => {
        if (hasMore) setImmediate(pruneStep)
        else if (isOpen) prunedBytes = usedBytes()
      })
      .catch((error) => error instanceof HttpError || onInternalError(error))
  }
  const pruneIfDue = () => {
    if (!hasGrown && performance.now() - prunedMs < IDLE_PRUNE_INTERVAL_MS) return
    hasGrown = false
    prunedMs = performance.now()
    pruneStep()
  }
  const pruneIfLarge = () => {
    const nowMs = performance.now()
    if (nowMs - sizeCheckedMs < SIZE_CHECK_MS) return
    sizeCheckedMs = nowMs
    const bytes = usedBytes()
    if (bytes - prunedBytes < PRUNE_GROWTH_BYTES) return
    prunedBytes = bytes
    pruneStep()
  }
  const index = createTraceIndex(database)
  const spans = createSpans(database, index)
  const tables = {
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
  }
  const timer = setInterval(pruneIfDue, PRUNE_INTERVAL_MS).unref()
  return {
    ...tables,
    diskRefusal: disk.last,
    write<Result>(run: () => Result): Promise<Result> {
      hasGrown = true
      return commit.write(() => {
        const result = run()
        pruneIfLarge()
        return result
      })
    },
    prune: () => commit.write(() => prune(readClocks())),
    close(): void {
      if (!isOpen) return
      isOpen = false
      clearInterval(timer)
      commit.flush()
      try {
        database.exec('PRAGMA wal_checkpoint(TRUNCATE)')
      } catch (error) {
        // Committed rows stay in the write-ahead log, which SQLite reads when it opens the file again.
        if (!isDiskError(error) && !isDamage(error)) throw error
      } finally {
        database.close()
        unlock()
      }
    },
  }
}
