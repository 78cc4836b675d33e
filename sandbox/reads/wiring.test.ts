import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ErrorRequests, TraceTwins, Wiring } from '../../contracts/sandbox/wiring.ts'
import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { type SandboxForTest, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { type SpanData, sendSegments, sendSpans } from '../../tests/harness/viewer-data.ts'

/** Long enough ago that all records have arrived. */
const START_MS = Date.now() - 3_600_000

let sandbox: SandboxForTest
beforeAll(async () => {
  sandbox = await sandboxForTest({ daemon: undefined })
})
afterAll(() => sandbox[Symbol.asyncDispose]())

interface Request {
  readonly service: string
  readonly path?: string
  readonly status?: number
  readonly startMs?: number
  readonly took?: number
  readonly traceId?: string
}

/** The server span that Flask's instrumentation sends. */
async function sendSpan(
  { service, path = '/api/x', status = 200, startMs = START_MS, took = 20, traceId = newTraceId() }: Request,
  more: Partial<SpanData> = {},
  at = sandbox,
) {
  const attributes = {
    'http.method': 'GET',
    'http.target': path,
    'http.host': 'localhost:4567',
    'http.status_code': status,
  }
  const span = {
    spanId: newSpanId(),
    name: `GET ${path}`,
    at: 0,
    took,
    kind: 2,
    isError: status >= 500,
    attributes,
    ...more,
  }
  await sendSpans(at, traceId, startMs, service, [span])
  return traceId
}

/** The segment that X-Ray's middleware for Flask sends. */
async function sendSegment(
  {
    service,
    path = '/api/x',
    status = 200,
    startMs = START_MS + 1,
    took = 18,
    traceId = newTraceId(),
  }: Request,
  more: object = {},
  at = sandbox,
) {
  await sendSegments(at, [
    {
      name: service,
      id: newSpanId(),
      trace_id: toXRayTraceId(traceId),
      start_time: startMs / 1_000,
      end_time: (startMs + took) / 1_000,
      http: { request: { method: 'GET', url: `http://localhost:4567${path}` }, response: { status } },
      ...(status >= 500 && { fault: true }),
      ...more,
    },
  ])
  return traceId
}

const read = async (path: string) => (await sandbox.ask(`/sandbox/${path}`)).json()
const twinsOf = async (traceId: string) => TraceTwins.parse(await read(`traces/${traceId}/twins`))

describe('two traces that look like one request', () => {
  test('are each other’s twins, with what they have in common', async () => {
    const honeycomb = await sendSpan({ service: 'two-ids' })
    const xray = await sendSegment({ service: 'two-ids' })
    const common = {
      honeycomb,
      xray,
      service: 'two-ids',
      request: 'GET /api/x',
      status: 200,
      startApartMs: 1,
      endApartMs: -1,
    }
    expect(await twinsOf(honeycomb)).toMatchObject({
      twins: [{ ...common, row: { traceId: xray, segments: 1, name: 'GET /api/x' } }],
      several: [],
    })
    expect(await twinsOf(xray)).toMatchObject({
      twins: [{ ...common, row: { traceId: honeycomb, spans: 1, name: 'GET /api/x' } }],
    })
  })

  test('also where the span has a parent in a browser, which began long before', async () => {
    const traceId = newTraceId()
    await sendSpans(sandbox, traceId, START_MS - 9_000, 'page', [
      { spanId: '1'.repeat(16), name: 'documentLoad', at: 0, took: 9_500 },
    ])
    await sendSpan({ service: 'behind-page', traceId }, { parentSpanId: '1'.repeat(16) })
    const xray = await sendSegment({ service: 'behind-page' })
    expect((await twinsOf(xray)).twins).toMatchObject([{ honeycomb: traceId }])
  })

  test('are none while the service’s other requests have one id', async () => {
    for (const before of [5, 4, 3, 2, 1]) {
      const whole = { service: 'whole', startMs: START_MS - before * 1_000, traceId: newTraceId() }
      await sendSpan(whole)
      await sendSegment(whole)
    }
    const span = await sendSpan({ service: 'whole' })
    const segment = await sendSegment({ service: 'whole' })
    for (const id of [span, segment])
      expect(await twinsOf(id)).toEqual({ twins: [], several: [], errors: [] })
  })

  test.each([
    ['in another process at the same time', -1_000],
    ['long before', -60_000],
    ['long after', 60_000],
  ])('are found where the service has one id %s', async (when, apartMs) => {
    const service = `whole ${when}`
    const whole = { service, startMs: START_MS + apartMs, traceId: newTraceId() }
    await sendSpan(whole)
    await sendSegment(whole)
    const span = await sendSpan({ service })
    await sendSegment({ service })
    expect((await twinsOf(span)).twins).toHaveLength(1)
  })

  test('are found where OpenTelemetry has no name for the service', async () => {
    const request = { path: '/without-name' }
    const span = await sendSpan({ service: 'unknown_service:python', ...request })
    await sendSegment({ service: 'backend-flask', ...request })
    expect((await twinsOf(span)).twins).toMatchObject([
      { service: 'unknown_service:python', segmentName: 'backend-flask' },
    ])
  })

  test('are none before their other records can have arrived', async () => {
    const startMs = Date.now() - 1_000
    const span = await sendSpan({ service: 'fresh', startMs })
    await sendSegment({ service: 'fresh', startMs })
    expect((await twinsOf(span)).twins).toEqual([])
  })

  test('are no longer any once a missing record has arrived', async () => {
    const span = await sendSpan({ service: 'late' })
    const segment = await sendSegment({ service: 'late' })
    expect((await twinsOf(span)).twins).toHaveLength(1)
    await sendSegment({ service: 'late', traceId: span })
    expect((await twinsOf(span)).twins).toEqual([])
    expect((await twinsOf(segment)).twins).toEqual([])
  })

  test('are not guessed where several fit', async () => {
    const spans = [await sendSpan({ service: 'busy' }), await sendSpan({ service: 'busy' })]
    const segments = [await sendSegment({ service: 'busy' }), await sendSegment({ service: 'busy' })]
    const { twins, several } = await twinsOf(spans[0] ?? '')
    expect(twins).toEqual([])
    expect(several.map(({ traceId }) => traceId).toSorted()).toEqual(segments.toSorted())
  })

  test('a gateway with segments only and the service behind it with spans only are two requests', async () => {
    const span = await sendSpan({ service: 'inner' })
    await sendSegment({ service: 'gateway', took: 22, startMs: START_MS - 1 })
    expect((await twinsOf(span)).twins).toEqual([])
  })

  test('an unknown trace, or one with records of both, has none', async () => {
    expect(await twinsOf(newTraceId())).toEqual({ twins: [], several: [], errors: [] })
    expect((await sandbox.ask('/sandbox/traces/x/twins')).status).toBe(400)
  })
})

test('the note counts rows and requests, and names services that reach one provider only', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  const none = { rows: 0, requests: 0, several: 0, examples: [], compared: 0, oneSided: [] }
  const readOwn = async () => Wiring.parse(await (await own.ask('/sandbox/wiring')).json())
  expect(await readOwn()).toEqual({ ...none, isAll: true, isComplete: true })
  for (let number = 0; number < 10; number++) {
    const startMs = START_MS + number * 1_000
    await sendSpan({ service: 'no-xray', startMs, path: '/only' }, {}, own)
    if (number > 2) continue
    await sendSpan({ service: 'two-ids', startMs }, {}, own)
    await sendSegment({ service: 'two-ids', startMs: startMs + 1 }, {}, own)
  }
  const wiring = await readOwn()
  expect(wiring).toMatchObject({
    rows: 6,
    requests: 3,
    several: 0,
    compared: 16,
    isAll: true,
    isComplete: true,
  })
  expect(wiring.examples.map(({ service, startApartMs }) => [service, startApartMs])).toEqual(
    Array(3).fill(['two-ids', 1]),
  )
  expect(wiring.oneSided).toEqual([
    { service: 'no-xray', only: 'honeycomb', requests: 10, isSoFar: false, sinceMs: null },
  ])

  // A service that has just been started, and one that reached both until its X-Ray exporter failed.
  await sendSpan({ service: 'new' }, {}, own)
  await sendSpan({ service: 'arriving', startMs: Date.now() }, {}, own)
  const whole = { service: 'was-whole', startMs: START_MS + 30_000, traceId: newTraceId() }
  await sendSpan(whole, {}, own)
  await sendSegment(whole, {}, own)
  await sendSpan({ ...whole, startMs: START_MS, traceId: newTraceId() }, {}, own)
  for (const afterMs of [1_000, 2_000]) {
    await sendSpan({ service: 'was-whole', startMs: whole.startMs + afterMs, path: '/late' }, {}, own)
  }
  const named = async () => (await readOwn()).oneSided.filter(({ service }) => service !== 'no-xray')
  const few = { only: 'honeycomb', isSoFar: true }
  expect(await named(), 'two may have been lost').toEqual([
    { ...few, service: 'new', requests: 1, sinceMs: null },
  ])
  await sendSpan({ service: 'was-whole', startMs: whole.startMs + 3_000, path: '/late' }, {}, own)
  expect(await named()).toEqual([
    { ...few, service: 'was-whole', requests: 3, sinceMs: whole.startMs },
    { ...few, service: 'new', requests: 1, sinceMs: null },
  ])
})

