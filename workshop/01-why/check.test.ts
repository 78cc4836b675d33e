import { describe, expect, test } from 'vitest'
import { check, inner, logged, span, TRACE, trace } from '../test-evidence.ts'
import { isSameMs, readMs } from './milliseconds.ts'

// The api takes 60 ms itself, waits 30 ms, and the profiles service works for 20 of them.
const HOME = trace(
  [
    span('root', { name: 'GET /api/activities/home', durationMs: 90 }),
    inner('call', { isCall: true, startMs: 40, durationMs: 30 }),
    inner('profiles', { service: 'profiles', isServer: true, parentId: 'call', startMs: 45, durationMs: 20 }),
  ],
  { logs: ['GET /api/activities/home 200 in 90 ms'] },
)
const METRIC = { name: 'http.server.request.duration' } as never
const GOOD = { trace: TRACE, slowest: 'api', waited: '30' }
const SENT = { recentTraces: async () => [TRACE], trace: async () => HOME, metrics: async () => [METRIC] }

test('the right answers pass, and tell what was measured', async () => {
  const text = await check(1, { ...SENT, answers: GOOD })
  expect(text).toContain('passed: GET /api/activities/home, 3 spans made by api, profiles; api, 70.0 ms')
  expect(text).toContain('30.0 ms, of which the profiles service worked 20.0 ms')
  expect(text).toContain('such as http.server.request.duration')
})

test.each([
  ['nothing was sent', { recentTraces: async () => [] }, {}, '"fix":"npm run setup"'],
  ['no request is named', {}, {}, 'Your answer is missing: which request have you looked at?'],
  [
    'the other service',
    {},
    { ...GOOD, slowest: 'profiles' },
    'profiles is not the one. A service’s own time',
  ],
  [
    'a name that is no service',
    {},
    { ...GOOD, slowest: 'home-activities' },
    'Its services are api, profiles.',
  ],
  ['no service', {}, { trace: TRACE }, 'Your answer is missing: which service took'],
  ['no number', {}, { ...GOOD, waited: 'long' }, '“long” is no number of milliseconds'],
  [
    'the profiles service’s time',
    {},
    { ...GOOD, waited: '20 ms' },
    'It is how long the profiles service worked',
  ],
  ['the whole request', {}, { ...GOOD, waited: '0.09s' }, 'It is how long the whole request took'],
  ['a made-up number', {}, { ...GOOD, waited: '1' }, 'No row between the api and the profiles service'],
  ['another trace’s number', {}, { ...GOOD, waited: '31.2' }, '31.2 ms is not how long the api waited'],
  ['no log line yet', { trace: async () => ({ ...HOME, logs: [] }) }, GOOD, 'no log line of it yet'],
  ['no metric yet', { metrics: async () => [] }, GOOD, 'No metric has arrived yet'],
  ['a request before the reset', { since: 1 }, GOOD, 'from before the last reset'],
])('%s', async (_name, fields, answers, words) => {
  const text = await check(1, { ...SENT, ...fields, answers })
  expect(text).toContain('"passed":false')
  expect(text).toContain(words)
})

test('a wrong answer reveals neither right one', async () => {
  const wrong = await check(1, { ...SENT, answers: { ...GOOD, waited: '20' } })
  expect(wrong).not.toContain('30.0 ms')
})

test('a request that stayed in one service shows too little', async () => {
  const alone = trace([span('root', { name: 'GET /api/activities/notifications' })], { logs: ['x'] })
  const text = await check(1, { ...SENT, trace: async () => alone, answers: GOOD })
  expect(text).toContain('did not call the profiles service')
})

test('two services of nearly the same time are both right', async () => {
  const spans = HOME.spans.map((one) =>
    one.id === 'profiles' ? { ...one, startMs: 0, durationMs: 85, parentId: undefined } : one,
  )
  for (const slowest of ['api', 'PROFILES'])
    expect(
      await check(1, { ...SENT, trace: async () => trace(spans), answers: { ...GOOD, slowest } }),
    ).not.toContain('is not the one')
})

test('live providers that let nothing be read back do not block', async () => {
  const nothing = trace([], {
    logs: undefined,
    state: { honeycomb: 'accepted', xray: 'off', rollbar: 'off' },
  })
  const modes = { honeycomb: 'live', xray: 'off', rollbar: 'off' } as const
  const text = await check(1, {
    ...SENT,
    modes,
    trace: async () => nothing,
    metrics: async () => undefined,
    answers: GOOD,
    requests: async () => [logged({ atMs: 0 })],
  })
  expect(text).toContain('passed: not checked')
})

test('a request that failed did not do all of its work', async () => {
  const failed = trace(HOME.spans.map((one) => (one.isServer ? { ...one, isError: true } : one)))
  expect(await check(1, { ...SENT, trace: async () => failed, answers: GOOD })).toContain(
    'failed, and did not',
  )
})

test('the caller, which npm run verify is in its requests, is no answer, however long it waited', async () => {
  const caller = span('caller', { service: 'api-verify', isServer: false, durationMs: 500 })
  const spans = [
    caller,
    ...HOME.spans.map((one) => (one.id === 'root' ? { ...one, parentId: 'caller' } : one)),
  ]
  const judge = (slowest: string) =>
    check(1, { ...SENT, trace: async () => trace(spans), answers: { ...GOOD, slowest } })
  expect(await judge('api-verify')).toContain('is the caller')
  expect(await judge('api')).toContain('the service that took the most time itself","saw":"api, 70.0 ms')
})

describe('durations as people write them', () => {
  test.each([
    ['13.8', 13.8],
    ['13,8 ms', 13.8],
    ['1.2s', 1_200],
    ['840 µs', 0.84],
    ['1,102 ms', 1_102],
    ['', undefined],
    ['-3', undefined],
    ['3 m', undefined],
    ['NaN', undefined],
  ])('%j is %s ms', (text, ms) => expect(readMs(text)).toBe(ms))
  test('whole milliseconds and 2 % are near enough', () => {
    expect([isSameMs(14, 13.8), isSameMs(13, 13.8), isSameMs(101, 99.5), isSameMs(102, 99.5)]).toEqual([
      true,
      false,
      true,
      false,
    ])
  })
})
