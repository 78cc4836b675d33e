import { expect, test } from 'vitest'
import { check, inner, span, TRACE, trace } from './test-evidence.ts'

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
