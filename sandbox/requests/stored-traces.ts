import type { DatabaseSync } from 'node:sqlite'
import type { CheckDeadline } from '../read-thread/deadline.ts'
import type { StoredSpans } from '../store/spans.ts'
import { newest, prepare } from '../store/table.ts'
import { rootStatusOf } from './root-status.ts'
import { RECORD_TABLES, type RecordTable } from './stored-trace.ts'
import { createTraceRecords } from './trace-records.ts'
import { TraceTable } from './trace-table.ts'

/** Traces per read, so that a load can be cancelled and the write-ahead log checkpointed in between. */
const READ_TRACES = 2_000
/** Reading all traces anew is quicker than reading more than this share of them one by one. */
const MAX_CHANGED_SHARE = 0.5
/** Chunks per read of HTTP statuses. */
const READ_CHUNKS = 500

/** How far each table has been read. */
interface Mark {
  readonly rows: Readonly<Record<RecordTable, number>>
  /** The bytes received up to that row, by which it is known again; NaN for an empty table. */
  readonly bytes: Readonly<Record<RecordTable, number>>
  /** Rows before it have been deleted. */
  readonly oldest: Readonly<Record<RecordTable, number>>
  readonly updates: number
}

/**
 * The stored traces as a table that `refresh` brings up to date by what was added, replaced and deleted. Reads over its own
 * connection without a transaction: what is written meanwhile is after the mark, and read again by the next refresh.
 */
export class StoredTraces {
  readonly #database: DatabaseSync
  readonly #records
  readonly #added
  readonly #replaced
  readonly #bytesAt
  readonly #chunks
  #table = new TraceTable()
  #mark: Mark | undefined

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#records = createTraceRecords(database)
    this.#added = RECORD_TABLES.map((table) =>
      prepare<{ number: number }, [row: number]>(
        database,
        table === 'span_chunks'
          ? // Without the index on `trace`, which SQLite would read from end to end.
            'SELECT trace AS number FROM span_chunks NOT INDEXED WHERE rowid > ?'
          : `SELECT traces.id AS number FROM ${table} CROSS JOIN traces ON traces.trace_id = ${table}.trace_id
            WHERE ${table}.rowid > ?`,
      ),
    )
    this.#replaced = prepare<{ number: number }, [update: number]>(
      database,
      `SELECT traces.id AS number FROM segment_updates CROSS JOIN traces USING (trace_id)
      WHERE segment_updates.id > ?`,
    )
    this.#bytesAt = RECORD_TABLES.map((table) =>
      prepare<{ bytes: number }, [row: number]>(
        database,
        `SELECT total_bytes AS bytes FROM ${table} WHERE rowid = ?`,
      ),
    )
    this.#chunks = prepare<StoredSpans & { row: number }, [rows: string]>(
      database,
      `SELECT rowid AS row, dataset, encoding, body FROM span_chunks
      WHERE rowid IN (SELECT value FROM json_each(?))`,
    )
  }

  /** Reads what has changed since the last call. `check` runs between reads, and may throw to end it. */
  refresh(check: CheckDeadline): TraceTable {
    const mark = this.#readMark()
    const changed = this.#mark && this.#changedSince(this.#mark, mark)
    if (changed && changed.size <= MAX_CHANGED_SHARE * this.#table.size + READ_TRACES) {
      this.#readAgain(
        [...changed].sort((a, b) => a - b),
        check,
      )
    } else this.#readAll(check)
    this.#mark = mark
    this.#table.tidy()
    return this.#table
  }

  /** Reads the HTTP statuses that only spans have, which needs their bytes. */
  readStatuses(check: CheckDeadline): void {
    const waiting = [...this.#table.withoutStatus()].sort((a, b) => a.row - b.row)
    for (let from = 0; from < waiting.length; from += READ_CHUNKS) {
      const slots = new Map(waiting.slice(from, from + READ_CHUNKS).map(({ slot, row }) => [row, slot]))
      for (const chunk of this.#chunks.all(JSON.stringify([...slots.keys()]))) {
        this.#table.setStatus(slots.get(chunk.row) as number, statusOf(chunk))
      }
      check()
    }
  }

  #readMark(): Mark {
    const byTable = (read: (table: RecordTable, index: number) => number) =>
      Object.fromEntries(RECORD_TABLES.map((table, index) => [table, read(table, index)])) as Mark['rows']
    const rows = byTable((table) => newest(this.#database, table, 'rowid'))
    return {
      rows,
      bytes: byTable((table, index) => this.#bytesAt[index]?.get(rows[table])?.bytes ?? Number.NaN),
      oldest: byTable((table) => edge(this.#database, table, 'min(rowid)') ?? rows[table] + 1),
      updates: edge(this.#database, 'segment_updates', 'max(id)') ?? 0,
    }
  }

  /** Numbers of the traces that have changed; undefined where that cannot be known. */
  #changedSince(before: Mark, now: Mark): Set<number> | undefined {
    const numbers = new Set<number>()
    for (const [index, table] of RECORD_TABLES.entries()) {
      // The store numbers its rows from 1 again when all were deleted.
      const isEmpty = Number.isNaN(before.bytes[table])
      if (!isEmpty && this.#bytesAt[index]?.get(before.rows[table])?.bytes !== before.bytes[table])
        return undefined
      if (now.rows[table] !== before.rows[table]) {
        for (const { number } of this.#added[index]?.all(before.rows[table]) ?? []) numbers.add(number)
      }
      if (now.oldest[table] !== before.oldest[table]) {
        for (const slot of this.#table.slotsBefore(table, now.oldest[table]))
          numbers.add(this.#table.number(slot))
      }
    }
    if (now.updates !== before.updates) {
      const oldest = edge(this.#database, 'segment_updates', 'min(id)') ?? 0
      if (oldest > before.updates + 1) return undefined
      for (const { number } of this.#replaced.all(before.updates)) numbers.add(number)
    }
    return numbers
  }

  #readAll(check: CheckDeadline): void {
    const table = new TraceTable(this.#table.version)
    const last = newest(this.#database, 'traces', 'id')
    const first = edge(this.#database, 'traces', 'min(id)') ?? 1
    for (let from = first; from <= last; from += READ_TRACES) {
      for (const trace of this.#records.read({ from, to: from + READ_TRACES - 1 })) table.put(trace)
      check()
    }
    this.#table = table
  }

  #readAgain(numbers: readonly number[], check: CheckDeadline): void {
    const slots = new Map<number, string>()
    if (numbers.length > 0) {
      const wanted = new Set(numbers)
      for (const slot of this.#table.slots()) {
        const number = this.#table.number(slot)
        if (wanted.has(number)) slots.set(number, this.#table.traceId(slot))
      }
    }
    for (let from = 0; from < numbers.length; from += READ_TRACES) {
      const list = numbers.slice(from, from + READ_TRACES)
      const gone = new Set(list)
      for (const trace of this.#records.read({ list })) {
        this.#table.put(trace)
        gone.delete(trace.number)
      }
      for (const number of gone) this.#table.remove(slots.get(number) ?? '')
      check()
    }
  }
}

/** Null for an empty table. */
function edge(database: DatabaseSync, table: string, value: string): number | null {
  return database.prepare(`SELECT ${value} AS value FROM ${table}`).get()?.value as number | null
}

/** A chunk that cannot be read must not keep the list from its other requests. */
function statusOf(chunk: StoredSpans): number | null {
  try {
    return rootStatusOf(chunk)
  } catch {
    return null
  }
}
