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
const MAX_WATCHERS = 100
/** A watcher with more unread bytes is disconnected. Its browser connects again by itself. */
const MAX_UNREAD_BYTES = 2 * 1024 * 1024

interface Watcher {
  readonly stream: Readable
  /** Watchers with the same text get the same event. */
  readonly query: string
  readonly wanted: CheckedQuery
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
  let isLooking = false

  const tick = async () => {
    // Words are looked for in the read thread. What arrives meanwhile is in the next event.
    if (isLooking) return
    isLooking = true
    try {
      const changes = store.changes.since(mark, MAX_TRACES)
      mark = changes.mark
      const hasNews = changes.traceIds.length > 0 || changes.logs > 0 || changes.occurrences > 0
      if (hasNews) await sendChanges(changes)
      else if (Date.now() - sentMs > HEARTBEAT_MS)
        for (const watcher of watchers) send(watcher, ': still here\n\n')
    } catch (error) {
      onInternalError(error)
    } finally {
      isLooking = false
    }
  }

  const sendChanges = async (changes: Changes) => {
    const byQuery = Map.groupBy(watchers, ({ query }) => query)
    await Promise.all(
      [...byQuery.values()].map(async (same) => {
        const [first] = same
        if (!first) return
        const text = `data: ${JSON.stringify(await eventOf(requests, first.wanted, changes, closing.signal))}\n\n`
        for (const watcher of same) send(watcher, text)
      }),
    )
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
        timer = setInterval(() => void tick(), TICK_MS).unref()
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

export type LiveFeed = ReturnType<typeof createLiveFeed>

async function eventOf(
  requests: RequestReads,
  wanted: CheckedQuery,
  { traceIds, logs, occurrences }: Changes,
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
