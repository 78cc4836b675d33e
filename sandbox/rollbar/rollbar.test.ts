import { createHash } from 'node:crypto'
import Rollbar from 'rollbar'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ErrorDetail, ErrorList } from '../../contracts/sandbox/lists.ts'
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

  test('values that are nested too deeply are a 422', async () => {
    const depth = 10_000
    const body = JSON.stringify(message('deep', { custom: { deep: 0 } }))
    const deep = body.replace('"deep":0', `"deep":${'['.repeat(depth)}${']'.repeat(depth)}`)
    const answer = await sandbox.post('/api/1/item/', deep, { 'x-rollbar-access-token': 'x' })
    expect(answer.status).toBe(422)
    expect(await answer.json()).toEqual({ err: 1, message: 'values are nested too deeply' })
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

const EXCEPTION = {
  environment: 'production',
  body: {
    trace: {
      exception: { class: 'E', message: 'm' },
      frames: [{ filename: 'a.ts', lineno: 1, method: 'f', code: 'f()', context: { pre: [], post: [] } }],
    },
  },
}
/** Each field of Rollbar's reference, and those that are answered 422 where they have another type. */
const FIELDS =
  `body.telemetry code_version platform language framework context request request.url request.method
  person person.id server server.root client custom custom.trace_id fingerprint title uuid notifier notifier.name level
  timestamp body.trace.extra body.trace.exception.class body.trace.exception.message
  body.trace.exception.description body.trace.frames.0.filename body.trace.frames.0.lineno
  body.trace.frames.0.method body.trace.frames.0.code body.trace.frames.0.context
  body.trace.frames.0.context.pre`.split(/\s+/)
const TYPED = `body.telemetry platform framework context fingerprint title uuid level body.trace.extra
  body.trace.exception.class body.trace.exception.message body.trace.frames.0.filename
  body.trace.frames.0.method`.split(/\s+/)
const VALUES = [null, 7, -1.5, 1e300, true, '', 'x'.repeat(30), [], [{}], {}, { a: { b: [] } }]

/** The data with one field replaced. */
function withField(path: string, value: unknown): unknown {
  const replaceIn = (at: unknown, [name, ...rest]: readonly string[]): unknown => {
    if (name === undefined) return value
    const before = typeof at === 'object' && at !== null ? (at as Record<string, unknown>) : {}
    if (Array.isArray(at)) return at.with(Number(name), replaceIn(at[Number(name)], rest))
    return { ...before, [name]: replaceIn(before[name], rest) }
  }
  return replaceIn({ ...EXCEPTION, fingerprint: path }, path.split('.'))
}

describe('items of SDKs that are not as the reference says', () => {
  test('whatever a field has, the item is stored or answered 422, and every list goes on', async () => {
    await using other = await sandboxForTest({ daemon: undefined })
    for (const path of FIELDS) {
      const answers = VALUES.map(async (value) => {
        const payload = JSON.stringify({ data: withField(path, value) })
        const response = await other.post('/api/1/item/', payload, { ...JSON_TYPE, ...TOKEN })
        const what = `${path} = ${JSON.stringify(value)}`
        const { message } = z.looseObject({ message: z.string().default('') }).parse(await response.json())
        expect([200, TYPED.includes(path) ? 422 : 200], what).toContain(response.status)
        if (response.status === 422) expect(message, what).toMatch(/^Invalid format\. data\.\S+ \S/)
      })
      await Promise.all(answers)
    }
    const { items } = ErrorList.parse(await (await other.ask('/sandbox/errors')).json())
    expect(items.length).toBeGreaterThan(FIELDS.length / 2)
    for (const { id } of items) {
      ErrorDetail.parse(await (await other.ask(`/sandbox/errors/${id}`)).json())
    }
    for (const path of ['/sandbox/requests', '/api/1/items', '/api/1/instances', '/sandbox/map']) {
      expect((await other.ask(path, { headers: TOKEN })).status, path).toBe(200)
    }
  })

  test.each([
    ['data.level should be string.', { level: {} }],
    ['data.context should be string.', { context: {} }],
    ['data.body.telemetry should be array.', { body: { message: { body: 'x' }, telemetry: '[]' } }],
    [
      'data.body.trace.frames[0].filename should be string.',
      { body: { trace: { exception: { class: 'E' }, frames: [{ filename: 7 }] } } },
    ],
    [
      'data.body must contain exactly one of trace, trace_chain, message, crash_report.',
      { body: { message: { body: 'x' }, crash_report: { raw: 'x' } } },
    ],
  ])('a 422 says: Invalid format. %s', async (reason, data) => {
    const response = await send(message('typed', data))
    expect([response.status, await response.json()]).toEqual([
      422,
      { err: 1, message: `Invalid format. ${reason}` },
    ])
  })

  const NOW_S = Math.floor(Date.now() / 1_000)
  test.each([
    ['seconds', NOW_S - 60, 60],
    ['fractions of a second, as rollbar-java', NOW_S - 60 + 0.258, 60],
    ['a text', String(NOW_S - 60), 60],
    ['ms', (NOW_S - 60) * 1e3 + 7, 60],
    ['µs', (NOW_S - 60) * 1e6 + 7, 60],
    ['ns', (NOW_S - 60) * 1e9, 60],
    ['tomorrow’s tomorrow', NOW_S + 2 * 86_400, 0],
    ['the year 1970', 1, 0],
    ['no time', 'yesterday', 0],
    ['nothing', undefined, 0],
  ])('a time in %s is read; else it is that of the arrival', async (what, timestamp, agoS) => {
    await send(message('timed', { timestamp, uuid: `t-${what}`.slice(0, 36) }))
    const instances = (await read('/api/1/instances')).body.result?.instances ?? []
    const { timestamp: seen } = z.looseObject({ timestamp: z.number() }).parse(instances[0])
    expect(Number.isInteger(seen)).toBe(true)
    expect(Math.abs(seen - (NOW_S - agoS))).toBeLessThan(30)
  })

  test.each([
    ['error', EXCEPTION, undefined],
    ['info', message('leveled').data, undefined],
    ['info', message('leveled').data, null],
    ['error', EXCEPTION, 'fatal'],
    ['info', message('leveled').data, 'warn'],
    ['warning', message('leveled').data, 'warning'],
  ])('the level is %s for %j at level %j', async (level, data, sent) => {
    const uuid = `l-${level}-${sent}-${'trace' in data.body}`
    await send({ data: { ...data, level: sent, fingerprint: uuid, uuid } })
    expect((await read(`/api/1/item/${uuid}`)).body.result).toMatchObject({ level })
    expect((await read(`/api/1/instance/${uuid}`)).body.result).toMatchObject({ data: { level } })
  })

  test('the payload may be a form’s field, and curl’s form that is none', async () => {
    const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
    const json = JSON.stringify({ access_token: 'in-body', ...message('a & b = ü', { uuid: 'form' }) })
    const form = new URLSearchParams({ payload: json }).toString()
    const post = (body: string, headers: Record<string, string>) =>
      sandbox.post('/api/1/item/', body, headers)
    expect((await post(form, FORM)).status).toBe(200)
    expect((await read('/api/1/item/form')).body.result).toMatchObject({ title: 'a & b = ü' })
    expect((await post(json, FORM)).status).toBe(200)
    expect((await post('payload=%7B', FORM)).status).toBe(400)
    expect((await post('other=1', FORM)).status).toBe(400)
    expect(
      (await post(form, { ...FORM, 'content-type': `${FORM['content-type']}; charset=utf-8` })).status,
    ).toBe(200)
  })

  test('a long fingerprint is its SHA-1, and the trace id may be a field of the message', async () => {
    const fingerprint = 'f'.repeat(41)
    const traceId = 'b'.repeat(32)
    const body = { message: { body: 'long', trace_id: traceId } }
    await send(message('', { body, fingerprint, uuid: 'long' }))
    expect((await read('/api/1/item/long')).body.result).toMatchObject({
      hash: createHash('sha1').update(fingerprint).digest('hex'),
    })
    expect((await sandbox.trace(traceId)).rollbar.items).toHaveLength(1)
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
