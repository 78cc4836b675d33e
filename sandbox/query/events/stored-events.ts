import { DatabaseSync } from 'node:sqlite'
import type { LogRecord, Span } from '../../../contracts/sandbox/trace.ts'
import { messageOf } from '../../honeycomb/fields.ts'
import { spansOf } from '../../honeycomb/records.ts'
import { prepare } from '../../store/table.ts'
import { EventTable, type Source } from './event-table.ts'
import { addLog } from './log-events.ts'
import { type ResourceSpans, toResourceSpans } from './otlp.ts'
import { readResourceSpans } from './otlp-protobuf.ts'
import { addSpans } from './span-events.ts'

/** Rows per read, so that the write-ahead log can be checkpointed in between. */
const READ_ROWS = 200

interface ChunkRow {
  readonly row: number
  readonly total: number
  readonly dataset: string
  readonly encoding: 'protobuf' | 'json' | 'read'
  readonly body: Uint8Array
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

function resourceSpansOf({ encoding, body }: ChunkRow): ResourceSpans[] {
  if (encoding === 'protobuf') return readResourceSpans(body)
  const json: unknown = JSON.parse(
    Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'),
  )
  return toResourceSpans(encoding === 'json' ? spansOf(messageOf(json)) : (json as Span[]))
}

/**
 * The stored events as columns, read from the sandbox's file over a separate connection. Writers never wait for it, and
 * it costs nothing before the first `refresh`.
 */
export class StoredEvents {
  readonly #database: DatabaseSync
  readonly #sources
  #table = new EventTable()

  constructor(file: string) {
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
    }
    for (const source of sources) source.load(this.#table, check)
    this.#table.forgetBefore({ spans: this.#sources.spans.oldest(), logs: this.#sources.logs.oldest() })
    return this.#table
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
    return {
      source,
      load(into: EventTable, check: () => void): void {
        for (;;) {
          const rows = after.all(loaded.row)
          for (const row of rows) {
            try {
              add(into, row)
            } catch {
              // One row that cannot be read must not keep all others from being asked about.
              into.leaveOut(source, row.row)
            }
            loaded = { row: row.row, total: row.total }
          }
          if (rows.length < READ_ROWS) return
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
