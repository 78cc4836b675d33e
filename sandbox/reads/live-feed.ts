import { Readable } from 'node:stream'
import type { LiveEvent } from '../../contracts/sandbox/lists.ts'
import type { Answer } from '../http/answer.ts'
import { HttpError } from '../http/answer.ts'
import type { Changes, Mark } from '../store/arrivals.ts'
import type { Store } from '../store/store.ts'
import { type RequestQuery, readRequestQuery, readRequests } from './requests.ts'

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
  readonly wanted: RequestQuery
}

/**
 * Server-sent events about new records (https://html.spec.whatwg.org/multipage/server-sent-events.html). A timer queries
 * the store while there are watchers, so that storing a record costs nothing extra.
 */
export function createLiveFeed(store: Store) {
  const watchers = new Set<Watcher>()
  let timer: NodeJS.Timeout | undefined
  /** The newest rows at the last look. */
  let mark: Mark
  let sentMs = 0

  const tick = () => {
    const changes = store.changes.since(mark, MAX_TRACES)
    mark = changes.mark
    const hasNews = changes.traceIds.length > 0 || changes.logs > 0 || changes.occurrences > 0
    if (hasNews) sendChanges(changes)
    else if (Date.now() - sentMs > HEARTBEAT_MS) send(() => ': still here\n\n')
  }

  const sendChanges = (changes: Changes) => {
    const byQuery = new Map<string, string>()
    send(({ query, wanted }) => {
      const known = byQuery.get(query)
      if (known !== undefined) return known
      const text = `data: ${JSON.stringify(eventOf(store, wanted, changes))}\n\n`
      byQuery.set(query, text)
      return text
    })
  }

  const send = (textFor: (watcher: Watcher) => string) => {
    sentMs = Date.now()
    for (const watcher of watchers) {
      if (watcher.stream.readableLength > MAX_UNREAD_BYTES) watcher.stream.destroy()
      else watcher.stream.push(textFor(watcher))
    }
  }

  return {
    /**
     * Streams events until the client disconnects or `close` is called. Throws an HttpError: 400 for a wrong filter, 503
     * for too many watchers.
     */
    watch(query: URLSearchParams): Answer {
      const wanted = readRequestQuery(store, query)
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
      for (const { stream } of watchers) stream.push(null)
    },
  }
}

export type LiveFeed = ReturnType<typeof createLiveFeed>

function eventOf(store: Store, wanted: RequestQuery, { traceIds, logs, occurrences }: Changes): LiveEvent {
  const { filter } = wanted
  const changed = traceIds.filter((id) => filter.traceIds?.includes(id) ?? true)
  if (changed.length === 0) return { requests: [], logs, occurrences }
  const { requests } = readRequests(store, {
    ...wanted,
    limit: MAX_TRACES,
    // The cursor of a page does not apply to new traces.
    filter: { ...filter, traceIds: changed, after: undefined },
  })
  return { requests, logs, occurrences }
}
