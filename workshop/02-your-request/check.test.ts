import { expect, test } from 'vitest'
import { newTraceId } from '../../contracts/trace-id.ts'
import { check, inner, logged, span, TRACE, trace } from '../test-evidence.ts'

const HOME = trace([
  span('root', { name: 'GET /api/activities/home', durationMs: 90 }),
  inner('work', { name: 'home-activities', durationMs: 80 }),
  inner('query', { name: 'SELECT cruddur', statement: 'select', durationMs: 10, parentId: 'work' }),
  inner('call', { name: 'GET', isCall: true, durationMs: 30, parentId: 'work' }),
  inner('profiles', {
    name: 'GET /api/profiles',
    service: 'profiles',
    isServer: true,
    durationMs: 20,
    parentId: 'call',
  }),
])
const SENT = { recentTraces: async () => [TRACE], trace: async () => HOME }
const OLD = Date.now() - 60_000
const named = (spanId: string) => ({ trace: `${TRACE}/${spanId}` })

test('the longest wait of a request of one’s own passes', async () => {
  expect(await check(2, { ...SENT, answers: named('call') })).toContain(
    'passed: GET /api/activities/home, answered 200; Honeycomb: found; X-Ray: found; the call to profiles, 30.0 of 90.0 ms',
  )
})

test.each([
  ['nothing was sent', { recentTraces: async () => [] }, {}, 'None has arrived yet'],
  ['no request is named', {}, {}, 'Your answer is missing: which request is your own?'],
  ['no span is named', {}, { trace: TRACE }, 'Your answer is missing: for which span'],
  ['the whole request', {}, named('root'), 'it is the whole request, in which the other spans are'],
  ['the work around both', {}, named('work'), 'it is the api’s own work, with the spans below it'],
  ['the other service’s span', {}, named('profiles'), 'the service profiles made it'],
  ['the shorter wait', {}, named('query'), 'longer for another span than for the query SELECT cruddur'],
  ['a span of another trace', {}, named('d7a2331d71120e25'), 'The trace has no span “d7a2331d71120e25”'],
  ['a request before the reset', { since: 1 }, named('call'), 'from before the last reset'],
])('%s', async (_name, fields, answers, words) => {
  const text = await check(2, { ...SENT, ...fields, answers })
  expect(text).toContain('"passed":false')
  expect(text).toContain(words)
})

test('a request of verify is no request of one’s own', async () => {
  const ofVerify = trace([...HOME.spans, span('caller', { service: 'api-verify' })])
  expect(await check(2, { ...SENT, trace: async () => ofVerify, answers: named('call') })).toContain(
    'That request is one of npm run verify',
  )
})

test('a request with a single wait has nothing to compare', async () => {
  const short = trace([
    span('root', { name: 'GET /api/activities/search' }),
    inner('query', { statement: 'select' }),
  ])
  expect(await check(2, { ...SENT, trace: async () => short, answers: named('query') })).toContain(
    'made only one query or call',
  )
})

test('it says which provider does not have it', async () => {
  const incomplete = { ...HOME, state: { honeycomb: 'missing', xray: 'found', rollbar: 'found' } as const }
  expect(await check(2, { ...SENT, trace: async () => incomplete, answers: named('call') })).toContain(
    'Honeycomb does not have it yet.',
  )
  const state = { honeycomb: 'missing', xray: 'missing', rollbar: 'found' } as const
  expect(
    await check(2, { ...SENT, trace: async () => ({ ...HOME, state }), answers: named('call') }),
  ).toContain('Honeycomb and X-Ray do not have it yet.')
})

const thisSecond = newTraceId()
const lastMinute = newTraceId(OLD)
test.each([
  [
    'not kept',
    TRACE,
    [logged({ isKept: false, atMs: OLD })],
    'the flags at the end of its traceresponse are 00',
  ],
  ['on its way', TRACE, [logged()], 'Your request was kept, and is on its way'],
  ['lost', TRACE, [logged({ atMs: OLD })], 'was kept, and has not arrived'],
  ['just made', thisSecond, [], 'is on its way, or was not kept'],
  ['another machine’s', lastMinute, [], 'the id is of another machine'],
  ['mistyped in its time', `0${TRACE.slice(1)}`, [], 'digits are missing or exchanged'],
])('a trace that no provider has: %s', async (_name, traceId, requests, words) => {
  const answers = { trace: traceId }
  const text = await check(2, {
    ...SENT,
    trace: async () => trace([]),
    requests: async () => requests,
    answers,
  })
  expect(text).toContain(words)
})

test('another learner’s trace, in an account that both use', async () => {
  const theirs = trace(HOME.spans.map((one) => ({ ...one, service: `ada-${one.service}` })))
  expect(await check(2, { ...SENT, trace: async () => theirs, answers: named('call') })).toContain(
    'has no request to your api. It has spans of ada-api, ada-profiles',
  )
})
