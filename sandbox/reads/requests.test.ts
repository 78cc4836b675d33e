import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LatencyPoints, RequestMenus, RequestPage, TracePeers } from '../../contracts/sandbox/lists.ts'
import { newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { OTLP_JSON, type SandboxForTest, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { eventually } from '../../tests/harness/wait-for.ts'

const START_MS = 1_763_800_000_000
/** A cursor whose key is not of its order. */
const WRONG_KEY = `sort=duration&after=${Buffer.from('["duration","abc",1,1]').toString('base64url')}`
const idOf = (number: number) => `6921f3a0${String(number).padStart(24, '0')}`

interface SpanData {
  readonly name?: string
  readonly tookMs?: number
  readonly attributes?: Readonly<Record<string, string>>
  readonly isFailed?: boolean
  readonly service?: string
}

/** A trace with one span, which starts as many seconds after the first as its number says. */
async function putSpan(at: SandboxForTest, number: number, data: SpanData = {}): Promise<void> {
  const { name = 'GET /', tookMs = 10, attributes = {}, isFailed = false, service = 'api' } = data
  const startMs = START_MS + number * 1_000
  const span = {
    traceId: idOf(number),
    name,
    startTimeUnixNano: `${startMs}000000`,
    endTimeUnixNano: `${startMs + tookMs}000000`,
    attributes: Object.entries(attributes).map(([key, stringValue]) => ({ key, value: { stringValue } })),
    ...(isFailed && { status: { code: 2 } }),
  }
  expect((await at.postSpan(span, service)).status).toBe(200)
}

async function putSegment(at: SandboxForTest, number: number, fields: object): Promise<void> {
  const startS = START_MS / 1_000 + number
  const segment = {
    name: 'api',
    id: '1'.repeat(16),
    trace_id: toXRayTraceId(idOf(number)),
    start_time: startS,
    end_time: startS + 0.1,
    ...fields,
  }
  expect((await at.putSegments(JSON.stringify(segment))).status).toBe(200)
}

const ask = async (at: SandboxForTest, path: string, query: Record<string, string> = {}) =>
  (await at.ask(`/sandbox/${path}?${new URLSearchParams(query)}`)).json()

/** Numbers of the traces in the list. `between` runs after each page. */
async function list(
  at: SandboxForTest,
  query: Record<string, string>,
  between = async () => {},
): Promise<number[]> {
  const ids: string[] = []
  for (let after: string | null = ''; after !== null; ) {
    const page: RequestPage = RequestPage.parse(await ask(at, 'requests', { ...query, after }))
    ids.push(...page.requests.map(({ traceId }) => traceId))
    after = page.next
    await between()
  }
  return ids.map((traceId) => Number(traceId.slice(8)))
}

test('a page continues behind the last row of the one before, whatever arrives in between', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  // Only four different durations, so that many are equal.
  const tookMs = (number: number) => 100 * (number % 4)
  let sent = 0
  const send = async () => putSpan(own, ++sent, { tookMs: tookMs(sent) })
  while (sent < 24) await send()
  const found = await list(own, { sort: 'duration', limit: '5' }, send)
  const first = found.filter((number) => number <= 24)
  expect(first.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 24 }, (_, index) => index + 1))
  expect(new Set(found).size).toBe(found.length)
  expect(found.map(tookMs)).toEqual(found.map(tookMs).toSorted((a, b) => b - a))
})

test('rows of another order are those of the default one', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  await putSpan(own, 1, { tookMs: 20, attributes: { 'http.response.status_code': '404' } })
  await putSpan(own, 2, { tookMs: 30, isFailed: true })
  await putSegment(own, 2, { http: { response: { status: 500 } } })
  const read = async (query: Record<string, string>) =>
    RequestPage.parse(await ask(own, 'requests', query)).requests
  const [newest, oldest] = await read({})
  expect(await read({ sort: 'status', order: 'asc' })).toEqual([oldest, newest])
  expect(await read({ sort: 'start', order: 'asc' })).toEqual([oldest, newest])
  expect(await read({ text: 'api' })).toEqual([newest, oldest])
  expect([newest?.status, oldest?.status]).toEqual([500, 404])
})

