import { expect, test } from 'vitest'
import { check, inner, span, TRACE, trace } from './test-evidence.ts'

test('chapter 2 tells verify’s requests from no requests, and names the providers that it looks at', async () => {
  expect(await check(2)).toContain('no request has arrived')
  const recentTraces = async () => [TRACE]
  const ofVerify = trace([span('root'), inner('a', { service: 'api-verify' })])
  expect(await check(2, { recentTraces, trace: async () => ofVerify })).toContain('only those of verify')
  const incomplete = trace([span('root')], {
    state: { honeycomb: 'missing', xray: 'found', rollbar: 'found' },
  })
  expect(await check(2, { recentTraces, trace: async () => incomplete })).toContain(
    'has not reached Honeycomb and X-Ray',
  )
})

test.each([
  ['passed', [{ uuid: 'u', traceId: TRACE }]],
  ['do not name each other', [{ uuid: 'u', traceId: 'other' }]],
  ['do not name each other', [{ uuid: 'other', traceId: TRACE }]],
])('chapter 7: %s, where Rollbar has %j', async (words, occurrences) => {
  const failed = { isError: true, parentId: 'caller', attributes: { 'rollbar.uuid': 'u' } }
  const found = trace([span('root', failed)], { occurrences })
  expect(await check(7, { answers: { trace: TRACE }, trace: async () => found })).toContain(words)
})

test('chapter 8 needs Honeycomb, which has the metrics', async () => {
  const modes = { honeycomb: 'off', xray: 'local', rollbar: 'local' } as const
  expect(await check(8, { modes })).toContain('Honeycomb is off')
})

test.each([
  ['repeated', {}, {}, 'is not a call to another service'],
  ['repeated', { isCall: true }, {}, 'right'],
  ['failing', { isError: true }, { status: 404 }, 'was answered 404'],
  ['failing', { isError: true }, {}, 'right'],
  ['slow', { statement: 'select', durationMs: 1 }, {}, 'find what takes longer'],
  ['slow', { statement: 'select', durationMs: 9 }, {}, 'right'],
])('chapter 9: %s, named by a span %j of a request %j', async (kind, fields, request, words) => {
  const found = trace([span('root', request), ...['a', 'b', 'c'].map((id) => inner(id, fields))])
  expect(await check(9, { answers: { [kind]: `${TRACE}/a` }, trace: async () => found })).toContain(words)
})
