import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { ownCpuMs } from '../../tests/harness/cpu.ts'
import { readSpans } from '../honeycomb/stored-spans.ts'
import { createGroupCommit } from './group-commit.ts'
import { MIGRATIONS } from './migrations.ts'
import { type Bounds, DEFAULT_BOUNDS } from './prune.ts'
import type { SegmentRow } from './segments.ts'
import type { SpanChunk } from './spans.ts'
import { openStore, type Store } from './store.ts'

let folder: string
let file: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'store-'))
  file = join(folder, 'store.sqlite')
})

const opened: Store[] = []
/** Opens the file's store, which is closed after the test unless the test does. */
function open(bounds: Partial<Bounds> = {}): Store {
  const store = openStore(file, { ...DEFAULT_BOUNDS, ...bounds })
  opened.push(store)
  return store
}
afterEach(async () => {
  for (const store of opened.splice(0)) store.close()
  await rm(folder, { recursive: true, force: true })
})

/** Epoch ms: that of the first records. */
const BEGAN_MS = Date.UTC(2026)
const traceId = (index: number) => index.toString(16).padStart(32, '0')
const chunk = (index: number, spans = 1, bytes = 1): SpanChunk => ({
  traceId: traceId(index),
  service: 's',
  dataset: 'd',
  spanIds: Array.from({ length: spans }, (_, span) => (span + 1).toString(16).padStart(16, '0')),
  startMs: BEGAN_MS + index,
  endMs: BEGAN_MS + index + 1,
  hasError: false,
  hasRoot: true,
  name: 'n',
  encoding: 'json',
  body: Buffer.alloc(bytes),
})
const segment = (index: number): SegmentRow => ({
  traceId: traceId(index),
  id: 'a'.repeat(16),
  parentId: null,
  name: 's',
  startS: index,
  endS: index,
  isInProgress: false,
  isError: false,
  document: '{}',
})
/** The numbers of the traces that are listed, newest first. */
const listed = (store: Store) =>
  store.traces.list({ limit: 100 }).map((trace) => Number.parseInt(trace.traceId, 16))

describe('group commit', () => {
  test('up to 1,000 writes of one turn are one transaction, and resolve after it', async () => {
    const database = new DatabaseSync(file)
    database.exec('CREATE TABLE t (n INTEGER UNIQUE)')
    const insert = database.prepare('INSERT INTO t VALUES (?)')
    const other = new DatabaseSync(file)
    const { write, ...commit } = createGroupCommit(database)
    const seen = await Promise.all(
      Array.from({ length: 200 }, async (_, n) => {
        await write(() => insert.run(n))
        return Number(other.prepare('SELECT count(*) AS n FROM t').get()?.n)
      }),
    )
    expect(new Set(seen)).toEqual(new Set([200]))
    commit.flush()
    other.close()
    database.close()
  })

  test('a failing job does not affect others', async () => {
    const database = new DatabaseSync(':memory:')
    database.exec('CREATE TABLE t (n INTEGER UNIQUE)')
    const insert = database.prepare('INSERT INTO t VALUES (?)')
    const commit = createGroupCommit(database)
    const outcomes = await Promise.allSettled([1, 2, 2, 3].map((n) => commit.write(() => insert.run(n))))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled'])
    expect(database.prepare('SELECT count(*) AS n FROM t').get()?.n).toBe(3)
    database.close()
  })
})

