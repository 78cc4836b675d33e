import { Readable } from 'node:stream'
import type { Answer } from '../http/answer.ts'
import { HttpError } from '../http/answer.ts'
import type { Mark } from '../store/arrivals.ts'
import type { Store } from '../store/store.ts'
import { createTraceMatcher } from '../xray/filter/trace-finder.ts'
import { createLiveEvents, type LiveQuery } from './live-events.ts'
import { MAX_TRACES, NewsQueue } from './live-news.ts'
import type { RequestReads } from './requests.ts'

/** Milliseconds between two looks at the store. */
const TICK_MS = 400
/** After this many milliseconds without news a comment is sent, because proxies close idle connections. */
const HEARTBEAT_MS = 15_000
const MAX_WATCHERS = 100
/** A watcher with more unread bytes is disconnected. Its browser connects again by itself. */
const MAX_UNREAD_BYTES = 2 * 1024 * 1024

interface Watcher {
  readonly stream: Readable
  /** As of `performance.now()`, because the machine's clock may be set back. */
  sentMs: number
}

/** Watchers whose filters mean the same get the same events. */
interface Audience extends LiveQuery {
  readonly watchers: Set<Watcher>
}

/**
 * Server-sent events about new records (https://html.spec.whatwg.org/multipage/server-sent-events.html). A timer queries
 * the store while there are watchers, so that storing a record costs nothing extra. What has changed is read once for all
 * watchers, and each event is made once for all with the same filters.
 */
export function createLiveFeed(
  store: Pick<Store, 'changes' | 'groups' | 'segments'>,
  requests: Pick<RequestReads, 'readQuery' | 'placedRows' | 'withWords'>,
  onInternalError: (error: unknown) => void,
) {
  /** By filters as JSON. */
  const audiences = new Map<string, Audience>()
  const eventsOf = createLiveEvents(store, requests)
  const closing = new AbortController()
  let watching = 0
  let timer: NodeJS.Timeout | undefined
  /** The newest rows at the last look. */
  let mark: Mark

  // Words are looked for in the read thread, which may be busy. Only events of queries with words wait for it.
  const lanes = [false, true].map((hasWords) => ({
    news: new NewsQueue(),
    isBusy: false,
    audiences: () =>
      [...audiences.values()].filter(({ question }) => (question.text !== undefined) === hasWords),
  }))

  const tick = () => {
    try {
      const changes = store.changes.since(mark, MAX_TRACES)
      mark = changes.mark
      for (const lane of lanes) {
        if (lane.audiences().length === 0) lane.news.clear()
        else {
          lane.news.add(changes)
          void sendNews(lane)
        }
      }
      const nowMs = performance.now()
      for (const { watchers } of audiences.values()) {
        for (const watcher of watchers) if (nowMs - watcher.sentMs > HEARTBEAT_MS) send(watcher, HEARTBEAT)
      }
    } catch (error) {
      onInternalError(error)
    }
  }

  const sendNews = async (lane: (typeof lanes)[number]) => {
    if (lane.isBusy) return
    const news = lane.news.take()
    if (!news) return
    lane.isBusy = true
    try {
      for await (const [audience, event] of eventsOf(lane.audiences(), news, closing.signal)) {
        const bytes = Buffer.from(`data: ${event}\n\n`)
        for (const watcher of audience.watchers) send(watcher, bytes)
      }
    } catch (error) {
      onInternalError(error)
    } finally {
      lane.isBusy = false
    }
  }

  const send = (watcher: Watcher, bytes: Buffer) => {
    const { stream } = watcher
    watcher.sentMs = performance.now()
    if (stream.readableLength > MAX_UNREAD_BYTES) stream.destroy()
    else if (!stream.readableEnded && !stream.destroyed) stream.push(bytes)
  }

  return {
    /**
     * Streams events until the client disconnects or `close` is called. Throws an HttpError: 400 for a wrong filter, 503
     * for too many watchers.
     */
    watch(query: URLSearchParams): Answer {
      // The order and the cursor of a page do not apply to new traces.
      const { question } = requests.readQuery(query)
      if (watching >= MAX_WATCHERS) throw new HttpError(503, 'too many pages are watching at once')
      const key = JSON.stringify(question)
      const audience = audiences.get(key) ?? {
        question,
        matchesXRay: createTraceMatcher(store, question.xray),
        watchers: new Set(),
      }
      audiences.set(key, audience)
      const stream = new Readable({ read: () => {} })
      const watcher = { stream, sentMs: performance.now() }
      audience.watchers.add(watcher)
      watching++
      if (!timer) {
        mark = store.changes.mark()
        timer = setInterval(tick, TICK_MS).unref()
      }
      stream.once('close', () => {
        watching--
        audience.watchers.delete(watcher)
        if (audience.watchers.size === 0) audiences.delete(key)
        if (watching > 0) return
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
      for (const { watchers } of audiences.values()) for (const { stream } of watchers) stream.push(null)
      audiences.clear()
    },
  }
}

const HEARTBEAT = Buffer.from(': still here\n\n')

export type LiveFeed = ReturnType<typeof createLiveFeed>
