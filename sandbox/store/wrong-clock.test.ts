import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DEFAULT_BOUNDS } from './prune.ts'
import type { SpanChunk } from './spans.ts'
import { openStore, type Store } from './store.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const BEGAN = Date.UTC(2026, 10, 1)

let folder: string
let file: string
let store: Store
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: BEGAN })
  folder = mkdtempSync(join(tmpdir(), 'store-'))
  file = join(folder, 'store.sqlite')
  store = openStore(file)
})
afterEach(() => {
  store.close()
  vi.useRealTimers()
  rmSync(folder, { recursive: true, force: true })
})

const traceId = (index: number) => index.toString(16).padStart(32, '0')
const chunkOf = (index: number, startMs: number): SpanChunk => ({
  traceId: traceId(index),
  service: 's',
  dataset: 'd',
  spanIds: ['1'.repeat(16)],
  startMs,
  endMs: startMs + 10,
  hasError: false,
  hasRoot: true,
  name: 'n',
  encoding: 'json',
  body: Buffer.alloc(1),
})

/** Receives a trace that begins now. */
const receive = (index: number) => store.write(() => store.spans.put(chunkOf(index, Date.now()), Date.now()))
/** The numbers of the traces in the list, from the first on. */
const listed = () => store.traces.list({ limit: 100 }).map((trace) => Number.parseInt(trace.traceId, 16))
/** Time passes, on both clocks. */
const pass = (ms: number) => vi.advanceTimersByTime(ms)
/** A person, or the network's time, sets the wall clock. */
const setClock = (ms: number) => vi.setSystemTime(ms)

/** A week of use: a trace each day. The last one arrived now. */
async function useForAWeek() {
  for (let day = 1; day <= 7; day++) {
    if (day > 1) pass(DAY_MS)
    await receive(day)
    await store.prune()
  }
}

test('a clock that is a week ahead for ten minutes deletes nothing that is not old when it returns', async () => {
  await useForAWeek()
  const nowMs = Date.now()
  setClock(nowMs + 7 * DAY_MS)
  for (let minute = 0; minute < 10; minute++) {
    pass(60_000)
    await store.prune()
  }
  setClock(nowMs + 10 * 60_000)
  await store.prune()
  expect(listed()).toEqual([7, 6, 5, 4, 3, 2, 1])
})

test('where it stays ahead, the records become old at a day an hour', async () => {
  await useForAWeek()
  setClock(Date.now() + 30 * DAY_MS)
  const kept: number[] = []
  for (let hour = 1; hour <= 7; hour++) {
    pass(HOUR_MS)
    await store.prune()
    kept.push(listed().length)
  }
  expect(kept).toEqual([7, 6, 5, 4, 3, 2, 1])
})

test('a start after a holiday deletes step by step too', async () => {
  await useForAWeek()
  store.close()
  setClock(Date.now() + 30 * DAY_MS)
  store = openStore(file)
  await store.prune()
  expect(listed()).toHaveLength(7)
  pass(HOUR_MS)
  await store.prune()
  expect(listed()).toHaveLength(6)
})

test('records from before the clock was right are kept as long as what arrived before them', async () => {
  await receive(1)
  const nowMs = Date.now()
  // The clock of a machine without a battery.
  setClock(Date.UTC(2020))
  await receive(2)
  setClock(nowMs)
  await receive(3)
  await store.prune()
  expect(listed().toSorted()).toEqual([1, 2, 3])
})

test('when the clock returns, what was received in its future is last, on every page, until its time has come', async () => {
  await receive(1)
  const nowMs = Date.now()
  setClock(nowMs + 7 * DAY_MS)
  await receive(2)
  pass(1_000)
  await receive(3)
  setClock(nowMs + 60_000)
  await receive(4)
  expect(listed()).toEqual([4, 1, 3, 2])
  expect(store.traces.futureCount()).toBe(2)
  const paged: number[] = []
  let after: { startedMs: number; number: number } | undefined
  for (;;) {
    const [next] = store.traces.walk({ after })
    if (!next) break
    paged.push(Number.parseInt(next.traceId, 16))
    after = next.place
  }
  expect(paged).toEqual([4, 1, 3, 2])
  setClock(nowMs + 8 * DAY_MS)
  expect(listed()).toEqual([3, 2, 4, 1])
  expect(store.traces.futureCount()).toBe(0)
})

test('logs and errors of the future are last too, and minutes never count below zero', async () => {
  const log = (index: number) =>
    store.write(() => {
      const atNs = BigInt(Date.now()) * 1_000_000n
      store.logs.put({ traceId: null, spanId: null, dataset: 'd', atNs, document: String(index) }, Date.now())
    })
  const error = (index: number) =>
    store.write(() => {
      const texts = { title: 't', level: 'error', platform: 'p', framework: 'f', environment: 'e' }
      const circumstances = { context: '', request: '', place: '', message: '' }
      const own = { fingerprint: `${index}`, uuid: `${index}`, traceId: null, document: '{}' }
      const timestampS = Math.floor(Date.now() / 1_000)
      store.occurrences.put({ ...texts, ...circumstances, ...own, timestampS }, Date.now())
    })
  const nowMs = Date.now()
  await log(1)
  await error(1)
  setClock(nowMs + 7 * DAY_MS)
  await log(2)
  await error(2)
  setClock(nowMs + 60_000)
  await log(3)
  await error(3)
  const logs = (from?: { atNs: bigint; row: number }) =>
    [...store.logs.walk(from)].map(({ document }) => Number(document))
  expect(logs()).toEqual([3, 1, 2])
  expect(logs({ atNs: BigInt(nowMs) * 1_000_000n, row: 1 }), 'behind the first').toEqual([2])
  expect(logs({ atNs: BigInt(nowMs + 7 * DAY_MS) * 1_000_000n, row: 2 }), 'behind the last').toEqual([])
  expect(store.occurrences.items().map(({ fingerprint }) => fingerprint)).toEqual(['3', '1', '2'])
  const { logs: perMinute } = store.activity.perMinute(10, Date.now())
  expect(Math.min(...perMinute)).toBeGreaterThanOrEqual(0)
})

test('a trace has the place of its arrival where its own time cannot be right', async () => {
  const nowMs = Date.now()
  const wrong = [0, -1, nowMs / 1_000, nowMs * 1_000, nowMs + DAY_MS, Number.MAX_VALUE]
  await receive(100)
  pass(1_000)
  for (const [index, startMs] of wrong.entries()) {
    await store.write(() => store.spans.put({ ...chunkOf(index, startMs), endMs: startMs }, Date.now()))
  }
  pass(1_000)
  await receive(200)
  expect(listed()).toEqual([200, ...wrong.keys(), 100])
})

test('a record of a clock that was never set does not keep the others from becoming old', async () => {
  const nowMs = Date.now()
  setClock(Date.UTC(2020))
  await receive(1)
  setClock(nowMs)
  await receive(2)
  store.close()
  store = openStore(file)
  pass(60_000)
  await store.prune()
  expect(listed()).toEqual([2])
  for (let hour = 0; hour < 40; hour++) {
    pass(8 * HOUR_MS)
    await store.prune()
  }
  expect(listed()).toEqual([])
})

test('bounds hold whatever the clock says', async () => {
  store.close()
  store = openStore(file, { ...DEFAULT_BOUNDS, maxSpans: 2 })
  for (const index of [1, 2, 3, 4]) {
    setClock(BEGAN - index * 400 * DAY_MS)
    await receive(index)
  }
  await store.prune()
  expect(listed().toSorted()).toEqual([3, 4])
})