describe('the store', () => {
  test('deletes the oldest rows while there are more spans than maxSpans', async () => {
    const store = open({ maxSpans: 20 })
    await store.write(() => {
      for (let index = 1; index <= 25; index++) store.spans.put(chunk(index, 2), Date.now())
    })
    await store.prune()
    expect(listed(store)).toEqual([25, 24, 23, 22, 21, 20, 19, 18, 17, 16])
  })

  test('deletes the oldest rows while there are more bytes than maxBytes, also rows from before it was opened', async () => {
    const bounds = { maxBytes: 3_000 }
    const first = open(bounds)
    await first.write(() => {
      for (let index = 1; index <= 4; index++) first.spans.put(chunk(index, 1, 1_000), Date.now())
    })
    first.close()
    const store = open(bounds)
    await store.write(() => store.spans.put(chunk(5, 1, 1_000), Date.now()))
    await store.prune()
    expect(listed(store)).toEqual([5, 4, 3])
  })

  test('deletes the oldest requests with metrics beyond maxMetricPoints, maxMetricBytes and maxAgeDays', async () => {
    const store = open({ maxMetricPoints: 20, maxMetricBytes: 3_000 })
    const metrics = (points: number, bytes: number) =>
      ({ dataset: 'd', encoding: 'json', body: Buffer.alloc(bytes), points }) as const
    const kept = () => {
      const reader = new DatabaseSync(file, { readOnly: true })
      const rows = reader.prepare('SELECT rowid, points FROM metric_chunks ORDER BY rowid').all()
      reader.close()
      return rows.map(({ rowid, points }) => [rowid, points])
    }
    const put = async (nowMs: number, ...chunks: readonly ReturnType<typeof metrics>[]) => {
      await store.write(() => {
        for (const chunk of chunks) store.metrics.put(chunk, nowMs)
      })
      await store.prune()
      return kept()
    }
    expect(await put(Date.now() - 8 * 86_400_000, metrics(1, 1))).toEqual([])
    // The request that crosses the bound stays.
    expect(await put(Date.now(), ...Array.from({ length: 4 }, () => metrics(8, 1)))).toEqual([
      [2, 8],
      [3, 8],
      [4, 8],
    ])
    expect(await put(Date.now(), metrics(1, 2_999))).toEqual([
      [4, 8],
      [5, 1],
    ])
  })

  test('deletes rows that are older than maxAgeDays', async () => {
    const store = open()
    const eightDaysAgo = Date.now() - 8 * 86_400_000
    await store.write(() => {
      store.spans.put(chunk(1), eightDaysAgo)
      store.spans.put(chunk(2), Date.now())
    })
    await store.prune()
    expect(listed(store)).toEqual([2])
  })

  test('are kept while much arrives, before the next prune is due', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const store = open({ maxBytes: 4 * 1024 * 1024 })
    for (let index = 1; index <= 50; index++) {
      await store.write(() => store.spans.put(chunk(index, 1, 2_000_000), index))
    }
    store.close()
    expect((await stat(file)).size).toBeLessThan(80_000_000)
  })

  test('marks partly and entirely deleted traces as pruned, and forgets the oldest of them beyond maxTraces', async () => {
    const store = open({ maxSpans: 1, maxTraces: 4 })
    await store.write(() => {
      for (let index = 1; index <= 6; index++) store.spans.put(chunk(index), Date.now())
      store.segments.put(segment(5), Date.now())
    })
    await store.prune()
    expect(store.traces.list({ limit: 10 })).toMatchObject([
      { traceId: traceId(6), pruned: false, spans: 1 },
      { traceId: traceId(5), pruned: true, spans: 0 },
    ])
    const pruned = [1, 2, 3, 4, 5, 6].filter((index) => store.traces.isPruned(traceId(index)))
    expect(pruned).toEqual([3, 4, 5])
    // Late records of a deleted trace are listed, and marked as pruned.
    await store.write(() => store.spans.put(chunk(4), Date.now()))
    expect(store.traces.list({ limit: 10 }).find((trace) => trace.traceId === traceId(4))).toMatchObject({
      spans: 1,
      pruned: true,
    })
  })

  test('a file of the first version keeps its traces', async () => {
    const database = new DatabaseSync(file)
    database.exec(`${MIGRATIONS[0]} PRAGMA user_version = 1`)
    const document = JSON.stringify({
      spanId: 'a'.repeat(16),
      parentSpanId: '',
      startTimeUnixNano: '1763800000123456789',
    })
    const row = [traceId(7), 'a'.repeat(16), 'api', 'GET /', 1763800000123456789n, 1763800000223456789n]
    database
      .prepare('INSERT INTO spans VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
      .run(...row, 1, 'api', document, Date.now())
    database.prepare('INSERT INTO traces VALUES (?, ?, ?)').run(traceId(7), 1763800000123, Date.now())
    database.close()
    const store = open()
    expect(store.traces.list({ limit: 10 })).toEqual([
      expect.objectContaining({
        traceId: traceId(7),
        services: ['api'],
        rootName: 'GET /',
        durationMs: 100,
        spans: 1,
        error: true,
      }),
    ])
    expect(readSpans(store.spans.ofTrace(traceId(7)))).toEqual([{ ...JSON.parse(document), dataset: 'api' }])
  })

  test('log records of an earlier version are in the order of their times', () => {
    const database = new DatabaseSync(file)
    const before = MIGRATIONS.findIndex((step) => step.includes('ADD COLUMN at_ns'))
    for (const step of MIGRATIONS.slice(0, before)) database.exec(step)
    const receivedMs = 1763800000000
    const insert = database.prepare('INSERT INTO logs (dataset, document, received_ms) VALUES (?, ?, ?)')
    for (const [timeUnixNano, observedTimeUnixNano] of [
      ['1763700000000000001', '0'],
      ['0', '0'],
      ['18446744073709551615', '1763700000000000002'],
      ['1763700000000000003', '0'],
    ]) {
      insert.run('d', JSON.stringify({ timeUnixNano, observedTimeUnixNano }), receivedMs)
    }
    database.exec(`PRAGMA user_version = ${before}`)
    database.close()
    const rows = [...open().logs.walk()].map(({ row }) => row)
    expect(rows, 'the second by its arrival, the third by its observation').toEqual([2, 4, 3, 1])
  })

  test('times of occurrences that an earlier version took for seconds are those of their arrival', () => {
    const database = new DatabaseSync(file)
    const before = MIGRATIONS.findIndex((step) => step.includes('wrong_times'))
    for (const step of MIGRATIONS.slice(0, before)) database.exec(step)
    const receivedMs = 1763800000000
    const item = database.prepare(
      `INSERT INTO rollbar_items VALUES (?, ?, 'e', ?, 'error', 'p', 'f', ?, ?, 1, 1, 1, '', '', '', '')`,
    )
    const occurrence = database.prepare(
      `INSERT INTO rollbar_occurrences VALUES (NULL, ?, ?, ?, ?, 'error', ?, '{}', ?, 0)`,
    )
    const trace = database.prepare('INSERT INTO traces (trace_id, started_ms) VALUES (?, ?)')
    for (const [index, timestampS] of [1763799990, 1763799990_000, 1763799990_000_000, 7].entries()) {
      const id = index + 1
      item.run(id, `f${id}`, `item ${id}`, timestampS, timestampS)
      occurrence.run(`u${id}`, id, traceId(id), `item ${id}`, timestampS, receivedMs)
      trace.run(traceId(id), timestampS * 1_000 + 999)
    }
    item.run(5, 'f5', 'without an occurrence', 1763799990_000_000, 1763799990_000_000)
    database.exec(`PRAGMA user_version = ${before}`)
    database.close()

    const store = open()
    const [first, ...others] = [1, 2, 3, 4].map((id) => store.occurrences.item(id))
    expect([first?.firstS, first?.lastS]).toEqual([1763799990, 1763799990])
    for (const other of others) expect([other?.firstS, other?.lastS]).toEqual([1763800000, 1763800000])
    expect(store.occurrences.times(9).map(({ timestampS }) => timestampS)).toEqual([
      ...[1763800000, 1763800000, 1763800000, 1763799990],
    ])
    expect(store.occurrences.item(5)?.lastS).toBeLessThan(Date.now() / 1_000 + 86_400)
    const starts = store.traces.list({ limit: 10 }).map(({ startedAt }) => Date.parse(startedAt))
    expect(Math.max(...starts)).toBeLessThanOrEqual(receivedMs + 999)
  })

  test('items of an earlier version, whose numbers have gaps, are numbered 1, 2, 3', async () => {
    const database = new DatabaseSync(file)
    const before = MIGRATIONS.findIndex((step) => step.includes('item_numbers'))
    for (const step of MIGRATIONS.slice(0, before)) database.exec(step)
    const item = database.prepare(
      `INSERT INTO rollbar_items VALUES (?, ?, 'e', ?, 'error', 'p', 'f', 1763799990, 1763799990, 1, 1, 1, '', '', '', '')`,
    )
    const occurrence = database.prepare(
      `INSERT INTO rollbar_occurrences VALUES (NULL, ?, ?, NULL, 't', 'error', 1763799990, '{}', 1763800000000, 0)`,
    )
    for (const id of [2, 3, 16]) {
      item.run(id, `f${id}`, `item ${id}`)
      for (const letter of 'ab') occurrence.run(`${letter}${id}`, id)
    }
    database.exec(`PRAGMA user_version = ${before}`)
    database.close()

    const { occurrences, write } = open()
    expect([1, 2, 3, 4].map((id) => occurrences.item(id)?.title)).toEqual([
      ...['item 2', 'item 3', 'item 16'],
      undefined,
    ])
    expect(occurrences.byUuid('b16')?.itemId).toBe(3)
    await write(() => occurrences.put(newOccurrence('f99', 'c'), Date.now()))
    expect(occurrences.byUuid('c')?.itemId).toBe(4)
  })

  test('a second store on the same file fails until the first is closed', () => {
    const first = open()
    expect(() => open()).toThrow(expect.objectContaining({ code: 'STORE_IN_USE' }))
    first.close()
    open()
  })
})

