import Rollbar from 'rollbar'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { JSON_TYPE, sandboxForTest, TRACE_ID, XRAY_TRACE_ID } from '../../tests/harness/sandbox.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { createRateWindow } from './item-route.ts'

const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

const TOKEN = { 'x-rollbar-access-token': 'any-token' }
const send = (payload: unknown, headers: Record<string, string> = TOKEN) =>
  sandbox.post('/api/1/item/', typeof payload === 'string' ? payload : JSON.stringify(payload), {
    ...JSON_TYPE,
    ...headers,
  })
const INSTANCE = z.looseObject({ data: z.looseObject({ uuid: z.string() }) })
const RESULT = z.looseObject({
  id: z.number().optional(),
  counter: z.number().optional(),
  total_count: z.number().optional(),
  items: z.array(z.looseObject({ counter: z.number() })).default([]),
  instances: z.array(INSTANCE).default([]),
})
const ANSWER = z.looseObject({ result: RESULT.optional() })
const read = async (path: string) => {
  const response = await sandbox.ask(path, { headers: TOKEN })
  return { status: response.status, body: ANSWER.parse(await response.json()) }
}
const message = (text: string, more: Record<string, unknown> = {}) => ({
  data: { environment: 'production', body: { message: { body: text } }, ...more },
})

describe('POST /api/1/item/', () => {
  test('stores what rollbar.js sends, and returns it by its uuid', async () => {
    // rollbar.js sends the source around the error along, so that the token must not stand there.
    const accessToken = ['secret', 'token'].join('-')
    const rollbar = new Rollbar({ accessToken, endpoint: `${sandbox.url}/api/1/item/` })
    const failure = new TypeError('no such handle')
    const { uuid } = rollbar.error(failure, { trace_id: TRACE_ID })
    const { body } = await eventually(
      () => read(`/api/1/instance/${uuid}`),
      ({ status }) => status === 200,
    )
    expect(body).toMatchObject({
      err: 0,
      result: { item_id: expect.any(Number), data: { uuid, level: 'error' } },
    })
    expect(JSON.stringify(body)).toContain('no such handle')
    expect(JSON.stringify(body)).not.toContain(accessToken)

    const item = await read(`/api/1/item/${uuid}`)
    expect(item.body.result).toMatchObject({ title: 'TypeError: no such handle', total_occurrences: 1 })
    const trace = await sandbox.trace(XRAY_TRACE_ID)
    expect(trace.rollbar.items).toMatchObject([{ data: { uuid } }])
    expect(trace.honeycomb.spans).toEqual([])

    // With a text beside the error it is one shape still.
    const { uuid: both } = rollbar.error('a text beside it', failure)
    await eventually(
      () => read(`/api/1/instance/${both}`),
      ({ status }) => status === 200,
    )
  })

  test('accepts each shape of a body, the token in the body, and the trace id in each of its places', async () => {
    const exception = { class: 'E', message: 'm' }
    const bodies = [
      { trace: { exception, frames: [{ filename: 'a.ts', lineno: 1, method: 'f' }] } },
      { trace_chain: [{ exception, frames: [], extra: { traceId: 'a'.repeat(32) } }] },
      { message: { body: 'hello', extra: { trace_id: `1-${'a'.repeat(8)}-${'a'.repeat(24)}` } } },
      { crash_report: { raw: 'crash\nat 1' } },
    ]
    for (const body of bodies) {
      const data = { environment: 'test', body, custom: { access_token: 'in-custom' } }
      const response = await send({ access_token: 'in-body', data }, {})
      expect(await response.json()).toEqual({ err: 0, result: { id: null, uuid: expect.any(String) } })
      expect(response.headers.get('x-rate-limit-remaining')).toMatch(/^\d+$/)
    }
    const trace = await sandbox.trace('a'.repeat(32))
    expect(trace.rollbar.items).toHaveLength(2)
    const all = await read('/api/1/instances')
    expect(JSON.stringify(all.body)).not.toMatch(/in-body|in-custom/)
  })

  test('two errors of one kind are one item; the same uuid is one occurrence', async () => {
    for (const uuid of ['u-1', 'u-2', 'u-2']) {
      await send(message('twice', { uuid, fingerprint: 'same', level: 'critical' }))
    }
    const item = (await read('/api/1/item/u-2')).body.result
    expect(item).toMatchObject({ title: 'twice', level: 'critical', total_occurrences: 2 })
    const instances = (await read(`/api/1/item/${item?.id}/instances/`)).body.result?.instances
    expect(instances?.map(({ data }) => data.uuid)).toEqual(['u-2', 'u-1'])
    const items = (await read('/api/1/items/?level=critical')).body.result
    expect([items?.total_count, items?.items[0]?.counter]).toEqual([1, item?.counter])
    expect((await read(`/api/1/item_by_counter/${item?.counter}`)).body.result?.id).toBe(item?.id)
  })

  test.each([
    ['what is no JSON', 400, '{', TOKEN],
    ['a list', 400, '[]', TOKEN],
    ['no token', 401, message('x'), {}],
    ['an empty token', 401, { ...message('x'), access_token: ' ' }, {}],
    ['no data', 422, {}, TOKEN],
    ['no environment', 422, { data: { body: { message: { body: 'x' } } } }, TOKEN],
    ['no body', 422, { data: { environment: 'e' } }, TOKEN],
    ['a body of no known shape', 422, { data: { environment: 'e', body: { text: 'x' } } }, TOKEN],
    [
      'a body of two shapes',
      422,
      { data: { environment: 'e', body: { message: { body: 'x' }, crash_report: { raw: 'x' } } } },
      TOKEN,
    ],
    [
      'a trace without frames',
      422,
      { data: { environment: 'e', body: { trace: { exception: { class: 'E' } } } } },
      TOKEN,
    ],
    ['more than 1 MiB', 413, message('x'.repeat(1024 * 1024)), TOKEN],
  ])('answers %s with %i', async (_what, status, payload, headers) => {
    const response = await send(payload, headers)
    expect([response.status, await response.json()]).toEqual([
      status,
      { err: 1, message: expect.any(String) },
    ])
  })
})

