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
const LOAD_REQUESTS = scaled(400, 40_000)
const LOAD_DAY = 17
const DAYS = 30
const HOUR_MS = 3_600_000
/** Sent bytes of a request's spans of one service, of a segment, and of a log record. */
const [SPANS_BYTES, SEGMENT_BYTES, LOG_BYTES] = [1_500, 900, 600]
/** Real milliseconds. The slowest of ten runs on two busy cores took a third. */
const MAX_OPEN_MS = 1_500
const MAX_LIST_MS = 500

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
  const ms = async (work: () => unknown) => {
    const began = clock.bigint()
    await work()
    return Number(clock.bigint() - began) / 1e6
  }
  let largest = 0
  for (let day = 1; day <= DAYS; day++) {
    const store = openStore(file)
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
    vi.advanceTimersByTime(16 * HOUR_MS)
  }

  let store = openStore(file)
  const openedMs = await ms(() => {
    store.close()
    store = openStore(file)
  })
  onTestFinished(() => store.close())
  while (await store.prune());
  const [last] = store.traces.list({ limit: 1 })
  const listedMs = await ms(() => store.traces.list({ limit: 100 }))
  const kept = [...store.traces.walk({})]
  const ages = kept.map(({ startMs }) => (Date.now() - startMs) / (24 * HOUR_MS))
  const size = statSync(file).size
  const figures = `${count} requests, ${kept.length} kept; the file had ${largest} bytes, now ${size}; opened in ${openedMs} ms, listed in ${listedMs} ms`
  expect(last?.pruned, figures).toBe(false)
  expect(Math.max(...ages), figures).toBeLessThan(DEFAULT_BOUNDS.maxAgeDays + 1)
  const useDays = Array.from({ length: DAYS }, (_, day) => day + 1).filter(
    (day) => day > DAYS - 7 && day % 3 !== 0,
  )
  expect(kept.length, figures).toBeGreaterThanOrEqual(useDays.length * REQUESTS)
  expect(size, figures).toBeLessThan(scaled(largest, largest / 3) + 1)
  expect([openedMs < MAX_OPEN_MS, listedMs < MAX_LIST_MS], figures).toEqual([true, true])
  if (process.env.TEST_LONG === '1') process.stdout.write(`a month: ${figures}\n`)
})
