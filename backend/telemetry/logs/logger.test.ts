import { createServer, type IncomingMessage, request as requestOf } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, type LogRecord, logs, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { ownCpuMs } from '../../../tests/harness/cpu.ts'
import { createScrub } from '../privacy/scrub.ts'
import { createLogger, type Logger } from './logger.ts'

const scrub = createScrub(['hunter2-long'])
const OPTIONS = {
  serviceName: 'orders',
  privacy: { clientAddress: 'truncated', userAgent: true, referrer: 'origin' },
  trustedProxies: 0,
} as const
const sent: LogRecord[] = []
const written: string[] = []

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const logger = { enabled: () => true, emit: (record: LogRecord) => void sent.push(record) }
  logs.setGlobalLoggerProvider({ getLogger: () => logger })
})
afterAll(() => {
  context.disable()
  logs.disable()
})
afterEach(() => {
  vi.restoreAllMocks()
  sent.length = 0
  written.length = 0
})

/** Logs once in each format, and returns the line of the one and the other, and the record that is sent. */
function log(write: (logger: Logger) => void, options: Partial<Parameters<typeof createLogger>[0]> = {}) {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  for (const logFormat of ['json', 'text'] as const) {
    write(createLogger({ ...OPTIONS, ...options, logFormat }, scrub))
  }
  vi.restoreAllMocks()
  const [json = '', text = ''] = written
  expect([written.length, sent.length]).toEqual([2, 2])
  expect(sent[1]).toEqual({ ...sent[0], timestamp: sent[1]?.timestamp })
  return { line: JSON.parse(json), json, text, record: sent[0] }
}

describe('the log’s own keys are kept apart from the caller’s', () => {
  test.each([
    ['time', 'yesterday'],
    ['time', 7n],
    ['level', 'gold'],
    ['level', 60],
    ['service', 'other'],
    ['trace_id', 'other'],
    ['span_id', 'other'],
    ['trace_flags', 'other'],
    ['msg', 'other'],
  ])('%s: %s', (key, value) => {
    const spanContext = { traceId: '0'.repeat(31) + 1, spanId: '0'.repeat(15) + 1, traceFlags: 1 }
    const { line, json, text, record } = context.with(
      trace.setSpanContext(context.active(), spanContext),
      () => log((logger) => logger.warn({ [key]: value, a: 1 }, 'the message')),
    )
    const logged = typeof value === 'bigint' ? Number(value) : value
    expect(line).toMatchObject({
      level: 40,
      time: expect.any(Number),
      service: 'orders',
      trace_id: spanContext.traceId,
      span_id: spanContext.spanId,
      trace_flags: '01',
      a: 1,
      msg: 'the message',
      [`_${key}`]: logged,
    })
    expect(json.match(new RegExp(`"${key}":`, 'g'))).toHaveLength(1)
    expect(text).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}the message {2}trace=0+1\n$/)
    expect(record).toMatchObject({
      severityText: 'WARN',
      body: 'the message',
      timestamp: expect.any(Number),
      attributes: { a: 1, [`_${key}`]: logged },
    })
  })

  test.each([
    [0, 'trace=0+1 \\(not kept\\)'],
    [1, 'trace=0+1'],
    [3, 'trace=0+1'],
  ])('with the trace flags %i a line for people ends in %s', (traceFlags, end) => {
    const spanContext = { traceId: '0'.repeat(31) + 1, spanId: '0'.repeat(15) + 1, traceFlags }
    const { text } = context.with(trace.setSpanContext(context.active(), spanContext), () =>
      log((logger) => logger.warn('the message')),
    )
    expect(text).toMatch(new RegExp(`the message {2}${end}\\n$`))
  })

  test('a field with the free name is kept, too', () => {
    expect(log((logger) => logger.info({ time: 1, _time: 2 }, 'x')).line).toMatchObject({
      __time: 1,
      _time: 2,
    })
  })

  test('`msg` is the message where there is no other', () => {
    expect(log((logger) => logger.info({ msg: 'x', a: 1 })).line).toMatchObject({ msg: 'x', a: 1 })
    written.length = sent.length = 0
    expect(log((logger) => logger.info({ msg: { deep: 1 } })).line).toMatchObject({ _msg: { deep: 1 } })
  })

  test('those of a child, too', () => {
    const { line, text } = log((logger) =>
      logger.child({ time: 'x', level: 'y', job: 7 }).info({ a: 1 }, 'z'),
    )
    expect(line).toMatchObject({
      level: 30,
      time: expect.any(Number),
      _time: 'x',
      _level: 'y',
      job: 7,
      a: 1,
      msg: 'z',
    })
    expect(text).toContain('info  z')
  })
})

