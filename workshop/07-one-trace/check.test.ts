import { expect, test } from 'vitest'
import { newTraceId } from '../../contracts/trace-id.ts'
import { check, inner, logged, span, trace } from '../test-evidence.ts'

const ID = newTraceId()
const CALLER = 'c0618ba7b56d1aa6'
const API = '8a3dc4e4cff49525'
const SERVER = {
  ...{ name: 'GET /rollbar/test', isError: true, status: 500, parentId: CALLER, startMs: Date.now() },
  attributes: { 'rollbar.uuid': 'u' },
}
const found = (fields: Parameters<typeof span>[1] = {}, of: Parameters<typeof trace>[1] = {}) =>
  trace([span(API, { ...SERVER, ...fields }), inner('d7a2331d71120e25', { name: 'GET', parentId: API })], {
    ...{ traceId: ID, occurrences: [{ uuid: 'u', traceId: ID }] },
    ...of,
  })
const answers = { trace: ID, missing: CALLER }

test('a failing request with an id of one’s own passes', async () => {
  expect(await check(7, { answers, trace: async () => found() })).toContain('passed: ')
  const remembered = { trace: ID, missing: `${ID}/${CALLER.toUpperCase()}` }
  expect(await check(7, { answers: remembered, trace: async () => found() })).toContain(
    'which curl has not sent',
  )
})

test.each([
  ['no answer', found(), {}, 'Your answer is missing: which trace id'],
  ['no traceparent', found({ parentId: undefined }), answers, 'without the header traceparent'],
  [
    'a request that did not fail',
    found({ isError: false }),
    answers,
    'did not fail, so that Rollbar has nothing',
  ],
  [
    'one of verify’s traces',
    trace([span('v', { service: 'api-verify' })]),
    answers,
    'one of verify’s traces',
  ],
  ['an id without the time', found(), { ...answers, trace: `${'1'.repeat(32)}` }, 'are 1979-01-28 00:25 UTC'],
  ['no span', found(), { trace: ID }, 'one span of this trace is in none of the three'],
  ['the api’s own span', found(), { ...answers, missing: API }, 'is the span GET /rollbar/test of api'],
  [
    'another span that is there',
    found(),
    { ...answers, missing: 'd7a2331d71120e25' },
    'the providers have it',
  ],
  [
    'a made-up span',
    found(),
    { ...answers, missing: '1234567890abcdef' },
    'names 1234567890abcdef as its parent',
  ],
  ['no span id', found(), { ...answers, missing: 'curl' }, '“curl” is no span id'],
  [
    'another occurrence',
    found({}, { occurrences: [{ uuid: 'u', traceId: 'x' }] }),
    answers,
    'do not name each other',
  ],
  [
    'a span of another occurrence',
    found({}, { occurrences: [{ uuid: 'x', traceId: ID }] }),
    answers,
    'do not name',
  ],
  [
    'not all have it',
    found({}, { state: { honeycomb: 'found', xray: 'missing', rollbar: 'found' } }),
    answers,
    'X-Ray does not have it yet',
  ],
])('%s', async (_name, evidence, given, words) => {
  const text = await check(7, { answers: given, trace: async () => evidence })
  expect(text).toContain('"passed":false')
  expect(text).toContain(words)
})

test.each([
  ['flags 00', [logged({ traceId: ID, path: '/rollbar/test', isKept: false })], 'must end in -01'],
  [
    'a traceparent that the api ignored',
    [logged({ traceId: 'f', path: '/rollbar/test' })],
    'or the api ignored the traceparent',
  ],
  ['nothing was sent', [], 'is on its way, or was not kept'],
])('no provider has it: %s', async (_name, requests, words) => {
  const context = { trace: async () => trace([]), requests: async () => requests }
  expect(await check(7, { answers, ...context })).toContain(words)
})

test('an old run does not count', async () => {
  expect(await check(7, { answers, since: Date.now() + 1_000, trace: async () => found() })).toContain(
    'before the last reset',
  )
})

test('a wrong span does not reveal the right one', async () => {
  expect(await check(7, { answers: { ...answers, missing: API }, trace: async () => found() })).not.toContain(
    CALLER,
  )
})

test('where the sandbox stands in for no one, it sends to the provider’s page', async () => {
  const modes = { honeycomb: 'live', xray: 'live', rollbar: 'live' } as const
  const text = await check(7, { modes, answers: { trace: ID }, trace: async () => found() })
  expect(text).toContain(`the trace ${ID} at your provider`)
})
