import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { context, type LogRecord, logs, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createScrub } from '../privacy/scrub.ts'
import { createLogger, type Logger } from './logger.ts'

const scrub = createScrub(['hunter2-long'])
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
function log(write: (logger: Logger) => void) {
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  for (const logFormat of ['json', 'text'] as const) {
    write(createLogger({ serviceName: 'orders', logFormat }, scrub))
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

  test('a request is logged in pino’s form', () => {
    const request = Object.assign(new IncomingMessage(new Socket()), { method: 'GET', url: '/x' })
    request.headers.authorization = 'Bearer secret'
    const { line, json } = log((logger) => logger.info(request, 'x'))
    expect(line).toMatchObject({ req: { method: 'GET', url: '/x' } })
    expect(json).not.toContain('secret')
  })
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
