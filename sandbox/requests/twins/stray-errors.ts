import type { DatabaseSync } from 'node:sqlite'
import { addressOf } from '../../../contracts/http-address.ts'
import type { StrayOccurrence } from '../../../contracts/sandbox/wiring.ts'
import { prepare } from '../../store/table.ts'
import { isObject } from '../segment-parts.ts'
import type { TraceTable } from '../trace-table.ts'
import type { OwnedWork } from './pairs.ts'
import type { WorkReader } from './work-reader.ts'

/** Rollbar's times are whole seconds, rounded down; an item may be built some time after the exception. ms */
const ROUNDED_MS = 1_000
const SLACK_MS = 1_000
/** Failed requests near an occurrence whose records are read. */
const MAX_READ = 200
const MAX_SHOWN = 5

/** An occurrence that names no trace. */
interface Stray {
  readonly id: number
  readonly itemId: number
  readonly title: string
  readonly timestampS: number
  readonly document: string
}

const STRAYS = `SELECT id, item_id AS itemId, title, timestamp_s AS timestampS, document FROM rollbar_occurrences
  WHERE trace_id IS NULL`

/** The failed requests near an occurrence. */
export interface ErrorRequestIds {
  /** The occurrence's. */
  readonly id: number
  readonly traceIds: readonly string[]
  readonly isSeveral: boolean
}

/**
 * Finds the failed requests that look like those of occurrences without a trace id: the same method and path, failed (5xx or
 * an error), without an occurrence that names it, and in progress in the occurrence's second, give or take one.
 */
export class StrayErrors {
  readonly #ofItem
  readonly #between

  constructor(database: DatabaseSync) {
    this.#ofItem = prepare<Stray, [itemId: number, newest: number, oldest: number]>(
      database,
      `${STRAYS} AND item_id = ? AND id BETWEEN ?3 AND ?2 ORDER BY id DESC LIMIT 20`,
    )
    this.#between = prepare<Stray, [fromS: number, toS: number]>(
      database,
      `${STRAYS} AND timestamp_s BETWEEN ? AND ? ORDER BY id DESC LIMIT 50`,
    )
  }

  /** For occurrences of an item with ids in a range. */
  ofItem(
    itemId: number,
    ids: { readonly newest: number; readonly oldest: number },
    find: FindRequests,
    twinsOf: TwinsOf,
  ): ErrorRequestIds[] {
    return this.#ofItem.all(itemId, ids.newest, ids.oldest).flatMap((stray) => {
      const traceIds = find(stray).map(({ traceId }) => traceId)
      const [first] = traceIds
      if (first === undefined) return []
      const own = [first, ...twinsOf(first)]
      const isSeveral = traceIds.some((other) => !own.includes(other))
      return [{ id: stray.id, traceIds: traceIds.slice(0, MAX_SHOWN), isSeveral }]
    })
  }

  /** The occurrences that look like they are of a failed request. */
  ofTrace(traceId: string, find: FindRequests, twinsOf: TwinsOf): StrayOccurrence[] {
    const request = find.ofTrace(traceId)
    if (!request) return []
    const fromS = Math.floor((request.startMs - SLACK_MS - ROUNDED_MS) / 1_000)
    const toS = Math.ceil((request.endMs + SLACK_MS) / 1_000)
    const own = [traceId, ...twinsOf(traceId)]
    const found = this.#between.all(fromS, toS).flatMap((stray) => {
      const ids = find(stray).map((other) => other.traceId)
      if (!ids.includes(traceId)) return []
      const { id, itemId, title, timestampS } = stray
      return [{ id, itemId, title, timestampS, isSeveral: ids.some((other) => !own.includes(other)) }]
    })
    return found.slice(0, MAX_SHOWN)
  }
}

interface FailedRequest {
  readonly traceId: string
  readonly slot: number
  /** Of the trace, epoch ms. */
  readonly startMs: number
  readonly endMs: number
}

interface FindRequests {
  /** The failed requests that look like an occurrence's, newest first. */
  (stray: Stray): readonly FailedRequest[]
  /** Undefined for a trace without a failed request, or with one that an occurrence names. */
  ofTrace(traceId: string): FailedRequest | undefined
}

/** Returns the ids of traces that look like the same request. */
type TwinsOf = (traceId: string) => readonly string[]

/** Finds among all failed requests without an occurrence. One pass over all traces */
export function failedRequests(traces: TraceTable, reader: WorkReader): FindRequests {
  const failed = [...traces.slots().filter((slot) => traces.error(slot) && traces.items(slot) === 0)]
    .map((slot): FailedRequest => {
      const startMs = traces.startMs(slot)
      return { traceId: traces.traceId(slot), slot, startMs, endMs: startMs + traces.durationMs(slot) }
    })
    .sort((a, b) => b.startMs - a.startMs)
  const find = (stray: Stray) => {
    const request = requestIn(stray.document)
    if (!request) return []
    const fromMs = stray.timestampS * 1_000 - SLACK_MS
    const toMs = stray.timestampS * 1_000 + ROUNDED_MS + SLACK_MS
    const isNear = ({ startMs, endMs }: { readonly startMs: number; readonly endMs: number }) =>
      startMs <= toMs && endMs >= fromMs
    const isOwn = (work: OwnedWork) =>
      isFailed(work) && work.method === request.method && work.path === request.path && isNear(work)
    return failed
      .filter(isNear)
      .slice(0, MAX_READ)
      .filter(({ slot }) => reader.of(traces, slot).some(isOwn))
  }
  return Object.assign(find, { ofTrace: (traceId: string) => failed.find((one) => one.traceId === traceId) })
}

function isFailed({ status, isFailed: failed }: OwnedWork): boolean {
  return failed || (status ?? 0) >= 500
}

/** Source: https://docs.rollbar.com/reference/create-item (`data.request`) */
function requestIn(document: string): { readonly method: string; readonly path: string } | undefined {
  const { request }: { request?: unknown } = JSON.parse(document)
  if (!isObject(request)) return undefined
  const { method, url } = request
  if (typeof method !== 'string' || typeof url !== 'string') return undefined
  return { method: method.toUpperCase(), path: addressOf(url).path }
}
