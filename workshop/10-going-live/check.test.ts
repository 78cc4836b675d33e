import { expect, test } from 'vitest'
import { CHAPTERS } from '../chapters.ts'
import { check, span, TRACE, trace } from '../test-evidence.ts'

const modes = { honeycomb: 'live', xray: 'live', rollbar: 'local' } as const
const arrived = (honeycomb: 'accepted' | 'missing', xray: 'found' | 'missing') => ({
  modes,
  recentTraces: async () => [TRACE],
  trace: async () => trace([span('root')], { state: { honeycomb, xray, rollbar: 'found' } }),
})

test('it is optional', () => {
  expect(CHAPTERS.flatMap(({ number, isOptional }) => (isOptional ? number : []))).toEqual([10])
})

test('what a live provider has accepted, and what it has returned', async () => {
  expect(await check(10, arrived('accepted', 'found'))).toContain(
    `Honeycomb has accepted ${TRACE}, which it does not let be read back; X-Ray has returned ${TRACE}`,
  )
})

test.each([
  ['no key', {}, 'No provider has a key of yours'],
  [
    'services of before',
    { ...arrived('accepted', 'found'), apiState: async () => 'outdated' as const },
    'the api runs without it',
  ],
  [
    'stopped services',
    { ...arrived('accepted', 'found'), apiState: async () => 'stopped' as const },
    'the api is not running',
  ],
  ['nothing arrived', arrived('missing', 'missing'), 'Nothing has arrived at Honeycomb, X-Ray.'],
  [
    'one of two arrived',
    arrived('accepted', 'missing'),
    'Nothing has arrived at X-Ray. Honeycomb has accepted',
  ],
])('%s', async (_name, fields, words) => {
  const text = await check(10, fields)
  expect(text).toContain('"passed":false')
  expect(text).toContain(words)
})
