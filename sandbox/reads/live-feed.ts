import { Readable } from 'node:stream'
import type { LiveEvent } from '../../contracts/sandbox/lists.ts'
import type { Answer } from '../http/answer.ts'
import { HttpError } from '../http/answer.ts'
import { NEWEST_FIRST } from '../requests/request-order.ts'
import type { Changes, Mark } from '../store/arrivals.ts'
import type { Store } from '../store/store.ts'
import type { CheckedQuery, RequestReads } from './requests.ts'

/** Milliseconds between two looks at the store. */
const TICK_MS = 400
/** After this many milliseconds without news a comment is sent, because proxies close idle connections. */
const HEARTBEAT_MS = 15_000
/** At most this many traces per event, the newest. */
const MAX_TRACES = 120
/** Traces that wait for a query's next events while the read thread is busy. Of more, the oldest are dropped. */
const MAX_WAITING = 2_000
const MAX_WATCHERS = 100
/** A watcher with more unread bytes is disconnected. Its browser connects again by itself. */
const MAX_UNREAD_BYTES = 2 * 1024 * 1024

interface Watcher {
  readonly stream: Readable
  /** Watchers with the same text get the same event. */
  readonly query: string
  readonly wanted: CheckedQuery
}

/** What has arrived since the last event of a query. */
interface News {
  /** The latest last. */
  readonly traceIds: Set<string>
  logs: number
  occurrences: number
  /** An event is being made. */
  isBusy: boolean
}

/**
 * Server-sent events about new records (https://html.spec.whatwg.org/multipage/server-sent-events.html). A timer queries
 * the store while there are watchers, so that storing a record costs nothing extra.
 */
export function createLiveFeed(
  store: Store,
  requests: RequestReads,
  onInternalError: (error: unknown) => void,
) {
  const watchers = new Set<Watcher>()
  let timer: NodeJS.Timeout | undefined
  /** The newest rows at the last look. */
  let mark: Mark
  let sentMs = 0

  const closing = new AbortController()
  const newsOf = new Map<string, News>()

  const tick = () => {
    try {
      const changes = store.changes.since(mark, MAX_TRACES)
      mark = changes.mark
      const byQuery = Map.groupBy(watchers, ({ query }) => query)
      for (const query of newsOf.keys()) if (!byQuery.has(query)) newsOf.delete(query)
      for (const [query, [first]] of byQuery) {
        const news = newsOf.get(query) ?? { traceIds: new Set(), logs: 0, occurrences: 0, isBusy: false }
        newsOf.set(query, news)
        add(news, changes)
        if (first && hasNews(news) && !news.isBusy) void sendNews(query, first.wanted, news)
      }
      if (Date.now() - sentMs > HEARTBEAT_MS)
        for (const watcher of watchers) send(watcher, ': still here\n\n')
    } catch (error) {
      onInternalError(error)
    }
  }

  /** Words are looked for in the read thread, which may be busy. Only events of the same query wait for it. */
  const sendNews = async (query: string, wanted: CheckedQuery, news: News) => {
    const { logs, occurrences } = news
    const traceIds = [...news.traceIds].slice(-MAX_TRACES)
    news.isBusy = true
    Object.assign(news, { logs: 0, occurrences: 0 })
    for (const traceId of traceIds) news.traceIds.delete(traceId)
    try {
      const event = await eventOf(requests, wanted, { traceIds, logs, occurrences }, closing.signal)
      const text = `data: ${JSON.stringify(event)}\n\n`
      for (const watcher of watchers) if (watcher.query === query) send(watcher, text)
    } catch (error) {
      onInternalError(error)
    } finally {
      news.isBusy = false
    }
  }

  const send = ({ stream }: Watcher, text: string) => {
    sentMs = Date.now()
    if (stream.readableLength > MAX_UNREAD_BYTES) stream.destroy()
    else if (!stream.readableEnded && !stream.destroyed) stream.push(text)
  }

  return {
    /**
     * Streams events until the client disconnects or `close` is called. Throws an HttpError: 400 for a wrong filter, 503
     * for too many watchers.
     */
    watch(query: URLSearchParams): Answer {
      const wanted = requests.readQuery(query)
      if (watchers.size >= MAX_WATCHERS) throw new HttpError(503, 'too many pages are watching at once')
      const stream = new Readable({ read: () => {} })
      const watcher = { stream, query: query.toString(), wanted }
      if (!timer) {
        mark = store.changes.mark()
        timer = setInterval(tick, TICK_MS).unref()
      }
      watchers.add(watcher)
      stream.once('close', () => {
        watchers.delete(watcher)
        if (watchers.size > 0) return
        clearInterval(timer)
        timer = undefined
      })
      // Some proxies buffer the first kilobytes.
      stream.push(`retry: 2000\n: ${' '.repeat(2_048)}\n\nevent: hello\ndata: {}\n\n`)
      return {
        status: 200,
        headers: {
          'content-type': 'text/event-stream; charset=utf-8',
          'cache-control': 'no-store, no-transform',
          'x-accel-buffering': 'no',
        },
        body: stream,
      }
    },
    close(): void {
      clearInterval(timer)
      closing.abort()
      for (const { stream } of watchers) stream.push(null)
      watchers.clear()
    },
  }
}

function hasNews({ traceIds, logs, occurrences }: News): boolean {
  return traceIds.size > 0 || logs > 0 || occurrences > 0
}

function add(news: News, { traceIds, logs, occurrences }: Changes): void {
  for (const traceId of traceIds.toReversed()) {
    news.traceIds.delete(traceId)
    news.traceIds.add(traceId)
  }
  for (const traceId of news.traceIds) {
    if (news.traceIds.size <= MAX_WAITING) break
    news.traceIds.delete(traceId)
  }
  news.logs += logs
  news.occurrences += occurrences
}

export type LiveFeed = ReturnType<typeof createLiveFeed>

async function eventOf(
  requests: RequestReads,
  wanted: CheckedQuery,
  { traceIds, logs, occurrences }: Omit<Changes, 'mark'>,
  signal: AbortSignal,
): Promise<LiveEvent> {
  const { filter } = wanted.question
  const changed = traceIds.filter((id) => filter.traceIds?.includes(id) ?? true)
  if (changed.length === 0) return { requests: [], logs, occurrences }
  const question = { ...wanted.question, filter: { ...filter, traceIds: changed } }
  // The order and the cursor of a page do not apply to new traces.
  const query = { ...wanted, question, ordering: NEWEST_FIRST, after: undefined, limit: MAX_TRACES }
  try {
    return { requests: (await requests.page(query, signal)).requests, logs, occurrences }
  } catch (error) {
    // The read thread is busy or closing. The page lists these requests when it is read again.
    if (error instanceof HttpError) return { requests: [], logs, occurrences }
    throw error
  }
}
