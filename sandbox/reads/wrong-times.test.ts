import { afterAll, beforeAll, expect, test } from 'vitest'
import { ErrorList, LatencyPoints, LogPage, RequestPage } from '../../contracts/sandbox/lists.ts'
import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { JSON_TYPE, OTLP_JSON, sandboxForTest, segmentDocument } from '../../tests/harness/sandbox.ts'

const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

const NOW_MS = Date.now()
const ns = (ms: number) => `${Math.round(ms)}000000`
/** As a sender with the wrong unit, or a clock that was never set or is broken, would send them: [start, end] in ns. */
const WRONG_NS: Readonly<Record<string, readonly [string, string]>> = {
  'none at all': ['0', '0'],
  'seconds for ns': [`${Math.floor(NOW_MS / 1_000)}`, `${Math.floor(NOW_MS / 1_000) + 1}`],
  'the largest number': ['18446744073709551615', '18446744073709551615'],
  'the year 2500': [ns(Date.UTC(2500)), ns(Date.UTC(2500))],
  '25 years': [ns(Date.UTC(2001)), ns(NOW_MS)],
  'a start in 1970': ['1', ns(NOW_MS)],
  'an end in 2554': [ns(NOW_MS - 50), '18446744073709551615'],
  'a week ahead': [ns(NOW_MS + 7 * 86_400_000), ns(NOW_MS + 7 * 86_400_000)],
}
const WRONG_S = [0, 1, 253_402_300_000, NOW_MS / 1_000 + 7 * 86_400]
const REJECTED_S = [NOW_MS, NOW_MS * 1_000, -1]

const read = async (path: string, init?: RequestInit) => {
  const response = await sandbox.ask(path, init)
  expect(response.status, path).toBe(200)
  return response.json()
}
const requests = async (query: string) =>
  RequestPage.parse(await read(`/sandbox/requests?limit=100&${query}`)).requests
const sent = (traceId: string, [start, end]: readonly [string, string]) => ({
  traceId,
  spanId: newSpanId(),
  startTimeUnixNano: start,
  endTimeUnixNano: end,
})

const latest = newTraceId()
const slowest = newTraceId()

beforeAll(async () => {
  for (const times of Object.values(WRONG_NS)) {
    const traceId = newTraceId()
    expect((await sandbox.postSpan({ ...sent(traceId, times), name: 'wrong' })).status).toBe(200)
    // The same times beside a right one.
    const both = newTraceId()
    await sandbox.postSpan({ ...sent(both, [ns(NOW_MS - 2_000), ns(NOW_MS - 1_990)]), name: 'partly wrong' })
    await sandbox.postSpan({ ...sent(both, times), parentSpanId: newSpanId(), name: 'wrong child' })
    const [timeUnixNano, observedTimeUnixNano] = times
    const record = { timeUnixNano, observedTimeUnixNano, body: { stringValue: 'wrong' } }
    await sandbox.post(
      '/v1/logs',
      JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }),
      OTLP_JSON,
    )
    const point = { startTimeUnixNano: times[0], timeUnixNano: times[1], asDouble: 1 }
    const metric = { name: 'temperature', gauge: { dataPoints: [point] } }
    await sandbox.post(
      '/v1/metrics',
      JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [metric] }] }] }),
      OTLP_JSON,
    )
  }
  for (const start of WRONG_S) {
    const fields = {
      trace_id: toXRayTraceId(newTraceId()),
      id: newSpanId(),
      start_time: start,
      end_time: start + 1,
    }
    expect(await (await sandbox.putSegments(segmentDocument(fields))).json()).toEqual({
      UnprocessedTraceSegments: [],
    })
    const item = { environment: 'e', timestamp: start, body: { message: { body: `wrong ${start}` } } }
    await sandbox.post('/api/1/item/', JSON.stringify({ data: item }), {
      ...JSON_TYPE,
      'x-rollbar-access-token': 'any',
    })
  }
  await sandbox.postSpan({ ...sent(slowest, [ns(NOW_MS - 90_000), ns(NOW_MS - 30_000)]), name: 'slow' })
  const lastMs = Date.now() + 1_000
  await sandbox.postSpan({ ...sent(latest, [ns(lastMs), ns(lastMs + 5)]), name: 'latest' })
  const body = { stringValue: 'latest' }
  const record = { timeUnixNano: ns(lastMs), body }
  await sandbox.post(
    '/v1/logs',
    JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }),
    OTLP_JSON,
  )
})

