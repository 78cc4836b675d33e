import type {
  LatencyPoints,
  RequestMenus,
  RequestPage,
  RequestRow,
  TracePeers,
} from '../../contracts/sandbox/lists.ts'
import type { ResponseTime, ResponseTimes } from '../../contracts/sandbox/xray-filter.ts'
import { HttpError } from '../http/answer.ts'
import type { ReadThread } from '../read-thread/read-thread.ts'
import { writeCursor } from '../requests/cursor.ts'
import { MAX_POINTS } from '../requests/latency-points.ts'
import type { ListJob, PageIds } from '../requests/list-jobs.ts'
import type { PeerIds } from '../requests/peers.ts'
import { matchesFilter, needsStatus } from '../requests/request-filter.ts'
import { NEWEST_FIRST } from '../requests/request-order.ts'
import { type RequestQuery, readRequestQuery } from '../requests/request-query.ts'
import { rootStatusOf } from '../requests/root-status.ts'
import type { Store } from '../store/store.ts'
import type { WalkedTrace } from '../store/traces.ts'
import { createTraceFinder, type TraceFinder } from '../xray/filter/trace-finder.ts'
import { assembleTrace, type Trace } from '../xray/trace.ts'

/** Milliseconds after which a search stops, because it blocks the event loop; the next call continues. */
const SEARCH_MS = 60

/** A query whose filter expression and group have been checked. */
export interface CheckedQuery extends RequestQuery {
  /** Asked last, because it reads all segments of a trace. */
  readonly xray: TraceFinder | undefined
}

/** A row with the place of its trace in the list, epoch milliseconds. */
export interface PlacedRow {
  readonly row: RequestRow
  readonly startedMs: number
}

export type RequestReads = ReturnType<typeof createRequestReads>

/**
 * Reads of the list of requests. The newest requests are read from the store, within milliseconds after a start. What needs
 * all requests (another order, words, menus, the chart) is found by the read thread, which returns ids; rows are read here.
 */
export function createRequestReads(store: Store, thread: Pick<ReadThread, 'ask'>) {
  const ask = async <Answer>(job: ListJob, signal: AbortSignal) =>
    JSON.parse(String(await thread.ask(job, signal))) as Answer

  /** Throws an HttpError (400). */
  const readQuery = (query: URLSearchParams): CheckedQuery => {
    const read = readRequestQuery(query)
    return { ...read, xray: createTraceFinder(store, read.question.xray) }
  }

  const placedRows = (traceIds: readonly string[]): PlacedRow[] =>
    traceIds.length === 0
      ? []
      : Array.from(store.traces.walk({ traceIds }), (walked) => ({
          row: withStatus(store, rowOf(walked)),
          startedMs: walked.place.startedMs,
        }))

  const rowsOf = (traceIds: readonly string[]): RequestRow[] => {
    const rows = new Map(placedRows(traceIds).map(({ row }) => [row.traceId, row]))
    return traceIds.flatMap((traceId) => rows.get(traceId) ?? [])
  }

  const readInThread = async (query: RequestQuery, signal: AbortSignal): Promise<RequestPage> => {
    const { question, ordering, after, limit } = query
    const page = await ask<PageIds>({ kind: 'request page', question, ordering, after, limit }, signal)
    const next = page.next && writeCursor(ordering, page.next)
    return {
      requests: rowsOf(page.traceIds),
      next,
      reachedMs: page.next && reachedOf(query, page.next.startedMs),
    }
  }

  return {
    readQuery,
    /** The rows of these traces, as far as they have records. */
    rowsOf,
    /** The same, newest first. */
    placedRows,

    /** Which of these traces have all words of each text, in the order of the texts. Rejects with an HttpError. */
    withWords: (
      texts: readonly string[],
      traceIds: readonly string[],
      signal: AbortSignal,
    ): Promise<readonly (readonly string[])[]> => ask({ kind: 'traces with words', texts, traceIds }, signal),

    /** One page. Rejects with an HttpError. */
    async page(query: CheckedQuery, signal: AbortSignal): Promise<RequestPage> {
      if (!isNewestFirst(query) || query.question.text !== undefined) return readInThread(query, signal)
      const { found, next, reachedMs } = search(store, query, SEARCH_MS, (row) => row)
      const requests = found.map((row) => withStatus(store, row))
      const isShort = next !== null && requests.length < query.limit
      // The thread looks through all requests in milliseconds, except for a filter expression.
      if (!isShort || query.xray)
        return { requests, next: next && writeCursor(NEWEST_FIRST, next), reachedMs }
      const rest = await readInThread({ ...query, after: next, limit: query.limit - requests.length }, signal)
      return { ...rest, requests: [...requests, ...rest.requests] }
    },

    menus: ({ question }: CheckedQuery, signal: AbortSignal): Promise<RequestMenus> =>
      ask({ kind: 'request menus', question }, signal),

    latency: ({ question }: CheckedQuery, signal: AbortSignal): Promise<LatencyPoints> =>
      ask({ kind: 'latency points', question }, signal),

    /** Rejects with an HttpError (404) for a trace that is not in the list. */
    async peers(traceId: string, signal: AbortSignal): Promise<TracePeers> {
      const found = await ask<PeerIds | null>({ kind: 'trace peers', traceId }, signal)
      if (!found) throw new HttpError(404, 'no records of this request are stored')
      const rowOfId = (id: string | null) => (id === null ? null : (rowsOf([id])[0] ?? null))
      return { ...found, fast: rowOfId(found.fast), slow: rowOfId(found.slow) }
    },

    /** How long the root segments took that an expression's `responsetime` is compared with. */
    async responseTimes(query: CheckedQuery, signal: AbortSignal): Promise<ResponseTimes> {
      const toTime = (
        { traceId, segments }: RequestRow,
        known: Trace | undefined,
      ): ResponseTime | undefined => {
        if (segments === 0) return undefined
        const { root } = known ?? assembleTrace(traceId, store.segments.ofTrace(traceId)) ?? {}
        if (root?.endS === undefined) return undefined
        return [root.endS - root.startS, root.isError || root.isFault || root.isThrottle ? 1 : 0]
      }
      const { question } = query
      const ofWords = question.text === undefined ? undefined : await wordsIn(query, signal)
      const filter = { ...question.filter, ...(ofWords && { traceIds: ofWords.traceIds }) }
      const wanted = { ...query, question: { ...question, filter }, limit: MAX_POINTS }
      const { found, next } = search(store, wanted, 2 * SEARCH_MS, toTime)
      return { times: found, isComplete: next === null && !ofWords?.next }
    },
  }

  /** The newest requests with the words. */
  function wordsIn({ question }: RequestQuery, signal: AbortSignal): Promise<PageIds> {
    const ordering = NEWEST_FIRST
    return ask({ kind: 'request page', question, ordering, after: undefined, limit: MAX_POINTS }, signal)
  }
}

