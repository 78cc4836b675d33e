import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { metricsRequest, type SentMetric, type SentPoint } from '../../tests/harness/sent-metrics.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { LoadingRows } from '../read-thread/loading-rows.ts'
import { type Bounds, DEFAULT_BOUNDS } from '../store/prune.ts'
import { openStore } from '../store/store.ts'
import { metricWarnings } from './metric-warnings.ts'
import { StoredMetrics } from './stored-metrics.ts'
import type { NumberPoint } from './time-series.ts'

const NOW_MS = Math.floor(Date.now() / 1_000) * 1_000

function open(bounds: Partial<Bounds> = {}, maxBytes?: number) {
  const file = join(temporaryFolder(), 'sandbox.sqlite')
  const store = openStore(file, { ...DEFAULT_BOUNDS, ...bounds })
  const stored = new StoredMetrics(file, maxBytes)
  onTestFinished(() => {
    stored.close()
    store.close()
  })
  const put = (body: Uint8Array, points: number, encoding: 'json' | 'protobuf' = 'json') =>
    store.write(() => store.metrics.put({ dataset: 'd', encoding, body, points }, NOW_MS))
  const send = (...points: SentPoint[]) => put(metricsRequest([gauge(points)], 'json'), points.length)
  return { file, store, stored, put, send, load: () => stored.refresh(() => {}) }
}

const gauge = (points: readonly SentPoint[], more: Partial<SentMetric> = {}): SentMetric => ({
  name: 'm',
  kind: 'gauge',
  points,
  ...more,
})
const point = (value: number, agoS: number, more: Partial<SentPoint> = {}): SentPoint => ({
  resource: { 'service.name': 'api' },
  attributes: {},
  startMs: 0,
  timeMs: NOW_MS - agoS * 1_000,
  value,
  ...more,
})
/** The values of each time series of the gauge. */
const valuesOf = (set: ReturnType<StoredMetrics['refresh']>) =>
  (set.get('d', 'm', 'gauge')?.series ?? []).map(({ points }) =>
    points.map((one) => (one as NumberPoint).value),
  )

test('only what has arrived since is loaded, and late points come to their place', async () => {
  const { send, load } = open()
  expect(load().all()).toEqual([])
  await send(point(1, 60))
  expect(valuesOf(load())).toEqual([[1]])
  await send(point(3, 20), point(2, 40))
  expect(valuesOf(load())).toEqual([[1, 2, 3]])
  await send(point(1.5, 50))
  expect(valuesOf(load())).toEqual([[1, 1.5, 2, 3]])
})

test('of two points with one time the one that arrived last counts', async () => {
  const { send, load } = open()
  await send(point(1, 60), point(2, 60))
  expect(valuesOf(load())).toEqual([[2]])
  await send(point(9, 10), point(7, 60))
  expect(valuesOf(load())).toEqual([[7, 9]])
})

test('a time series has one sender and one set of attributes, in any order; the point’s attributes win', async () => {
  const { send, load } = open()
  const [a, b] = [
    { x: 1, y: 'two' },
    { y: 'two', x: '1' },
  ]
  await send(point(1, 60, { attributes: a }), point(2, 50, { attributes: b }), point(3, 40))
  await send(point(4, 30, { resource: { 'service.name': 'api', x: 'own' }, attributes: { x: 1, y: 'two' } }))
  expect(valuesOf(load())).toEqual([[1, 2], [3], [4]])
  const [first, , third] = load().get('d', 'm', 'gauge')?.series ?? []
  expect([...(first?.attributes ?? [])]).toEqual([
    ['x', '1'],
    ['y', 'two'],
    ['service.name', 'api'],
  ])
  expect([third?.attributes.get('x'), third?.attributes.size]).toEqual(['1', 3])
})

test('what the store deletes leaves the memory, and metrics without points too', async () => {
  const { store, send, put, load } = open({ maxMetricPoints: 2 })
  await put(metricsRequest([gauge([point(1, 60)], { name: 'gone' })], 'json'), 1)
  await send(point(1, 50), point(2, 40))
  await send(point(3, 30), point(4, 20, { attributes: { route: '/' } }))
  expect(load().all()).toHaveLength(2)
  await store.prune()
  expect(
    load()
      .all()
      .map(({ name }) => name),
  ).toEqual(['m'])
  expect(valuesOf(load())).toEqual([[3], [4]])
})

