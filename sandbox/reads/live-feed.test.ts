import type { Readable } from 'node:stream'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { LiveEvent, RequestRow } from '../../contracts/sandbox/lists.ts'
import { readRequestQuery } from '../requests/request-query.ts'
import { createLiveFeed } from './live-feed.ts'

const TICK_MS = 400
const idOf = (index: number) => `a${String(index).padStart(31, '0')}`
const numberOf = (traceId: string) => Number(traceId.slice(1))
const POLL = { interval: 1 }
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index)

const rowOf = (traceId: string, name: string): RequestRow => ({
  traceId,
  name,
  services: [`service-${numberOf(traceId) % 10}`],
  status: 200,
  durationMs: numberOf(traceId),
  startMs: 0,
  spans: 1,
  segments: 0,
  items: 0,
  error: false,
  pruned: false,
  place: '',
})

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date', 'performance'] }))
afterEach(() => vi.useRealTimers())

/** A feed over a store in which only `arrive` puts something. */
function feedForTest(name = 'GET /') {
  let arrived: number[] = []
  let logs = 0
  const rowsRead: string[] = []
  const wordsAsked: { texts: readonly string[]; answer: () => void }[] = []
  const errors: unknown[] = []
  const mark = { span_chunks: 0, segments: 0, segment_updates: 0, rollbar_occurrences: 0, logs: 0 }
  const feed = createLiveFeed(
    {
      changes: {
        mark: () => mark,
        since: (_mark, limit) => {
          const changes = {
            traceIds: arrived.toReversed().slice(0, limit).map(idOf),
            logs,
            occurrences: 0,
            mark,
          }
          arrived = []
          logs = 0
          return changes
        },
      },
      groups: { find: () => undefined } as never,
      segments: { ofTrace: () => [] } as never,
    },
    {
      readQuery: (query) => ({ ...readRequestQuery(query), xray: undefined }),
      placedRows: (traceIds) => {
        rowsRead.push(...traceIds)
        return traceIds.map((traceId) => ({ row: rowOf(traceId, name), startedMs: numberOf(traceId) }))
      },
      withWords: (texts, traceIds) =>
        new Promise((resolve) => {
          wordsAsked.push({ texts, answer: () => resolve(texts.map(() => traceIds)) })
        }),
    },
    (error) => errors.push(error),
  )
  onTestFinished(() => {
    feed.close()
    expect(errors).toEqual([])
  })
  /** What one watcher has received since its greeting. */
  const watch = (query: string) => {
    const stream = feed.watch(new URLSearchParams(query)).body as Readable
    onTestFinished(() => void stream.destroy())
    const chunks: Buffer[] = []
    const read = () => {
      for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) chunks.push(chunk)
      return chunks
    }
    read()
    chunks.length = 0
    const events = () =>
      read().flatMap((chunk) => {
        const text = String(chunk)
        return text.startsWith('data: ') ? [JSON.parse(text.slice(6)) as LiveEvent] : []
      })
    const ids = () => events().flatMap(({ requests }) => requests.map(({ traceId }) => numberOf(traceId)))
    return { stream, read, events, ids }
  }
  /** The next look at the store, which finds these traces. */
  const arrive = (traces: readonly number[], logRecords = 0) => {
    arrived = [...traces]
    logs = logRecords
    vi.advanceTimersByTime(TICK_MS)
  }
  return { feed, watch, arrive, rowsRead, wordsAsked }
}

test('a hundred watchers with different filters cost one read of what has changed', async () => {
  const { watch, arrive, rowsRead } = feedForTest()
  const watchers = range(0, 100).map((index) => watch(`min=${index}`))
  arrive(range(0, 100))
  await expect.poll(() => watchers.at(-1)?.ids(), POLL).toEqual([99])
  expect(watchers.map(({ ids }) => ids().length)).toEqual(range(0, 100).map((index) => 100 - index))
  expect(rowsRead.toSorted()).toEqual(range(0, 100).map(idOf).toSorted())
})

test('watchers whose filters mean the same get the same event, which is made once', async () => {
  const { watch, arrive } = feedForTest()
  const watchers = [
    'service=service-1&min=1',
    'min=1.0&service=service-1&limit=7',
    'sort=name&order=asc&service=service-1&min=01&text=',
  ].map(watch)
  const other = watch('service=service-2&min=1')
  arrive([11, 12])
  await expect.poll(() => other.ids(), POLL).toEqual([12])
  const [first, ...more] = watchers.map(({ read }) => read().at(-1))
  expect(String(first)).toContain(idOf(11))
  for (const same of more) expect(same).toBe(first)
})

test('without news of its filter a watcher receives comments only, also when the clock is set back', async () => {
  const { watch, arrive } = feedForTest()
  const [busy, idle] = [watch(''), watch('service=other')]
  for (const tick of range(0, 50)) {
    if (tick === 10) vi.setSystemTime(Date.now() - 7 * 86_400_000)
    arrive([tick])
    await expect.poll(() => busy.ids().at(-1), POLL).toBe(tick)
  }
  // 20 seconds
  expect(idle.read().map(String)).toEqual([': still here\n\n'])
})

test('words wait for a busy read thread, and no other watcher does; what waits is bounded, the newest stays', async () => {
  const { watch, arrive, wordsAsked } = feedForTest()
  const plain = watch('')
  const worded = [watch('text=plan%3Dpro'), watch('text=plan%3Dpro&min=0'), watch('text=other')]
  arrive([1], 1)
  await expect.poll(() => plain.ids(), POLL).toEqual([1])
  for (const tick of range(0, 30)) {
    arrive(range(1_000 + 100 * tick, 1_100 + 100 * tick), 1)
    await expect.poll(() => plain.ids().length, POLL).toBe(101 + 100 * tick)
  }
  expect(wordsAsked.map(({ texts }) => texts)).toEqual([['plan=pro', 'other']])
  expect(worded.flatMap(({ events }) => events())).toEqual([])

  const [first] = worded
  wordsAsked[0]?.answer()
  await expect.poll(() => first?.ids(), POLL).toEqual([1])
  // An event has at most 120 traces, so that what has waited takes several ticks.
  for (let asked = 1; (first?.ids().length ?? 0) < 2_001; ) {
    arrive([])
    await expect.poll(() => wordsAsked.length, POLL).toBe(++asked)
    wordsAsked.at(-1)?.answer()
    await expect.poll(() => first?.ids().length, POLL).toBe(Math.min(2_001, 1 + 120 * (asked - 1)))
  }
  expect(first?.ids().toSorted((a, b) => a - b)).toEqual([1, ...range(2_000, 4_000)])
  expect(first?.events().reduce((sum, { logs }) => sum + logs, 0)).toBe(31)
})

test('a watcher that does not read is disconnected, and the others are not', async () => {
  const { watch, arrive } = feedForTest('x'.repeat(10_000))
  const [reader, unread] = [watch(''), watch('')]
  for (let tick = 0; tick < 10 && !unread.stream.destroyed; tick++) {
    arrive(range(100 * tick, 100 * tick + 100))
    await expect.poll(() => reader.ids().length, POLL).toBe(100 * tick + 100)
  }
  expect([reader.stream.destroyed, unread.stream.destroyed]).toEqual([false, true])
})

test('the bound of watchers is a 503, until one leaves', async () => {
  const { feed, watch } = feedForTest()
  const [first] = range(0, 100).map(() => watch(''))
  expect(() => feed.watch(new URLSearchParams())).toThrow('too many pages')
  first?.stream.destroy()
  await expect.poll(() => feed.watch(new URLSearchParams()).status, POLL).toBe(200)
})
