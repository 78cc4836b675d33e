import { expect, test } from 'vitest'
import { latencyPoints, MAX_POINTS } from './latency-points.ts'
import { TraceTable } from './trace-table.ts'

const NONE = Number.POSITIVE_INFINITY
const START_MS = 1_763_800_000_000
const STEP_MS = 100
/** Months later. */
const LATE_MS = START_MS + 10_000_000_000

/** Requests that took 10 ms, one every 100 ms. */
function tableOf(
  count: number,
  change: (index: number) => { startMs?: number; durationMs?: number; error?: boolean },
) {
  const table = new TraceTable()
  for (let index = 0; index < count; index++) {
    const startMs = START_MS + index * STEP_MS
    const request = { startMs, durationMs: 10, error: false, ...change(index) }
    table.put({
      ...request,
      number: index + 1,
      traceId: String(index).padStart(32, '0'),
      startedMs: request.startMs,
      name: 'GET /',
      httpStatus: undefined,
      services: ['api'],
      spans: 1,
      segments: 0,
      items: 0,
      statusRow: 0,
      firstRows: { span_chunks: index + 1, segments: NONE, rollbar_occurrences: NONE },
    })
  }
  return table
}
const pointsOf = (table: TraceTable) => latencyPoints(table, table.slots())
const idOf = (index: number) => String(index).padStart(32, '0')

test('up to 2,000 requests are all points, in the order of their start', () => {
  const { points, matching } = pointsOf(tableOf(MAX_POINTS, (index) => ({ startMs: START_MS - index })))
  expect(matching).toBe(MAX_POINTS)
  expect(points.map(([startMs]) => startMs)).toEqual(
    Array.from({ length: MAX_POINTS }, (_, index) => START_MS - MAX_POINTS + 1 + index),
  )
})

test('of more there are the failed and the slow ones of every time, and the same ones each time', () => {
  const isFailed = (index: number) => index % 997 === 500
  const isSlow = (index: number) => index % 1_009 === 3
  const table = tableOf(100_000, (index) => ({
    error: isFailed(index),
    ...(isSlow(index) && { durationMs: 5_000 + index }),
  }))
  const { points, matching } = pointsOf(table)
  expect([points.length, matching]).toEqual([MAX_POINTS, 100_000])
  const ids = new Set(points.map(([, , , traceId]) => traceId))
  expect(ids.size).toBe(MAX_POINTS)
  for (let index = 0; index < 100_000; index++) {
    if (isFailed(index) || isSlow(index)) expect([index, ids.has(idOf(index))]).toEqual([index, true])
  }
  expect(pointsOf(table)).toEqual({ points, matching })
  // The others are spread evenly: no gap is larger than some of their distances.
  const starts = points.map(([startMs]) => startMs)
  const gaps = starts.slice(1).map((startMs, index) => startMs - (starts[index] as number))
  expect(Math.max(...gaps)).toBeLessThan((8 * 100_000 * STEP_MS) / MAX_POINTS)
})

const FUTURE = 50_000
test('wrong clocks do not take the slices of the others', () => {
  const wrong = new Map([
    [7, 0],
    [FUTURE, START_MS * 100],
  ])
  const isSlow = (index: number) => index % 1_009 === 3
  const table = tableOf(60_000, (index) => ({
    ...(wrong.has(index) && { startMs: wrong.get(index) as number }),
    ...(isSlow(index) && { durationMs: 5_000 }),
  }))
  const ids = new Set(pointsOf(table).points.map(([, , , traceId]) => traceId))
  for (let index = 0; index < 60_000; index++) {
    if (isSlow(index) && index !== FUTURE) expect([index, ids.has(idOf(index))]).toEqual([index, true])
  }
  expect([ids.has(idOf(7)), ids.has(idOf(FUTURE))], 'the first of all; one of the future').toEqual([
    true,
    false,
  ])
})

test('the first and the last request are points, also where clocks are wrong', () => {
  const last = 99_999
  const table = tableOf(last + 1, (index) => {
    if (index === 0) return { startMs: 0, durationMs: 1 }
    if (index === last) return { startMs: LATE_MS, durationMs: 1 }
    // Too few to decide over the slices, so that all of them are in the first slice or the last one.
    return index < 50 || index > last - 50 ? { startMs: index < 50 ? 1 : LATE_MS - 1 } : {}
  })
  const { points } = pointsOf(table)
  expect([points[0]?.[0], points.at(-1)?.[0]]).toEqual([0, LATE_MS])
})