function isNewestFirst({ ordering: { sort, order } }: RequestQuery): boolean {
  return sort === NEWEST_FIRST.sort && order === NEWEST_FIRST.order
}

function reachedOf(query: RequestQuery, startedMs: number): number | null {
  return isNewestFirst(query) ? startedMs : null
}

interface Search<Item> {
  readonly found: Item[]
  readonly next: (WalkedTrace['place'] & { readonly key: number }) | null
  readonly reachedMs: number | null
}

/** What `pick` makes of the requests that match, newest first, without those that it makes nothing of. Words are not looked at. */
function search<Item>(
  store: Store,
  { question: { filter }, after, limit, xray }: CheckedQuery,
  withinMs: number,
  pick: (row: RequestRow, trace: Trace | undefined) => Item | undefined,
): Search<Item> {
  const found: Item[] = []
  const deadline = performance.now() + withinMs
  let reachedMs: number | null = null
  for (const walked of store.traces.walk({ ...filter, after })) {
    const { place } = walked
    reachedMs = walked.startMs
    const read = rowOf(walked)
    const row = needsStatus(filter) ? withStatus(store, read) : read
    if (matchesFilter(filter, { ...row, startedMs: place.startedMs })) {
      const trace = row.segments > 0 ? xray?.(row.traceId) : undefined
      const item = xray && !trace ? undefined : pick(row, trace)
      if (item !== undefined) found.push(item)
    }
    if (found.length === limit || performance.now() > deadline) {
      return { found, next: { ...place, key: place.startedMs }, reachedMs }
    }
  }
  return { found, next: null, reachedMs }
}

function rowOf({ place, rootName, httpStatus, startedAt: _, ...trace }: WalkedTrace): RequestRow {
  return {
    ...trace,
    name: rootName,
    status: httpStatus ?? null,
    place: writeCursor(NEWEST_FIRST, { ...place, key: place.startedMs }),
  }
}

/** Reads the status from the root span if no segment has it. */
function withStatus(store: Store, row: RequestRow): RequestRow {
  if (row.status !== null || row.spans === 0) return row
  const chunk = store.spans.rootOf(row.traceId)
  return chunk ? { ...row, status: rootStatusOf(chunk) } : row
}