const failing = () => {
  throw new Error('cannot be read')
}
const circular: Record<string, unknown> = {}
circular.self = circular
const proxy = new Proxy({}, { get: failing, ownKeys: failing, getPrototypeOf: failing, has: failing })

describe('no call throws, and the entry is written', () => {
  test.each<[string, unknown, object]>([
    ['a bigint', { v: 7n }, { v: 7 }],
    ['a bigint in an object', { v: { deep: 7n } }, { v: { deep: 7 } }],
    ['a circle', { v: circular }, { v: { self: {} } }],
    [
      'a getter that throws',
      Object.defineProperty({ b: 1 }, 'v', { get: failing, enumerable: true }),
      { b: 1, v: '[unreadable]' },
    ],
    [
      'a getter in an object that throws',
      { v: Object.defineProperty({ b: 1 }, 'c', { get: failing, enumerable: true }) },
      { v: { b: 1, c: '[unreadable]' } },
    ],
    ['toJSON that throws', { v: { toJSON: failing } }, { v: expect.any(String) }],
    ['a proxy that throws on everything', { v: proxy, b: 1 }, { v: '[unreadable]', b: 1 }],
    ['nothing but such a proxy', proxy, { fields: '[unreadable]' }],
    ['an invalid date', { v: new Date(Number.NaN) }, { v: null }],
    ['an object without a prototype', Object.assign(Object.create(null), { v: 1 }), { v: 1 }],
    ['not a number', { v: Number.NaN }, { v: null }],
  ])('%s', (_what, fields, expected) => {
    const { line, text, record } = log((logger) => logger.info(fields as object, 'the message'))
    expect(line).toMatchObject({ level: 30, msg: 'the message', ...expected })
    expect(text).toContain('info  the message\n')
    expect(record).toMatchObject({ body: 'the message', attributes: expected })
  })

  test('a value for the message that cannot be put into words', () => {
    const { line } = log((logger) => logger.info('given %s and %d', proxy as never, Symbol('x') as never))
    expect(line).toMatchObject({ level: 30, msg: 'given %s and %d' })
  })
})

