import { afterAll, expect, test } from 'vitest'
import { ErrorDetail, ErrorList } from '../../contracts/sandbox/lists.ts'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import { JSON_TYPE, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { sendError, sendRequest, sendSpans } from '../../tests/harness/viewer-data.ts'

const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

const TOKEN = { ...JSON_TYPE, 'x-rollbar-access-token': 'any' }
const list = async () => ErrorList.parse(await (await sandbox.ask('/sandbox/errors')).json())
const send = async (data: object) => {
  const body = JSON.stringify({ data: { environment: 'test', ...data } })
  expect((await sandbox.post('/api/1/item/', body, TOKEN)).status).toBe(200)
}
const itemNamed = async (title: string) => (await list()).items.find((item) => item.title === title)

test('items with the same title differ by the route and the place of their last occurrence', async () => {
  const failure = (fingerprint: string, context: string, lineno: number) => ({
    fingerprint,
    context,
    request: { method: 'GET', url: 'http://localhost/api/7' },
    server: { root: '/app' },
    body: {
      trace: {
        exception: { class: 'E', message: 'same' },
        frames: [{ filename: '/app/api/home.ts', lineno, method: 'load' }],
      },
    },
  })
  await send(failure('one', '/api/:id', 12))
  await send(failure('one', '/api/:id', 13))
  await send(failure('two', '/api/:other', 40))
  expect((await list()).items.filter(({ title }) => title === 'E: same')).toMatchObject([
    { route: 'GET /api/:other', place: 'api/home.ts:40 in load', total: 1 },
    { route: 'GET /api/:id', place: 'api/home.ts:13 in load', total: 2 },
  ])
})

test('without a route of its own, an item has the name of its trace’s root', async () => {
  const { traceId } = await sendRequest(sandbox, { fails: true, route: '/rooted' })
  const item = (await list()).items.find(({ lastTraceId }) => lastTraceId === traceId)
  expect(item).toMatchObject({ route: 'GET /rooted', place: 'backend/api/rollbar-test.ts:13 in handle' })
  const detail = ErrorDetail.parse(await (await sandbox.ask(`/sandbox/errors/${item?.id}`)).json())
  expect(detail.item).toMatchObject({ route: 'GET /rooted', place: item?.place })
})

test('without a trace, it has its request’s method and path; without a stack, no place', async () => {
  const request = { method: 'POST', url: '/api/messages?x=1' }
  await send({ request, body: { message: { body: 'lonely' } } })
  expect(await itemNamed('lonely')).toMatchObject({
    route: 'POST /api/messages',
    place: '',
    lastTraceId: null,
  })
  const traceId = newTraceId()
  await send({ custom: { trace_id: traceId }, body: { message: { body: 'before its trace' } } })
  expect(await itemNamed('before its trace')).toMatchObject({ route: '', lastTraceId: traceId })
  const spans = [{ spanId: newSpanId(), name: 'GET /late', at: 0, took: 1 }]
  await sendSpans(sandbox, traceId, Date.now(), 'api', spans)
  expect(await itemNamed('before its trace')).toMatchObject({ route: 'GET /late' })
})

test('a time in milliseconds neither tops the list nor squeezes the histograms', async () => {
  await send({ timestamp: Date.now(), body: { message: { body: 'year 58,000' } } })
  await send({ timestamp: 1, body: { message: { body: 'the year 1970' } } })
  await sendError(sandbox, { traceId: newTraceId(), spanId: newSpanId(), atMs: Date.now() + 5_000 })
  const { items, fromS, toS } = await list()
  expect(items[0]?.title).toBe('DeliberateError: deliberate test error')
  expect(toS - fromS).toBeLessThan(3_700)
})