test('a page with rare requests is full, though the main thread does not look through all of them', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  const count = 6_000
  const spans = Array.from({ length: count }, (_, index) => ({
    traceId: idOf(index + 1),
    spanId: '1'.repeat(16),
    name: index % 1_999 === 0 ? 'GET /rare' : 'GET /',
    startTimeUnixNano: `${START_MS + index}000000`,
    endTimeUnixNano: `${START_MS + index}000000`,
  }))
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
  expect((await own.post('/v1/traces', body, OTLP_JSON)).status).toBe(200)
  const page = RequestPage.parse(await ask(own, 'requests', { route: 'GET /rare' }))
  expect(page.requests.map(({ traceId }) => Number(traceId.slice(8)))).toEqual([5_998, 3_999, 2_000, 1])
  expect(page.next).toBeNull()
})

describe('of a store with each kind of record', () => {
  let sandbox: SandboxForTest
  beforeAll(async () => {
    sandbox = await sandboxForTest({ daemon: undefined })
    await putSpan(sandbox, 1, {
      name: 'GET /x',
      attributes: { 'http.route': '/api/x', 'app.user.plan': 'pro' },
    })
    await putSpan(sandbox, 2, { name: 'GET /y', attributes: { 'db.query.text': 'SELECT uuid FROM users' } })
    await putSpan(sandbox, 3, { name: 'GET /x', tookMs: 900, service: 'profiles' })
    await putSegment(sandbox, 4, { annotations: { user_id: 'maya' }, metadata: { app: { cart: ['book'] } } })
    await putSegment(sandbox, 5, { annotations: { user_id: 'andrew' }, fault: true })
    const item = {
      data: {
        environment: 'test',
        body: { trace: { frames: [], exception: { class: 'Error', message: 'out of coffee' } } },
        custom: { trace_id: idOf(5) },
      },
    }
    // One that SQLite's JSON functions reject.
    const deep = JSON.stringify(item)
      .replace('out of coffee', 'x')
      .replace('"custom":{', `"custom":{"deep":${'['.repeat(2_000)}${']'.repeat(2_000)},`)
    for (const body of [JSON.stringify(item), deep]) {
      const answer = await sandbox.post('/api/1/item/', body, { 'x-rollbar-access-token': 'x' })
      expect(answer.status).toBe(200)
    }
    const record = {
      traceId: idOf(2),
      timeUnixNano: `${START_MS}000000`,
      body: { stringValue: 'cache miss' },
      attributes: [{ key: 'cache.key', value: { stringValue: 'feed:42' } }],
    }
    const logs = { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }
    await sandbox.post('/v1/logs', JSON.stringify(logs), OTLP_JSON)
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  test.each([
    ['/api/x', [1]],
    ['http.route', [1]],
    ['http.route=/api/x', [1]],
    ['http.route=/api', []],
    ['http.route:/API', [1]],
    ['plan=pro x', [1]],
    ['app.user.plan = pro', [1]],
    ['plan = free', []],
    ['GET /x', [3, 1]],
    ['"get /x"', [3, 1]],
    ['db.query.text:"select uuid"', [2]],
    ['cache.key', [2]],
    ['MISS feed:42', [2]],
    ['user.id=maya', [4]],
    ['user_id', [5, 4]],
    ['book', [4]],
    ['coffee', [5]],
    ['coffee andrew', [5]],
    ['coffee maya', []],
    ['profiles', [3]],
    [idOf(3), [3]],
  ])('the words %s find requests', async (text, expected) => {
    expect(await list(sandbox, { text })).toEqual(expected)
  })

  test('menus have every service and route among the requests that match the other filters', async () => {
    const menus = async (query: Record<string, string>) =>
      RequestMenus.parse(await ask(sandbox, 'requests/menus', query))
    expect(await menus({ service: 'profiles' })).toEqual({
      services: [
        { name: 'api', count: 4 },
        { name: 'profiles', count: 1 },
      ],
      routes: [
        { name: 'GET /x', count: 1 },
        { name: 'GET /y', count: 0 },
        { name: 'api', count: 0 },
      ],
      serviceCount: 2,
      routeCount: 3,
      matching: 1,
      stored: 5,
      p95Ms: 900,
      longestMs: 900,
      isComplete: true,
    })
    // Where nothing matches, another service can be chosen.
    const { services } = await menus({ min: '100000' })
    expect(services.map(({ name, count }) => [name, count])).toEqual([
      ['api', 0],
      ['profiles', 0],
    ])
    expect(await menus({ filter: 'annotation.user_id = "maya"' })).toMatchObject({
      services: [
        { name: 'api', count: 1 },
        { name: 'profiles', count: 0 },
      ],
      matching: 1,
    })
    expect(await menus({ text: 'coffee', status: 'error' })).toMatchObject({ matching: 1 })
  })

  test('the chart has what matches', async () => {
    const points = LatencyPoints.parse(await ask(sandbox, 'latency', { route: 'GET /x' }))
    expect(points).toEqual({
      points: [
        [START_MS + 1_000, 10, 0, idOf(1)],
        [START_MS + 3_000, 900, 0, idOf(3)],
      ],
      matching: 2,
      isComplete: true,
    })
  })

  test('a filter expression is combined with an order', async () => {
    const query = { filter: 'annotation.user_id BEGINSWITH "" OR fault', sort: 'items', limit: '1' }
    expect(await list(sandbox, query)).toEqual([5, 4])
  })

  test('the peers of a slow request are a fast one of its route, with the row that the list has', async () => {
    const peers = TracePeers.parse(await ask(sandbox, `traces/${idOf(3)}/peers`))
    const { requests } = RequestPage.parse(await ask(sandbox, 'requests', { text: 'http.route' }))
    expect(peers).toEqual({ route: 'GET /x', count: 1, p50Ms: 10, p95Ms: 900, fast: requests[0], slow: null })
    expect((await sandbox.ask(`/sandbox/traces/${idOf(9)}/peers`)).status).toBe(404)
  })

  test.each([
    'sort=teapot',
    'order=up',
    'sort=name&after=1_2',
    'after=x',
    WRONG_KEY,
    `text=${'a+'.repeat(31)}`,
  ])('%s is a 400', async (query) => {
    expect((await sandbox.ask(`/sandbox/requests?${query}`)).status).toBe(400)
  })
})

test('the live feed sends requests with the words, and those of which a segment was replaced', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  let text = ''
  const feed = await own.ask('/sandbox/live?text=plan%3Dpro')
  const ended = (async () => {
    for await (const chunk of feed.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk
  })()
  const hasText = (part: string) =>
    eventually(
      () => text,
      (received) => received.includes(part),
    )
  await hasText('event: hello')
  await putSpan(own, 1, { attributes: { 'app.user.plan': 'free' } })
  await putSegment(own, 2, { end_time: undefined, in_progress: true, annotations: { plan: 'free' } })
  await putSpan(own, 3, { attributes: { 'app.user.plan': 'pro' } })
  await hasText(idOf(3))
  await putSegment(own, 2, { annotations: { plan: 'pro' } })
  await hasText(idOf(2))
  expect(text).not.toContain(idOf(1))
  await own.close()
  await ended
})

test('a segment in progress that arrives after its end moves the request in no list', async () => {
  await using sandbox = await sandboxForTest()
  const start_time = Math.floor(Date.now() / 1_000) - 10
  const finished = { id: '1'.repeat(16), trace_id: toXRayTraceId(newTraceId()), name: 'api', start_time }
  const list = async () => (await sandbox.ask('/sandbox/requests')).json()
  await sandbox.putSegments(JSON.stringify({ ...finished, end_time: start_time + 1 }))
  const before = await list()
  expect(before).toMatchObject({ requests: [{ segments: 1 }] })
  await sandbox.putSegments(JSON.stringify({ ...finished, start_time: start_time - 5, in_progress: true }))
  expect(await list()).toEqual(before)
})
