import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { latestPlace } from '../../contracts/sandbox/latest-place.ts'
import type { ErrorOccurrence, Item } from '../../contracts/sandbox/lists.ts'
import { createByteTotal, prepare } from './table.ts'

export interface Occurrence extends Omit<ErrorOccurrence, 'data'> {
  /** The payload's `data`, as JSON. */
  readonly document: string
}

/** Where an error happened, as far as its payload says: what distinguishes items of the same title. */
export interface Circumstances {
  /** The route with its method, `GET /api/activities/:uuid`, or what else the sender calls the context; empty if not sent. */
  readonly context: string
  /** Method and path; empty if not sent. */
  readonly request: string
  /** `backend/api/home.ts:13 in load`: the innermost of the application's own calls; empty without a stack. */
  readonly place: string
  /** The exception's message where the title lacks it. */
  readonly message: string
}

/** One error or message that was sent to Rollbar. */
export type NewOccurrence = Omit<Occurrence, 'id' | 'itemId'> &
  Circumstances &
  Pick<Item, 'fingerprint' | 'environment' | 'title' | 'level' | 'platform' | 'framework'>

/** An item with the circumstances of its last occurrence. */
export type StoredItem = Omit<Item, keyof Circumstances | 'route'> & Circumstances

const OCCURRENCES = `
  SELECT id, uuid, item_id AS itemId, trace_id AS traceId, timestamp_s AS timestampS, document
  FROM rollbar_occurrences`
const ITEMS = `
  SELECT id, fingerprint, environment, title, level, platform, framework, context, request, place, message,
    first_s AS firstS, last_s AS lastS,
    first_occurrence_id AS firstOccurrenceId, last_occurrence_id AS lastOccurrenceId, total
  FROM rollbar_items`

/** Rollbar's items, each of which groups the occurrences of one fingerprint in one environment. */
export function createOccurrences(database: DatabaseSync) {
  // Not an upsert: one that finds its item uses up a number all the same, and Rollbar numbers items by one.
  const addToItem = prepare<{ id: number }, [row: NewOccurrence]>(
    database,
    `UPDATE rollbar_items SET last_s = :timestampS, total = total + 1,
       context = :context, request = :request, place = :place, message = :message
     WHERE fingerprint = :fingerprint AND environment = :environment RETURNING id`,
  )
  // The occurrence's id is not known before it is inserted.
  const insertItem = prepare<{ id: number }, [row: NewOccurrence]>(
    database,
    `INSERT INTO rollbar_items (fingerprint, environment, title, level, platform, framework,
       context, request, place, message, first_s, last_s, first_occurrence_id, last_occurrence_id, total)
     VALUES (:fingerprint, :environment, :title, :level, :platform, :framework,
       :context, :request, :place, :message, :timestampS, :timestampS, 0, 0, 1)
     RETURNING id`,
  )
  const insert = prepare<unknown, [row: object]>(
    database,
    `INSERT INTO rollbar_occurrences
       (uuid, item_id, trace_id, title, level, timestamp_s, document, received_ms, total_bytes)
     VALUES (:uuid, :itemId, :traceId, :title, :level, :timestampS, :document, :nowMs, :totalBytes)`,
  )
  const setIds = prepare<unknown, [row: object]>(
    database,
    `UPDATE rollbar_items SET last_occurrence_id = :occurrenceId,
       first_occurrence_id = iif(first_occurrence_id = 0, :occurrenceId, first_occurrence_id) WHERE id = :itemId`,
  )
  const occurrences = <Values extends SQLInputValue[]>(rest: string) =>
    prepare<Occurrence, Values>(database, `${OCCURRENCES} ${rest}`)
  const byUuid = occurrences<[uuid: string]>('WHERE uuid = ?').get
  const traceOf = prepare<Pick<Occurrence, 'traceId'>, [id: number]>(
    database,
    'SELECT trace_id AS traceId FROM rollbar_occurrences WHERE id = ?',
  )
  const items = prepare<StoredItem, [latestS: number]>(
    database,
    `${ITEMS} ORDER BY last_s > ?, last_s DESC, id DESC`,
  )
  const byteTotal = createByteTotal(database, 'rollbar_occurrences')

  return {
    /** An occurrence that is sent twice under one uuid counts once. */
    put(occurrence: NewOccurrence, nowMs: number): void {
      if (byUuid(occurrence.uuid)) return
      const itemId = (addToItem.get(occurrence) ?? insertItem.get(occurrence))?.id ?? 0
      const totalBytes = byteTotal.add(Buffer.byteLength(occurrence.document))
      const { lastInsertRowid } = insert.run({ ...occurrence, itemId, nowMs, totalBytes })
      setIds.run({ occurrenceId: lastInsertRowid, itemId })
    },
    byId: occurrences<[id: number]>('WHERE id = ?').get,
    byUuid,
    ofTrace: occurrences<[traceId: string]>('WHERE trace_id = ? ORDER BY id').all,
    /** Newest first. */
    page: occurrences<[limit: number, offset: number]>('ORDER BY id DESC LIMIT ? OFFSET ?').all,
    pageOfItem: occurrences<[itemId: number, limit: number, offset: number]>(
      'WHERE item_id = ? ORDER BY id DESC LIMIT ? OFFSET ?',
    ).all,
    /** Item and time of the newest occurrences of all items. */
    times: prepare<Pick<Occurrence, 'itemId' | 'timestampS'>, [limit: number]>(
      database,
      'SELECT item_id AS itemId, timestamp_s AS timestampS FROM rollbar_occurrences ORDER BY id DESC LIMIT ?',
    ).all,
    traceOf: (id: number): string | null => traceOf.get(id)?.traceId ?? null,
    item: prepare<StoredItem, [id: number]>(database, `${ITEMS} WHERE id = ?`).get,
    /** The latest first, then those of the future. */
    items: (): StoredItem[] => items.all(latestPlace(Date.now()) / 1_000),
  }
}