describe('reads', () => {
  test('ping says pong', async () => {
    expect(await (await sandbox.ask('/api/1/status/ping')).text()).toBe('pong')
  })

  test.each([
    ['/api/1/instance/none', 404],
    ['/api/1/instance/999999', 404],
    ['/api/1/item/none', 404],
    ['/api/1/items?page=0', 400],
  ])('%s is %i', async (path, status) => {
    expect(await read(path)).toEqual({ status, body: { err: 1, message: expect.any(String) } })
  })

  test('items are found by status, ids and words of the title', async () => {
    for (const uuid of ['f-1', 'f-2']) await send(message(`Filtered ${uuid}`, { uuid }))
    const [first, second] = await Promise.all(
      ['f-1', 'f-2'].map(async (uuid) => (await read(`/api/1/item/${uuid}`)).body.result?.id),
    )
    const counters = async (query: string) =>
      (await read(`/api/1/items/?${query}`)).body.result?.items
        .map(({ counter }) => counter)
        .sort((a, b) => a - b)
    expect(await counters(`ids=${first},${second}&status=active`)).toEqual([first, second])
    expect(await counters('query=filtered%20F-2')).toEqual([second])
    expect(await counters('status=resolved')).toEqual([])
    expect((await read('/api/1/items?ids=one')).status).toBe(400)
  })

  test('a wrong method is a 405 in Rollbar’s shape', async () => {
    const response = await sandbox.post('/api/1/items/', '{}', TOKEN)
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET'])
    expect(await response.json()).toEqual({ err: 1, message: expect.stringMatching(/takes GET/) })
  })

  test('a read needs a token', async () => {
    expect((await sandbox.ask('/api/1/items')).status).toBe(401)
    expect((await sandbox.ask('/api/1/items?access_token=any')).status).toBe(200)
  })
})

test('the rate limit counts within its minute', () => {
  const rate = createRateWindow(2)
  expect([1, 2, 3].map(() => rate.take(1_000).isAllowed)).toEqual([true, true, false])
  expect(rate.take(61_000)).toMatchObject({ isAllowed: true, headers: { 'x-rate-limit-remaining': '1' } })
})
