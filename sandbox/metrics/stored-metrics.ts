import { DatabaseSync } from 'node:sqlite'
import { messageOf } from '../honeycomb/fields.ts'
import { METRICS_REQUEST, metricsOf, type ReceivedMetric } from '../honeycomb/metric-records.ts'
import { decodeProtobuf } from '../honeycomb/otlp-schema.ts'
import { checkRequestSize } from '../honeycomb/request-size.ts'
import { LoadingRows } from '../read-thread/loading-rows.ts'
import type { MetricChunk, MetricRow } from '../store/datasets.ts'
import { prepare } from '../store/table.ts'
import { HAS_RECORDS } from '../store/traces.ts'
import { MetricSet } from './metric-set.ts'

/** Rows per read, so that the write-ahead log can be checkpointed in between. */
const READ_ROWS = 50
/** Points between two checks: some ten milliseconds. */
const CHECK_POINTS = 2_000

interface ChunkRow extends MetricChunk {
  readonly row: number
  readonly total: number
  readonly receivedMs: number
}

/** How many points of a metric ever arrived. */
export interface MetricCounter extends MetricRow {
  /** Epoch milliseconds. */
  readonly lastWrittenMs: number
}

/** The newest row that has been loaded, and the total in it, by which it is known again. */
const NOTHING = { row: 0, total: -1 }

/**
 * The stored metrics as time series, read from the sandbox's file over a separate connection. Writers never wait for it,
 * and it costs nothing before the first `refresh`.
 */
export class StoredMetrics {
  readonly #database: DatabaseSync
  readonly #after
  readonly #at
  readonly #oldest
  readonly #counters
  readonly #counterCount
  readonly #counterOf
  readonly #trace
  #loaded = NOTHING
  #set: MetricSet

  readonly #maxBytes: number | undefined

  readonly #rows: LoadingRows

  constructor(file: string, maxBytes?: number, rows = new LoadingRows()) {
    this.#rows = rows
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
    this.#maxBytes = maxBytes
    this.#set = new MetricSet(maxBytes)
    this.#after = prepare<ChunkRow, [row: number]>(
      this.#database,
      `SELECT rowid AS row, total_points AS total, dataset, encoding, body, points, received_ms AS receivedMs
       FROM metric_chunks WHERE rowid > ? ORDER BY rowid LIMIT ${READ_ROWS}`,
    )
    this.#at = prepare<{ total: number }, [row: number]>(
      this.#database,
      'SELECT total_points AS total FROM metric_chunks WHERE rowid = ?',
    )
    this.#oldest = prepare<{ row: number | null }, []>(
      this.#database,
      'SELECT min(rowid) AS row FROM metric_chunks',
    )
    this.#counters = prepare<MetricCounter, [limit: number]>(
      this.#database,
      `SELECT dataset, name, kind, unit, points, last_written_ms AS lastWrittenMs
       FROM metrics ORDER BY last_written_ms DESC, name LIMIT ?`,
    )
    this.#counterCount = prepare<{ count: number }, []>(
      this.#database,
      'SELECT count(*) AS count FROM metrics',
    )
    this.#counterOf = prepare<unknown, [name: string]>(
      this.#database,
      'SELECT 1 FROM metrics WHERE name = ? AND points > 0 LIMIT 1',
    )
    this.#trace = prepare<unknown, [traceId: string]>(
      this.#database,
      `SELECT 1 FROM traces AS t WHERE trace_id = ? AND ${HAS_RECORDS}`,
    )
  }

  /** Whether the store still has spans, segments or errors of a trace. */
  hasTrace = (traceId: string) => this.#trace.get(traceId) !== undefined

  /** Loads what has arrived since the last call. `check` runs between reads, and may throw to end it. */
  refresh(check: () => void): MetricSet {
    // The store numbers its rows from 1 again when all were deleted. What is loaded is then not in it any more.
    if (this.#loaded !== NOTHING && this.#at.get(this.#loaded.row)?.total !== this.#loaded.total) {
      this.#set = new MetricSet(this.#maxBytes)
      this.#loaded = NOTHING
    }
    try {
      for (;;) {
        const rows = this.#after.all(this.#loaded.row)
        this.#add(rows, check)
        if (rows.length < READ_ROWS) break
        check()
      }
    } finally {
      this.#set.settle()
    }
    this.#set.forgetBefore(this.#oldest.get()?.row ?? Number.POSITIVE_INFINITY)
    return this.#set
  }

  /** The metrics that ever arrived, the latest first. */
  counters = (limit: number) => this.#counters.all(limit)

  counterCount = () => this.#counterCount.get()?.count ?? 0

  /** Whether points of a metric of this name ever arrived. */
  isKnown = (name: string) => this.#counterOf.get(name) !== undefined

  close(): void {
    this.#database.close()
  }

  #add(rows: readonly ChunkRow[], check: () => void): void {
    let points = 0
    for (const chunk of rows) {
      const { row, dataset, receivedMs, total } = chunk
      try {
        this.#rows.reading('metrics', chunk, () =>
          this.#set.add(dataset, readMetrics(chunk), { row, receivedMs }),
        )
      } catch {
        // One row that cannot be read must not keep all others from being asked about.
        this.#set.leaveOut(row, chunk.points)
      }
      this.#loaded = { row, total }
      points += chunk.points
      if (points < CHECK_POINTS) continue
      points = 0
      this.#set.settle()
      check()
    }
  }
}

/** Throws for rows that cannot be read, and for those of earlier versions that are larger than requests may be now. */
function readMetrics({ encoding, body }: MetricChunk): ReceivedMetric[] {
  // protobufjs returns ids as Buffers only when it reads a Buffer.
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  checkRequestSize(METRICS_REQUEST, bytes, encoding === 'json')
  return metricsOf(
    encoding === 'protobuf'
      ? decodeProtobuf(METRICS_REQUEST, bytes, 0, Number)
      : messageOf(JSON.parse(bytes.toString('utf8'))),
  )
}