describe('an occurrence without a trace id', () => {
  const occur = async (url: string, atMs = START_MS, method = 'GET') => {
    const data = {
      environment: 'test',
      fingerprint: `${method} ${url}`,
      timestamp: Math.floor(atMs / 1_000),
      body: { trace: { frames: [], exception: { class: 'Error', message: `at ${url}` } } },
      request: { url, method },
    }
    const answer = await sandbox.post('/api/1/item/', JSON.stringify({ data }), {
      'x-rollbar-access-token': 'x',
    })
    expect(answer.status).toBe(200)
  }
  /** Of the item with this message. */
  const requestsOf = async (message: string) => {
    const { items } = await read('errors')
    const { id } = items.find(({ title }: { title: string }) => title.includes(message))
    return ErrorRequests.parse(await read(`errors/${id}/requests?oldest=0&newest=1000`)).found
  }

  test('is of the failed request with its method and path at its time, in both of its rows', async () => {
    const request = { service: 'failing', path: '/fails', status: 500, took: 1_500 }
    const rows = [await sendSpan(request), await sendSegment(request)]
    await sendSpan({ ...request, service: 'ok', status: 200 })
    await sendSpan({ ...request, service: 'later', startMs: START_MS + 20_000 })
    await occur('http://localhost:4567/fails?page=1', START_MS + 1_000)
    const [found] = await requestsOf('/fails?page=1')
    expect(found?.rows.map(({ traceId }) => traceId).toSorted()).toEqual(rows.toSorted())
    expect(found?.isSeveral).toBe(false)
    for (const id of rows) {
      expect((await twinsOf(id)).errors).toMatchObject([
        { title: expect.stringContaining('/fails'), isSeveral: false },
      ])
    }
  })

  test('is of several where more than one failed', async () => {
    const request = { service: 'failing-often', path: '/often', status: 500 }
    const one = await sendSpan(request)
    await sendSpan({ ...request, startMs: START_MS + 300 })
    await occur('http://localhost:4567/often')
    expect(await requestsOf('/often')).toMatchObject([{ rows: { length: 2 }, isSeveral: true }])
    expect((await twinsOf(one)).errors).toMatchObject([{ isSeveral: true }])
  })

  test.each([
    ['another method', '/method', 'POST', START_MS],
    ['another time', '/time', 'GET', START_MS + 30_000],
    ['another path', '/other/path', 'GET', START_MS],
  ])('with %s is of none', async (_, path, method, atMs) => {
    const traceId = await sendSpan({ service: 'fails', path: path.replace('/other', ''), status: 500 })
    await occur(`http://localhost${path}`, atMs, method)
    expect(await requestsOf(`localhost${path}`)).toEqual([])
    expect((await twinsOf(traceId)).errors).toEqual([])
  })

  test('a request that has an item gets no further one', async () => {
    const traceId = await sendSpan({ service: 'named', path: '/named', status: 500 })
    const data = {
      environment: 'test',
      body: { trace: { frames: [], exception: { class: 'Error', message: 'named' } } },
      custom: { trace_id: traceId },
    }
    await sandbox.post('/api/1/item/', JSON.stringify({ data }), { 'x-rollbar-access-token': 'x' })
    await occur('http://localhost/named')
    expect((await twinsOf(traceId)).errors).toEqual([])
  })

  test('ids that are no numbers are a 400', async () => {
    expect((await sandbox.ask('/sandbox/errors/1/requests?oldest=x&newest=1')).status).toBe(400)
  })
})