test('the newest traces are found without reading all segments of a large one', async () => {
  const store = open()
  const large = Array.from({ length: 20_000 }, (_, index) => ({
    ...segment(7),
    id: index.toString(16).padStart(16, '0'),
  }))
  await store.write(() => {
    for (const row of [...large, segment(3)]) store.segments.put(row, Date.now())
  })
  const startedMs = ownCpuMs()
  const found = store.segments.tracesBetween('start', 0, 100, 10)
  expect(found.map(({ traceId: id }) => Number.parseInt(id, 16))).toEqual([7, 3])
  // Comparing each segment with the others of its trace takes half a minute.
  expect(ownCpuMs() - startedMs).toBeLessThan(2_000)
})

test('items are numbered one after the other, however often each occurs', async () => {
  const { occurrences, write } = open()
  const kinds = ['a', 'a', 'b', 'a', 'b', 'c']
  for (const [index, kind] of kinds.entries()) {
    await write(() => occurrences.put(newOccurrence(kind, String(index)), Date.now()))
  }
  expect(kinds.map((_, index) => occurrences.byUuid(String(index))?.itemId)).toEqual([1, 1, 2, 1, 2, 3])
  expect(occurrences.item(1)?.total).toBe(3)
})

function newOccurrence(fingerprint: string, uuid: string) {
  const texts = { environment: 'e', title: 't', level: 'error', platform: 'p', framework: 'f' }
  const circumstances = { context: '', request: '', place: '', message: '' }
  const own = { fingerprint, uuid, traceId: null, timestampS: 1763799990, document: '{}' }
  return { ...texts, ...circumstances, ...own }
}
