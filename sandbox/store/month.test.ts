import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { scaled } from '../../tests/harness/scale.ts'
import { DEFAULT_BOUNDS } from './prune.ts'
import { openStore, type Store } from './store.ts'

/** Requests of a learner on one day; a third of the days has none. */
const REQUESTS = scaled(20, 1_000)
/** On the day of the chapter about load: more than the store keeps. */
const LOAD_REQUESTS = scaled(600, 40_000)
const LOAD_DAY = 17
const DAYS = 30
const HOUR_MS = 3_600_000
/** Sent bytes of a request's spans of one service, of a segment, and of a log record. */
const [SPANS_BYTES, SEGMENT_BYTES, LOG_BYTES] = [1_500, 900, 600]
/** The short run has less to give back to the disk. Bytes */
const MAX_FREE_BYTES = scaled(256 * 1024, DEFAULT_BOUNDS.maxFreeBytes)
/** Opening and listing take at most so many times as long as on the day of the load, when the store was largest. */
const MAX_SLOWER = 5

let count = 0

/** What a request through the api and the profiles service leaves in the store. */
function receive(store: Store): void {
  const nowMs = Date.now()
  const traceId = (++count).toString(16).padStart(32, '0')
  for (const [service, spans] of [
    ['api', 5],
    ['profiles', 2],
  ] as const) {
    const spanIds = Array.from({ length: spans }, (_, span) =>
      `${count}${service}${span}`.slice(-16).padStart(16, '0'),
    )
    const times = { startMs: nowMs - 20, endMs: nowMs }
    const chunk = {
      traceId,
      service,
      dataset: service,
      spanIds,
      ...times,
      hasError: false,
      hasRoot: service === 'api',
    }
    store.spans.put({ ...chunk, name: 'GET /', encoding: 'protobuf', body: Buffer.alloc(SPANS_BYTES) }, nowMs)
    const id = `${service === 'api' ? 1 : 2}`.repeat(16)
    const document = JSON.stringify({
      id,
      trace_id: toXRayTraceId(traceId),
      filler: 'x'.repeat(SEGMENT_BYTES),
    })
    const [startS, endS] = [times.startMs / 1_000, times.endMs / 1_000]
    const segment = {
      traceId,
      id,
      parentId: null,
      name: service,
      startS,
      endS,
      isInProgress: false,
      isError: false,
    }
    store.segments.put({ ...segment, document }, nowMs)
    store.traces.touch(traceId, times.startMs, nowMs)
    const log = { traceId, spanId: null, dataset: service, atNs: BigInt(nowMs) * 1_000_000n }
    store.logs.put({ ...log, document: 'x'.repeat(LOG_BYTES) }, nowMs)
  }
}

test('after a month of use the store has the last week, a small file, and opens and lists at once', {
  timeout: 300_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'month-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'store.sqlite')
  const clock = process.hrtime
  vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.UTC(2026, 9, 1, 8) })
  onTestFinished(() => void vi.useRealTimers())
  const open = () => openStore(file, { ...DEFAULT_BOUNDS, maxFreeBytes: MAX_FREE_BYTES })
  const timed = <Result>(work: () => Result) => {
    const began = clock.bigint()
    const result = work()
    return { result, ms: Number(clock.bigint() - began) / 1e6 }
  }
  /** The least of five, in real milliseconds. */
  const measure = () => {
    const runs = Array.from({ length: 5 }, () => {
      const { result: store, ms: openMs } = timed(open)
      const { ms: listMs } = timed(() => store.traces.list({ limit: 100 }))
      store.close()
      return { openMs, listMs }
    })
    const least = (of: 'openMs' | 'listMs') => Math.min(...runs.map((run) => run[of]))
    return { openMs: least('openMs'), listMs: least('listMs') }
  }
  let largest = 0
  let busiest = { openMs: 0, listMs: 0 }
  for (let day = 1; day <= DAYS; day++) {
    const store = open()
    const requests = day === LOAD_DAY ? LOAD_REQUESTS : day % 3 === 0 ? 0 : REQUESTS
    for (let hour = 0; hour < 8; hour++) {
      for (let sent = 0; sent < requests / 8; sent += 100) {
        await store.write(() => {
          for (let index = 0; index < Math.min(100, requests / 8 - sent); index++) receive(store)
        })
      }
      while (await store.prune());
      vi.advanceTimersByTime(HOUR_MS)
    }
    store.close()
    largest = Math.max(largest, statSync(file).size)
    if (day === LOAD_DAY) busiest = measure()
    vi.advanceTimersByTime(16 * HOUR_MS)
  }

  const { openMs, listMs } = measure()
  const store = open()
  onTestFinished(() => store.close())
  while (await store.prune());
  const [last] = store.traces.list({ limit: 1 })
  const kept = [...store.traces.walk({})]
  const ages = kept.map(({ startMs }) => (Date.now() - startMs) / (24 * HOUR_MS))
  const size = statSync(file).size
  const figures = `${count} requests, ${kept.length} kept; the file had ${largest} bytes, now ${size}; opened in ${openMs} ms, listed in ${listMs} ms, on the day of the load in ${busiest.openMs} and ${busiest.listMs} ms`
  expect(last?.pruned, figures).toBe(false)
  expect(Math.max(...ages), figures).toBeLessThan(DEFAULT_BOUNDS.maxAgeDays + 1)
  const useDays = Array.from({ length: DAYS }, (_, day) => day + 1).filter(
    (day) => day > DAYS - 7 && day % 3 !== 0,
  )
  expect(kept.length, figures).toBeGreaterThanOrEqual(useDays.length * REQUESTS)
  expect(size, figures).toBeLessThan(largest / 3)
  expect(openMs, figures).toBeLessThan(MAX_SLOWER * busiest.openMs)
  expect(listMs, figures).toBeLessThan(MAX_SLOWER * busiest.listMs)
  if (process.env.TEST_LONG === '1') process.stdout.write(`a month: ${figures}\n`)
})
