import { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { suppressTracing } from '@opentelemetry/core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { always, ProviderServer } from '../../../../tests/harness/provider-server.ts'
import { copyError } from '../../errors/reported-error.ts'
import { followRoutes } from '../../instrumentation/express-routes.ts'
import { createScrub } from '../../privacy/scrub.ts'
import { Delivery } from '../delivery.ts'
import { createErrorReporter } from './error-reporter.ts'
import { loadRollbar } from './item.ts'

interface Payload {
  readonly data: Record<string, unknown> & {
    readonly uuid: string
    readonly body: { readonly trace_chain: { readonly exception: { readonly message: string } }[] }
  }
}

/** Not as it is here: the code around a throw is sent. */
const TOKEN = ['a', 'token'].join(' ')

interface Setting {
  readonly itemsPerMinute?: number
  /** The status of each answer; undefined: no answer. Default: 200. */
  readonly statusOf?: () => number | undefined
  readonly load?: typeof loadRollbar
  readonly personOf?: (request: IncomingMessage) => string | undefined
}

/** A reporter to a Rollbar, and the payloads that arrived. */
async function start(
  more: Partial<Parameters<typeof createErrorReporter>[0]> = {},
  { itemsPerMinute = 3, statusOf = () => 200, load = loadRollbar, personOf }: Setting = {},
) {
  const received: Payload[] = []
  const server = await ProviderServer.start(async (request, response) => {
    received.push(JSON.parse(await text(request)))
    const status = statusOf()
    const body =
      status === 200
        ? { err: 0, result: { id: null, uuid: received.at(-1)?.data.uuid } }
        : { message: 'down' }
    if (status) always(status, body)(request, response)
  })
  const logged: string[] = []
  const delivery = new Delivery((message) => logged.push(message))
  const rollbar = {
    accessToken: TOKEN,
    apiEndpoint: server.url,
    environment: 'test',
    itemsPerMinute,
    ...(personOf && { personOf }),
  }
  const options = {
    serviceName: 'orders',
    serviceVersion: '1.2.3',
    privacy: { clientAddress: 'truncated', userAgent: true, referrer: 'origin' } as const,
    trustedProxies: 0,
    rollbar,
    ...more,
  }
  const reporter = createErrorReporter(options, delivery, createScrub(['hunter2-long']), load)
  return {
    report: (error: unknown, request?: unknown) =>
      reporter.report(
        copyError(error, (all) => all),
        request as IncomingMessage | undefined,
      ),
    reporter,
    delivery,
    received,
    logged,
    server,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterAll(() => context.disable())

test('an error is posted in Rollbar’s form, with the token in a header only', async () => {
  await using started = await start()
  const uuid = started.report(Object.assign(new RangeError('no such page'), { code: 'E_PAGE' }))
  await started.reporter.flush()
  expect(started.server.requests).toEqual([{ path: '/api/1/item/', key: TOKEN }])
  expect(started.received).toMatchObject([
    {
      data: {
        uuid,
        environment: 'test',
        level: 'error',
        code_version: '1.2.3',
        framework: 'node-js',
        server: { root: process.cwd(), pid: process.pid },
        custom: { service: 'orders', code: 'E_PAGE' },
        body: { trace_chain: [{ exception: { class: 'RangeError', message: 'no such page' } }] },
      },
    },
  ])
  expect(JSON.stringify(started.received)).not.toContain(TOKEN)
})

test('errors above the limit per minute are counted as dropped and have no uuid', async () => {
  await using started = await start()
  const uuids = Array.from({ length: 5 }, (_, index) => started.report(new Error(`failure ${index}`)))
  await started.reporter.flush()
  expect(uuids.map((uuid) => typeof uuid)).toEqual(['string', 'string', 'string', 'undefined', 'undefined'])
  expect(started.delivery.report()).toMatchObject({ accepted: 3, refused: 0, dropped: 2, pending: 0 })
  const sent = started.received.map(({ data }) => [data.uuid, data.body.trace_chain[0]?.exception.message])
  expect(sent).toEqual(uuids.slice(0, 3).map((uuid, index) => [uuid, `failure ${index}`]))
})

test('behind a trusted proxy the host and scheme are those that the client used', async () => {
  await using started = await start({ trustedProxies: 1 })
  const headers = {
    host: 'internal:4567',
    'x-forwarded-host': 'evil.example, shop.example',
    'x-forwarded-proto': 'https',
    'x-forwarded-for': '198.51.100.8',
  }
  started.report(new Error('failure'), { method: 'GET', url: '/a', headers, socket: {} })
  await started.reporter.flush()
  expect(started.received[0]?.data.request).toMatchObject({
    url: 'https://shop.example/a',
    user_ip: '198.51.100.0',
    headers: { host: 'shop.example' },
  })
})

test('of the person behind a request an item has the id that the option returns, if it returns one', async () => {
  const personOf = vi.fn<(request: IncomingMessage) => string | undefined>()
  await using started = await start({}, { itemsPerMinute: 9, personOf })
  const request = { method: 'GET', url: '/', headers: { cookie: 'session=7' }, socket: {} }
  personOf.mockReturnValueOnce('7').mockReturnValueOnce('x'.repeat(99)).mockReturnValueOnce(undefined)
  personOf.mockImplementationOnce(() => {
    throw new Error('no sessions')
  })
  for (let times = 0; times < 4; times++) started.report(new Error(`failure ${times}`), request)
  started.report(new Error('without a request'))
  await started.reporter.flush()
  expect(personOf).toHaveBeenCalledWith(request)
  expect(started.received.map(({ data }) => data.person)).toEqual([
    { id: '7' },
    { id: `${'x'.repeat(39)}…` },
    undefined,
    undefined,
    undefined,
  ])
})

test('of a request: method, URL, route, and what the privacy options allow; not its body or user', async () => {
  await using started = await start()
  followRoutes()
  const request = {
    method: 'POST',
    originalUrl: '/api/orders/7?token=abc&limit=5',
    url: '/7?token=abc',
    ip: '198.51.100.7',
    headers: {
      host: 'shop.example',
      'user-agent': 'test/1',
      referer: 'https://shop.example/?token=abc',
      cookie: 'session=abc',
      'x-forwarded-for': '198.51.100.8',
    },
    body: { name: 'abc' },
    user: { id: 'abc' },
    // In this order, as Express does.
    baseUrl: '/api/orders',
    route: { path: '/:id' },
    socket: { remoteAddress: '192.0.2.77', encrypted: true },
  }
  started.report(new Error('failure'), Object.assign(Object.create(IncomingMessage.prototype), request))
  await started.reporter.flush()
  expect(started.received[0]?.data.request).toEqual({
    method: 'POST',
    url: expect.stringMatching(/^https:\/\/shop\.example\/api\/orders\/7\?/),
    user_ip: '192.0.2.0',
    headers: {
      host: 'shop.example',
      'user-agent': 'test/1',
      referer: 'https://shop.example/',
    },
    GET: { token: expect.any(String), limit: expect.any(String) },
  })
  expect(started.received[0]?.data.context).toBe('/api/orders/:id')
  expect(JSON.stringify(started.received[0]?.data.request)).not.toContain('abc')
  expect(started.received[0]?.data).not.toHaveProperty('person')
})

test('in an outage errors wait, and are sent in their order when Rollbar answers again', async () => {
  let failures = 2
  await using started = await start({}, { statusOf: () => (failures-- > 0 ? 503 : 200) })
  for (const message of ['a', 'b', 'c']) started.report(new Error(message))
  await expect
    .poll(() => started.delivery.report(), { timeout: 5_000 })
    .toMatchObject({ accepted: 3, pending: 0 })
  expect(started.received.map(({ data }) => data.body.trace_chain[0]?.exception.message)).toEqual([
    'a',
    'a',
    'a',
    'b',
    'c',
  ])
  expect(new Set(started.received.map(({ data }) => data.uuid)).size).toBe(3)
  await expect
    .poll(() => started.logged, { timeout: 3_000 })
    .toEqual(['Rollbar answered 503: down', expect.stringMatching(/^delivering again after \d s; 0 lost$/)])
})

test('a Rollbar that never answers is posted one item at a time, and the others wait', async () => {
  await using started = await start({}, { itemsPerMinute: 100, statusOf: () => undefined })
  for (let index = 0; index < 50; index++) started.report(new Error(`${index}`))
  await expect.poll(() => started.received.length).toBe(1)
  // Long enough for all to be built, and for another connection.
  for (let turn = 0; turn < 100; turn++) await nextTurn()
  expect(started.received).toHaveLength(1)
  expect(started.delivery.report()).toMatchObject({ pending: 50, dropped: 0 })
})

test('a minute after the first error the limit begins anew', async () => {
  await using started = await start()
  let now = 1_000
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => now)
  try {
    const uuids = [0, 1, 59_998, 1].map((ms) => {
      now += ms
      return [started.report('a'), started.report('b')].filter(Boolean).length
    })
    // Three in the first minute, which ends with the last two.
    expect(uuids).toEqual([2, 1, 0, 2])
  } finally {
    clock.mockRestore()
  }
  await started.reporter.flush()
  expect(started.delivery.report()).toMatchObject({ accepted: 5, dropped: 3, pending: 0 })
})

test('errors that are built leave room for others', async () => {
  await using started = await start({}, { itemsPerMinute: 5_000 })
  for (let round = 0; round < 3; round++) {
    for (let index = 0; index < 400; index++) started.report('no stack')
    await started.reporter.flush()
  }
  expect(started.delivery.report()).toMatchObject({ accepted: 1_200, dropped: 0, pending: 0 })
})

test('beyond the room for what is not built yet, errors are dropped and counted', async () => {
  await using started = await start({}, { itemsPerMinute: 5_000, statusOf: () => undefined })
  for (let index = 0; index < 1_003; index++) started.report('no stack')
  expect(started.delivery.report()).toMatchObject({ pending: 1_000, dropped: 3, failing: false })
})

test('an error of reporting is not reported', async () => {
  await using started = await start()
  // This file is in the folder of the exporters.
  const report = () => started.report(new Error('while posting'))
  expect(context.with(suppressTracing(context.active()), report)).toBeUndefined()
  const fromElsewhere = () =>
    started.report({ message: 'x', stack: 'Error: x\n    at fail (/srv/app.js:1:1)' })
  expect(context.with(suppressTracing(context.active()), fromElsewhere)).toBeDefined()
  await started.reporter.flush()
  expect(started.delivery.report()).toMatchObject({ accepted: 1, dropped: 0 })
})

test.each([
  [1, { sampled: true, links: { trace: 'a link' } }],
  [0, { sampled: false }],
])('an error has its trace, and links to it where it is sampled (flags %d)', async (traceFlags, expected) => {
  await using started = await start({ linksTo: () => ({ trace: 'a link' }) as never })
  const spanContext = { traceId: '6b0359b306368b5bae022778cb47cac6', spanId: '1'.repeat(16), traceFlags }
  context.with(trace.setSpanContext(context.active(), spanContext), () => started.report('failure'))
  await started.reporter.flush()
  const ids = {
    trace_id: spanContext.traceId,
    span_id: spanContext.spanId,
    xray_trace_id: '1-6b0359b3-06368b5bae022778cb47cac6',
  }
  expect(started.received[0]?.data.custom).toEqual({ service: 'orders', ...ids, ...expected })
  expect(started.delivery.report()).toMatchObject({ accepted: 1, recentTraceIds: [spanContext.traceId] })
})

test('links that cannot be made do not keep an error from being reported, and the SDK is loaded once', async () => {
  const load = vi.fn(loadRollbar)
  const linksTo = () => {
    throw new Error('no links')
  }
  await using started = await start({ linksTo }, { load })
  const spanContext = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }
  context.with(trace.setSpanContext(context.active(), spanContext), () => {
    for (const message of ['a', 'b']) expect(started.report(message)).toBeDefined()
  })
  await started.reporter.flush()
  expect(started.delivery.report()).toMatchObject({ accepted: 2, dropped: 0 })
  expect(load).toHaveBeenCalledTimes(1)
})

test('no secret is sent, wherever it is', async () => {
  await using started = await start({ linksTo: () => ({ x: 'hunter2-long' }) })
  started.report(new Error('no hunter2-long', { cause: 'hunter2-long' }), {
    method: 'GET',
    url: '/hunter2-long?limit=hunter2-long',
    headers: { host: 'hunter2-long', 'user-agent': 'hunter2-long' },
    socket: {},
  })
  await started.reporter.flush()
  expect(started.received).toHaveLength(1)
  expect(JSON.stringify(started.received)).toContain('REDACTED')
  expect(JSON.stringify(started.received)).not.toContain('hunter2')
})

test('a request that cannot be read does not keep its error from being reported', async () => {
  await using started = await start()
  const unreadable = new Proxy(
    {},
    {
      get: () => {
        throw new Error('revoked')
      },
    },
  )
  started.report(new Error('failure'), unreadable)
  await started.reporter.flush()
  expect(started.delivery.report()).toMatchObject({ accepted: 1 })
})

test('if Rollbar’s SDK does not load, errors are counted as dropped and the service continues', async () => {
  await using started = await start(
    {},
    {
      load: () => {
        throw new Error('not installed')
      },
    },
  )
  started.reporter.load()
  expect(started.delivery.report()).toMatchObject({
    dropped: 0,
    lastError: { message: 'Rollbar’s SDK failed: not installed' },
  })
  expect(started.report(new Error('failure'))).toBeUndefined()
  await started.reporter.flush()
  expect(started.delivery.report()).toMatchObject({ accepted: 0, refused: 0, dropped: 1, pending: 0 })
  expect(started.logged).toEqual(['Rollbar’s SDK failed: not installed'])
})

test.each([
  ['makes no payload', {}, 'it made no payload'],
  ['fails', { error: new Error('broken') }, 'broken'],
])(
  'if Rollbar’s SDK %s, the error is counted as dropped',
  async (_what, { error }: { error?: Error }, why) => {
    class Broken {
      error(_error: unknown, _request: unknown, _custom: unknown, done: (failure?: Error) => void) {
        done(error)
        return { uuid: '' }
      }
    }
    await using started = await start({}, { load: () => Broken as never })
    started.report(new Error('failure'))
    await started.reporter.flush()
    expect(started.delivery.report()).toMatchObject({
      dropped: 1,
      pending: 0,
      lastError: { message: `Rollbar’s SDK failed: ${why}` },
    })
    expect(started.received).toEqual([])
  },
)
