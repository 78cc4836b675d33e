import { DatabaseSync } from 'node:sqlite'
import type { LogRecord } from '../../../contracts/sandbox/trace.ts'
import { LoadingRows } from '../../read-thread/loading-rows.ts'
import type { StoredSpans } from '../../store/spans.ts'
import { prepare } from '../../store/table.ts'
import { EventTable, type Source } from './event-table.ts'
import { addLog } from './log-events.ts'
import { addSpans } from './span-events.ts'
import { resourceSpansOf } from './stored-chunk.ts'

/** Rows per read, so that the write-ahead log can be checkpointed in between. */
const READ_ROWS = 200

interface ChunkRow extends StoredSpans {
  readonly row: number
  readonly total: number
}

interface LogRow {
  readonly row: number
  readonly total: number
  readonly document: string
}

/** The newest row that has been loaded, and the total in it, by which it is known again. */
interface Anchor {
  readonly row: number
  readonly total: number
}

const NOTHING: Anchor = { row: 0, total: -1 }

/**
 * The stored events as columns, read from the sandbox's file over a separate connection. Writers never wait for it, and
 * it costs nothing before the first `refresh`.
 */
export class StoredEvents {
  readonly #database: DatabaseSync
  readonly #sources
  #table = new EventTable()
  #revision = 0
  #oldest: Readonly<Record<Source, number>> = { spans: 0, logs: 0 }

  readonly #rows: LoadingRows

  constructor(file: string, rows = new LoadingRows()) {
    this.#rows = rows
    this.#database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
    this.#sources = {
      spans: this.#source<ChunkRow>(
        'spans',
        'span_chunks',
        'total_spans',
        'dataset, encoding, body',
        (table, chunk) => addSpans(table, chunk, resourceSpansOf(chunk)),
      ),
      logs: this.#source<LogRow>('logs', 'logs', 'total_bytes', 'document', (table, { row, document }) =>
        addLog(table, row, JSON.parse(document) as LogRecord),
      ),
    }
  }

  /** Loads what has arrived since the last call. `check` runs between reads, and may throw to end it. */
  refresh(check: () => void): EventTable {
    const sources = Object.values(this.#sources)
    // The store numbers its rows from 1 again when all were deleted. What is loaded is then not in it any more.
    if (sources.some((source) => source.hasRestarted())) {
      this.#table = new EventTable()
      for (const source of sources) source.restart()
      this.#revision++
    }
    for (const source of sources) if (source.load(this.#table, check)) this.#revision++
    const oldest = { spans: this.#sources.spans.oldest(), logs: this.#sources.logs.oldest() }
    if (oldest.spans !== this.#oldest.spans || oldest.logs !== this.#oldest.logs) this.#revision++
    this.#oldest = oldest
    this.#table.forgetBefore(oldest)
    return this.#table
  }

  /** Grows when what `refresh` returns has changed. */
  get revision(): number {
    return this.#revision
  }

  close(): void {
    this.#database.close()
  }

  #source<Row extends Anchor>(
    source: Source,
    table: string,
    total: string,
    columns: string,
    add: (table: EventTable, row: Row) => void,
  ) {
    const after = prepare<Row, [row: number]>(
      this.#database,
      `SELECT rowid AS row, ${total} AS total, ${columns} FROM ${table} WHERE rowid > ? ORDER BY rowid LIMIT ${READ_ROWS}`,
    )
    const at = prepare<{ total: number }, [row: number]>(
      this.#database,
      `SELECT ${total} AS total FROM ${table} WHERE rowid = ?`,
    )
    const oldest = prepare<{ row: number | null }, []>(
      this.#database,
      `SELECT min(rowid) AS row FROM ${table}`,
    )
    let loaded = NOTHING
    const loading = this.#rows
    return {
      source,
      /** Whether there was something to load. */
      load(into: EventTable, check: () => void): boolean {
        for (let isFirst = true; ; isFirst = false) {
          const rows = after.all(loaded.row)
          for (const row of rows) {
            try {
              loading.reading(source, row, () => add(into, row))
            } catch {
              // One row that cannot be read must not keep all others from being asked about.
              into.leaveOut(source, row.row)
            }
            loaded = { row: row.row, total: row.total }
          }
          if (rows.length < READ_ROWS) return !isFirst || rows.length > 0
          check()
        }
      },
      hasRestarted: () => loaded !== NOTHING && at.get(loaded.row)?.total !== loaded.total,
      restart: () => {
        loaded = NOTHING
      },
      /** Events before this row have been deleted. */
      oldest: () => oldest.get()?.row ?? Number.POSITIVE_INFINITY,
    }
  }
}