test.each(REJECTED_S)('X-Ray rejects a segment that starts at %d s', async (start) => {
  const answer = await sandbox.putSegments(segmentDocument({ start_time: start, end_time: start + 1 }))
  expect(await answer.json()).toMatchObject({ UnprocessedTraceSegments: [{ ErrorCode: 'InvalidStartTime' }] })
})

test('the newest request is first, and the slowest is first by duration', async () => {
  expect((await requests(''))[0]?.traceId).toBe(latest)
  expect((await requests('sort=start&text=GET')).every(({ startMs }) => startMs > 0)).toBe(true)
  const [first, second] = await requests('sort=duration')
  expect([first?.traceId, first?.durationMs]).toEqual([slowest, 60_000])
  // The rest of a trace that is partly right has its own range of time.
  expect(second?.durationMs).toBeLessThan(5_000)
})

test('every order and every page has every request', async () => {
  const all = new Set((await requests('')).map(({ traceId }) => traceId))
  expect(all.size).toBe(2 * Object.keys(WRONG_NS).length + WRONG_S.length + 2)
  for (const sort of ['start', 'duration', 'name', 'status', 'spans', 'services']) {
    for (const order of ['asc', 'desc']) {
      const seen: string[] = []
      for (let after = ''; ; ) {
        const page = RequestPage.parse(
          await read(`/sandbox/requests?limit=4&sort=${sort}&order=${order}${after}`),
        )
        seen.push(...page.requests.map(({ traceId }) => traceId))
        if (page.next === null) break
        after = `&after=${page.next}`
      }
      expect([...seen].toSorted(), `${sort} ${order}`).toEqual([...all].toSorted())
    }
  }
})

test('the chart spans minutes, not centuries', async () => {
  const { points, matching } = LatencyPoints.parse(await read('/sandbox/latency'))
  const starts = points.map(([startMs]) => startMs)
  expect(Math.max(...starts) - Math.min(...starts)).toBeLessThan(600_000)
  expect(matching).toBe((await requests('')).length)
  expect(points.find(([, , , traceId]) => traceId === slowest)?.[1]).toBe(60_000)
  expect(Math.max(...points.map(([, ms]) => ms))).toBe(60_000)
})

test('logs and errors: the latest first, each with a time that can be right', async () => {
  const { logs } = LogPage.parse(await read('/sandbox/logs'))
  expect(logs).toHaveLength(Object.keys(WRONG_NS).length + 1)
  expect(logs[0]?.body).toBe('latest')
  const { items, fromS, toS } = ErrorList.parse(await read('/sandbox/errors'))
  expect(items).toHaveLength(WRONG_S.length)
  for (const { firstS, lastS } of items)
    expect([firstS > NOW_MS / 1_000 - 60, lastS < NOW_MS / 1_000 + 600]).toEqual([true, true])
  expect(toS - fromS).toBeLessThan(2 * 3_600)
})

test('every other read answers', async () => {
  const question = {
    calculations: [
      { op: 'COUNT' },
      { op: 'MAX', column: 'duration_ms' },
      { op: 'HEATMAP', column: 'duration_ms' },
    ],
    time_range: 3_600,
  }
  const answers = await Promise.all([
    read('/sandbox/map'),
    read('/sandbox/wiring'),
    read('/sandbox/providers'),
    read('/sandbox/requests/menus'),
    read('/sandbox/metrics'),
    read('/sandbox/traces?limit=1000'),
    read('/sandbox/xray/response-times'),
    read('/sandbox/query?dataset=__all__', {
      method: 'POST',
      body: JSON.stringify(question),
      headers: JSON_TYPE,
    }),
    ...(await requests('')).flatMap(({ traceId }) => [
      read(`/sandbox/traces/${traceId}`),
      read(`/sandbox/traces/${traceId}/lenses`),
      read(`/sandbox/traces/${traceId}/peers`),
      read(`/sandbox/traces/${traceId}/twins`),
    ]),
  ])
  expect(answers.filter((answer) => JSON.stringify(answer).includes('NaN'))).toEqual([])
})