describe('a request is logged as far as the privacy options allow', () => {
  const SECRET = /canary|203\.0\.113/
  const HEADERS = {
    host: 'orders.test',
    cookie: 'session=canary-cookie',
    authorization: 'Bearer canary-authorization',
    'proxy-authorization': 'canary-proxy',
    'x-api-key': 'canary-key',
    'x-auth-token': 'canary-token',
    'x-forwarded-for': '203.0.113.77, 198.51.100.77',
    tracestate: 'other=canary-tracestate',
    referer: 'https://shop.test/canary-path?token=canary-referer',
    'user-agent': 'agent/1',
    accept: 'text/plain',
  }
  const logged = {
    method: 'GET',
    url: '/orders?token=REDACTED&limit=3',
    headers: {
      host: 'orders.test',
      'user-agent': 'agent/1',
      accept: 'text/plain',
    },
    remoteAddress: '127.0.0.1',
  }

  /** Calls `act` with both sides of a real request while it is answered. */
  async function during(
    act: (server: Side & { request: IncomingMessage }, client: Side) => void,
  ): Promise<void> {
    let served: Parameters<typeof act>[0] | undefined
    const server = createServer((request, response) => {
      served = { request, response }
      response.setHeader('set-cookie', 'session=canary-set')
      response.end('canary-body')
    }).listen(0, '127.0.0.1')
    await new Promise((listening) => server.once('listening', listening))
    const { port } = server.address() as AddressInfo
    await new Promise<void>((done, failed) => {
      const path = '/orders?token=canary-query&limit=3'
      const request = requestOf({ port, host: '127.0.0.1', path, headers: HEADERS }, (response) => {
        try {
          if (served) act(served, { request, response })
          done()
        } catch (failure) {
          failed(failure)
        }
      }).end()
    })
    await new Promise((closed) => {
      server.close(closed)
      server.closeAllConnections()
    })
  }
  interface Side {
    readonly request: object
    readonly response: object
  }

  test.each<[string, (logger: Logger, side: Side) => void, object]>([
    ['alone', (logger, { request }) => logger.info(request, 'x'), { req: logged }],
    [
      'alone, of a response',
      (logger, { response }) => logger.info(response, 'x'),
      { res: { statusCode: 200 } },
    ],
    [
      'in fields',
      (logger, { request, response }) => logger.info({ req: request, res: response, other: request }, 'x'),
      { req: logged, res: { statusCode: 200 }, other: logged },
    ],
    [
      'deep in fields',
      (logger, { request, response }) => logger.info({ context: { koa: [{ request, response }] } }, 'x'),
      { context: { koa: [{ request: logged, response: { statusCode: 200 } }] } },
    ],
    [
      'by its socket',
      (logger, { request }) => logger.info({ socket: (request as IncomingMessage).socket }, 'x'),
      { socket: '[socket]' },
    ],
    ['of a child', (logger, { request }) => logger.child({ request }).info('x'), { request: logged }],
    [
      'beside a field that cannot be read',
      (logger, { request }) => logger.info({ request, proxy }, 'x'),
      { request: logged, proxy: '[unreadable]' },
    ],
    [
      'in the message',
      (logger, { request }) => logger.info('x %j', request),
      { msg: expect.stringMatching(/^x \{.*REDACTED&limit=3/) },
    ],
  ])('%s', async (_what, write, expected) => {
    await during((side) => {
      const options = { allowedQueryParameters: ['limit'] }
      const { line, json, text, record } = log((logger) => write(logger, side), options)
      expect(line).toMatchObject(expected)
      expect(`${json}${text}${JSON.stringify(record)}`).not.toMatch(SECRET)
    })
  })

  test('and both sides of an outgoing request', async () => {
    await during((_server, { request, response }) => {
      const { line, json } = log((logger) => logger.info({ request, response }, 'x'))
      expect(line).toMatchObject({
        request: { method: 'GET', url: 'http://127.0.0.1/orders?token=REDACTED&limit=REDACTED' },
        response: { statusCode: 200 },
      })
      expect(json).not.toMatch(SECRET)
    })
  })

  test('by the options', async () => {
    await during(({ request }) => {
      const privacy = { clientAddress: 'full', userAgent: false, referrer: 'none' } as const
      const { line } = log((logger) => logger.info(request), { privacy, trustedProxies: 1 })
      expect(line.req).toEqual({
        method: 'GET',
        url: '/orders?token=REDACTED&limit=REDACTED',
        headers: { host: 'orders.test', accept: 'text/plain' },
        remoteAddress: '198.51.100.77',
      })
    })
  })

  test('an Express request has its whole path', async () => {
    await during(({ request }) => {
      const mounted = Object.assign(Object.create(request), {
        url: '/7',
        originalUrl: '/orders/7?token=canary',
      })
      expect(log((logger) => logger.info(mounted)).line.req).toMatchObject({
        url: '/orders/7?token=REDACTED',
      })
    })
  })
})

describe('an entry is bounded', () => {
  const long = 'x'.repeat(1e6)
  const wide = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`field ${index}`, long]))
  const large = new Error(long, { cause: new Error(long) })

  test.each<[string, (logger: Logger) => void, object]>([
    ['bytes', (logger) => logger.info({ body: Buffer.alloc(1e7) }, 'x'), { body: '[10000000 bytes]' }],
    ['numbers', (logger) => logger.info({ body: new Float64Array(1e6) }, 'x'), { body: '[8000000 bytes]' }],
    [
      'bytes, deep',
      (logger) => logger.info({ a: { b: [Buffer.alloc(1e6)] } }, 'x'),
      { a: { b: ['[1000000 bytes]'] } },
    ],
    ['bytes alone', (logger) => logger.info(Buffer.alloc(1e6), 'x'), { fields: '[1000000 bytes]' }],
    [
      'bytes of a child',
      (logger) => logger.child({ body: Buffer.alloc(1e6) }).info('x'),
      { body: '[1000000 bytes]' },
    ],
    [
      'bytes in the message',
      (logger) => logger.info('x %j', Buffer.alloc(1e6)),
      { msg: "x '[1000000 bytes]'" },
    ],
    ['a long array', (logger) => logger.info({ list: Array(1e6).fill(7) }, 'x'), { list: expect.any(Array) }],
    ['a wide object', (logger) => logger.info({ wide }, 'x'), { wide: { '…': '9996 more' } }],
    ['many fields', (logger) => logger.info(wide, 'x'), { '…': '9996 more' }],
    ['a long text', (logger) => logger.info({ long }, 'x'), { long: `${'x'.repeat(29_999)}…` }],
    ['a long message', (logger) => logger.info(long), { msg: `${'x'.repeat(29_999)}…` }],
    ['long values in the message', (logger) => logger.info('%s', long), { msg: `${'x'.repeat(29_999)}…` }],
    [
      'large errors',
      (logger) => logger.info({ errors: Array(100).fill(large) }, 'x'),
      { errors: expect.any(Array) },
    ],
  ])('%s', (_what, write, expected) => {
    const startedAt = ownCpuMs()
    const { line, json, record } = log(write)
    // Two entries, which together take some milliseconds.
    expect(ownCpuMs() - startedAt).toBeLessThan(2_000)
    expect(line).toMatchObject(expected)
    expect(json.length).toBeLessThan(130_000)
    expect(JSON.stringify(record).length).toBeLessThan(130_000)
  })
})

