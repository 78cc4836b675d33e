import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { createTally } from './prune.ts'

/** One error or message that was sent to Rollbar. */
export interface NewOccurrence {
  readonly uuid: string
  readonly fingerprint: string
  readonly environment: string
  readonly title: string
  readonly level: string
  readonly platform: string
  readonly framework: string
  /** 32 hex digits. */
  readonly traceId: string | null
  /** Epoch seconds. */
  readonly timestampS: number
  /** The payload's `data`, as JSON. */
  readonly document: string
}

export interface Occurrence {
  readonly id: number
  readonly uuid: string
  readonly itemId: number
  readonly traceId: string | null
  readonly timestampS: number
  readonly document: string
}

export interface Item {
  readonly id: number
  readonly fingerprint: string
  readonly environment: string
  readonly title: string
  readonly level: string
  readonly platform: string
  readonly framework: string
  readonly firstS: number
  readonly lastS: number
  readonly firstOccurrenceId: number
  readonly lastOccurrenceId: number
  readonly total: number
}

type Row = Record<string, SQLOutputValue>

/** Rollbar's items, each of which groups the occurrences of one fingerprint in one environment. */
export function createOccurrences(database: DatabaseSync) {
  const known = database.prepare('SELECT id FROM rollbar_occurrences WHERE uuid = ?')
  const upsertItem = database.prepare(`
    INSERT INTO rollbar_items (fingerprint, environment, title, level, platform, framework,
      first_s, last_s, first_occurrence_id, last_occurrence_id, total)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, 0, 1)
    ON CONFLICT (fingerprint, environment) DO UPDATE SET last_s = excluded.last_s, total = total + 1
    RETURNING id`)
  const insert = database.prepare(`
    INSERT INTO rollbar_occurrences
      (uuid, item_id, trace_id, title, level, timestamp_s, document, received_ms, total_bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const setLast = database.prepare(`
    UPDATE rollbar_items SET last_occurrence_id = :occurrence,
      first_occurrence_id = iif(first_occurrence_id = 0, :occurrence, first_occurrence_id) WHERE id = :item`)
  const byId = database.prepare('SELECT * FROM rollbar_occurrences WHERE id = ?')
  const byUuid = database.prepare('SELECT * FROM rollbar_occurrences WHERE uuid = ?')
  const byTrace = database.prepare('SELECT * FROM rollbar_occurrences WHERE trace_id = ? ORDER BY id')
  const page = database.prepare('SELECT * FROM rollbar_occurrences ORDER BY id DESC LIMIT ? OFFSET ?')
  const pageOfItem = database.prepare(
    'SELECT * FROM rollbar_occurrences WHERE item_id = ? ORDER BY id DESC LIMIT ? OFFSET ?',
  )
  const times = database.prepare(
    'SELECT item_id, trace_id, timestamp_s FROM rollbar_occurrences ORDER BY id DESC LIMIT ?',
  )
  const item = database.prepare('SELECT * FROM rollbar_items WHERE id = ?')
  const items = database.prepare('SELECT * FROM rollbar_items ORDER BY last_s DESC, id DESC')
  const tally = createTally(database, 'rollbar_occurrences')
  const optional = <T>(row: Row | undefined, map: (row: Row) => T) => row && map(row)

  return {
    /** An occurrence that is sent twice under one uuid counts once. */
    put(occurrence: NewOccurrence, nowMs: number): void {
      if (known.get(occurrence.uuid)) return
      const { uuid, fingerprint, environment, title, level, platform, framework, timestampS } = occurrence
      const row = upsertItem.get(
        fingerprint,
        environment,
        title,
        level,
        platform,
        framework,
        timestampS,
        timestampS,
      )
      const itemId = Number(row?.id)
      const { lastInsertRowid } = insert.run(
        uuid,
        itemId,
        occurrence.traceId,
        title,
        level,
        timestampS,
        occurrence.document,
        nowMs,
        tally.add(Buffer.byteLength(occurrence.document)),
      )
      setLast.run({ occurrence: lastInsertRowid, item: itemId })
    },
    byId: (id: number) => optional(byId.get(id), toOccurrence),
    byUuid: (uuid: string) => optional(byUuid.get(uuid), toOccurrence),
    ofTrace: (traceId: string): Occurrence[] => byTrace.all(traceId).map(toOccurrence),
    /** Newest first. */
    page: (limit: number, offset: number): Occurrence[] => page.all(limit, offset).map(toOccurrence),
    pageOfItem: (itemId: number, limit: number, offset: number): Occurrence[] =>
      pageOfItem.all(itemId, limit, offset).map(toOccurrence),
    /** The times of the newest ones. */
    times: (limit: number) =>
      times.all(limit).map((row) => ({
        itemId: Number(row.item_id),
        traceId: row.trace_id === null ? null : String(row.trace_id),
        timestampS: Number(row.timestamp_s),
      })),
    item: (id: number) => optional(item.get(id), toItem),
    items: (): Item[] => items.all().map(toItem),
  }
}

function toOccurrence(row: Row): Occurrence {
  return {
    id: Number(row.id),
    uuid: String(row.uuid),
    itemId: Number(row.item_id),
    traceId: row.trace_id === null ? null : String(row.trace_id),
    timestampS: Number(row.timestamp_s),
    document: String(row.document),
  }
}

function toItem(row: Row): Item {
  return {
    id: Number(row.id),
    fingerprint: String(row.fingerprint),
    environment: String(row.environment),
    title: String(row.title),
    level: String(row.level),
    platform: String(row.platform),
    framework: String(row.framework),
    firstS: Number(row.first_s),
    lastS: Number(row.last_s),
    firstOccurrenceId: Number(row.first_occurrence_id),
    lastOccurrenceId: Number(row.last_occurrence_id),
    total: Number(row.total),
  }
}