test('a store that was emptied and numbers its rows anew is read again', async () => {
  const { store, send, load } = open({ maxMetricPoints: 0 })
  await send(point(1, 60))
  expect(valuesOf(load())).toEqual([[1]])
  await store.prune()
  expect(valuesOf(load())).toEqual([])
  await send(point(2, 50))
  expect(valuesOf(load())).toEqual([[2]])
})

test('a row that cannot be read is counted, and the others are there', async () => {
  const { store, send, put, load } = open({ maxMetricPoints: 3 })
  await send(point(1, 60))
  await put(Buffer.from('{'), 2)
  await put(Buffer.from([0xff]), 1, 'protobuf')
  await send(point(2, 50))
  for (let times = 0; times < 2; times++) {
    expect(valuesOf(load())).toEqual([[1, 2]])
    expect(load().leftOut).toBe(3)
  }
  await send(point(3, 40), point(4, 30))
  await store.prune()
  expect(valuesOf(load())).toEqual([[2, 3, 4]])
  expect(load().leftOut).toBe(0)
})

test('a row at which a thread died is counted, and the others are there', async () => {
  const { file, send } = open()
  await send(point(1, 60))
  await send(point(2, 50))
  await send(point(3, 40))
  const stored = new StoredMetrics(file, undefined, new LoadingRows(undefined, ['metrics 2 2']))
  onTestFinished(() => stored.close())
  const set = stored.refresh(() => {})
  expect([valuesOf(set), set.leftOut]).toEqual([[[1, 3]], 1])
})

test('beyond the bound of memory the oldest rows are left out, and counted', async () => {
  const { send, load } = open({}, 20_000)
  for (let row = 0; row < 100; row++) await send(point(row, 200 - row), point(row, 100 - row / 2))
  const [values] = valuesOf(load())
  expect(values?.length).toBeLessThan(150)
  expect(values?.length).toBeGreaterThan(50)
  expect(load().leftOut).toBe(200 - (values?.length ?? 0))
  expect(values?.at(-1)).toBe(99)
})

test('points with times that cannot be are left out with a warning, and starts that cannot be count as unknown', async () => {
  const { send, load } = open()
  const inFuture = point(1, -2 * 86_400)
  const microseconds = point(2, 0, { timeMs: Math.floor(NOW_MS / 1_000) })
  await send(inFuture, microseconds, point(3, 0, { timeMs: 0 }), point(4, 10))
  const held = load().get('d', 'm', 'gauge')
  expect(valuesOf(load())).toEqual([[4]])
  expect(held && metricWarnings(held)).toEqual([
    '3 points are left out because of the time, the last one 1970-01-01T00:00:00.000Z: senders give nanoseconds since 1970, and none from the future',
  ])

  const timeMs = NOW_MS - 20_000
  const starts = [timeMs - 60_000, timeMs, timeMs + 1, 1_000]
  const points = starts.map((startMs, index) => point(index, 0, { startMs, timeMs, attributes: { index } }))
  const { put, load: reload } = open()
  await put(metricsRequest([{ name: 'c', kind: 'sum', points }], 'json'), 4)
  const series = reload().get('d', 'c', 'sum')?.series ?? []
  expect(series.map((one) => one.points[0]?.startMs)).toEqual([timeMs - 60_000, timeMs, 0, 0])
})

test('the newest point defines the metric; senders may differ in temporality, and in units with a warning', async () => {
  const { put, load } = open()
  const counter = (more: Partial<SentMetric>): SentMetric => ({ name: 'c', kind: 'sum', points: [], ...more })
  await put(
    metricsRequest(
      [counter({ temporality: 'delta', isMonotonic: true, unit: 'ms', points: [point(1, 60)] })],
      'json',
    ),
    1,
  )
  await put(
    metricsRequest([counter({ temporality: 'cumulative', unit: 's', points: [point(2, 50)] })], 'protobuf'),
    1,
    'protobuf',
  )
  const held = load().get('d', 'c', 'sum')
  expect(held).toMatchObject({ unit: 's', temporality: 'cumulative', isMonotonic: false })
  expect(held?.series.map(({ temporality }) => temporality)).toEqual(['delta', 'cumulative'])
  expect(held && metricWarnings(held)[0]).toContain('several units (ms, s)')
})