test('values in the message become texts by their kind', () => {
  const values = [
    7,
    null,
    new URL('http://a.test/'),
    new TypeError('no hunter2-long'),
    [1, 2],
    { a: 1 },
  ] as const
  const { line } = log((logger) => logger.info('%d %s %s %s %s %j', ...values))
  expect(line.msg).toBe('7 null http://a.test/ TypeError: no REDACTED 1,2 {"a":1}')
})

describe('errors', () => {
  const error = Object.freeze(new TypeError('no hunter2-long', { cause: new Error('why') }))
  const logged = {
    type: 'TypeError',
    message: 'no REDACTED',
    stack: expect.stringMatching(/^TypeError: no REDACTED\n {4}at .*\nCaused by: Error: why\n/s),
  }

  test.each<[string, (logger: Logger) => void, string]>([
    ['alone', (logger) => logger.error(error), 'no REDACTED'],
    ['with a message', (logger) => logger.error(error, 'it failed'), 'it failed'],
    ['as `err`', (logger) => logger.error({ err: error }), 'no REDACTED'],
    ['as `err` with a message', (logger) => logger.error({ err: error, a: 1 }, 'it failed'), 'it failed'],
  ])('%s', (_what, write, message) => {
    const { line, text, record } = log(write)
    expect(line).toMatchObject({ level: 50, msg: message, err: logged })
    expect(text).toContain(`error ${message}\nTypeError: no REDACTED\n    at `)
    expect(record).toMatchObject({
      severityText: 'ERROR',
      body: message,
      attributes: {
        'exception.type': logged.type,
        'exception.message': logged.message,
        'exception.stacktrace': logged.stack,
      },
    })
  })

  test('in another field, and `err` that is none', () => {
    expect(log((logger) => logger.error({ reason: error, err: 'text' }, 'x')).line).toMatchObject({
      reason: logged,
      err: { type: 'Error', message: 'thrown: text' },
    })
    written.length = sent.length = 0
    const { line } = log((logger) =>
      logger.info({ err: undefined, name: 'job', message: 'text', stack: 'x' }, 'y'),
    )
    expect(line).toMatchObject({ name: 'job', message: 'text', stack: 'x' })
    expect(line).not.toHaveProperty('err')
  })
})

test('errors keep class and stack in a child’s fields, and beside a field that cannot be read', () => {
  const unreadable = {
    get it(): never {
      throw new Error('no')
    },
  }
  const error = new TypeError('boom')
  for (const write of [
    (logger: Logger) => logger.child({ err: error }).info('x'),
    (logger: Logger) => logger.info({ err: error, unreadable }, 'x'),
  ]) {
    const { line } = log(write)
    expect(line.err).toMatchObject({
      type: 'TypeError',
      message: 'boom',
      stack: expect.stringMatching(/\n +at /),
    })
    written.length = 0
    sent.length = 0
  }
})

test('bindings are kept apart from the log’s own keys, and symbols and functions are texts', () => {
  const bound = log((logger) => {
    logger.setBindings({ time: 'noon' })
    logger.info('x')
  })
  expect(bound.line).toMatchObject({ _time: 'noon', time: expect.any(Number) })
  written.length = 0
  sent.length = 0
  expect(log((logger) => logger.info(Symbol('sign') as never)).line.msg).toBe('Symbol(sign)')
})
