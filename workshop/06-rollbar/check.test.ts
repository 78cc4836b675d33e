import { expect, test } from 'vitest'
import type { SpanEvidence, TraceEvidence } from '../../contracts/evidence.ts'
import { check, logged, span, trace } from '../test-evidence.ts'

const PATH = '/rollbar/test'
const MINUTE_MS = 60_000

/** A request that failed with this class, and its occurrence in Rollbar. */
function failed(
  kind: string | undefined,
  fields: Partial<SpanEvidence> = {},
  stored: Partial<TraceEvidence> = {},
): TraceEvidence {
  const attributes = { 'url.path': PATH, 'rollbar.uuid': 'uuid' }
  const exceptions = kind === undefined ? [] : [kind]
  const root = span('root', { status: 500, attributes, exceptions, ...fields })
  return trace([root], { occurrences: [{ uuid: 'uuid', traceId: undefined }], ...stored })
}
const answered = (status: number, kind?: string, stored: Partial<TraceEvidence> = { occurrences: [] }) =>
  failed(kind, { status, attributes: { 'url.path': PATH } }, stored)

/** The result where these traces have arrived, the newest first. */
async function checkFailures(
  traces: readonly TraceEvidence[],
  fields: Parameters<typeof check>[1] = {},
): Promise<string> {
  const ids = traces.map((_, index) => `trace-${index}`)
  return check(6, {
    recentTraces: async () => ids,
    trace: async (traceId) => {
      const index = ids.indexOf(traceId)
      const found = traces[index] ?? trace([])
      const spans = found.spans.map((one) => ({ ...one, startMs: (ids.length - index) * MINUTE_MS }))
      return { ...found, traceId, spans }
    },
    ...fields,
  })
}

test('it passes with two occurrences of a class of your own, whatever failed before', async () => {
  const text = await checkFailures([
    failed('TeapotError'),
    failed('TeapotError'),
    failed('Error'),
    answered(200),
  ])
  expect(text).toMatch(/^passed: .*TeapotError, in 2 traces/)
})

test.each([
  ['the sample’s class', failed('DeliberateError'), 'is still the sample’s'],
  ['new Error', failed('Error'), 'is filed as Error'],
  ['a class of JavaScript', failed('RangeError'), 'is filed as RangeError'],
  ['a caught error', answered(200), 'It was caught, or never thrown'],
  [
    'an error after the response',
    answered(200, 'TeapotError'),
    'the response was sent before the error was thrown',
  ],
  [
    'an error after the end of the span',
    answered(200, undefined, { occurrences: [{ uuid: 'u', traceId: undefined }] }),
    'the response was sent before the error was thrown',
  ],
  ['a 4xx', answered(418), 'a 4xx is the caller’s error'],
  ['another 5xx', answered(503, 'TeapotError'), 'without a status'],
  ['an error that was not reported', answered(500, 'TeapotError'), 'has no rollbar.uuid'],
  [
    'an error that Rollbar lacks',
    failed('TeapotError', {}, { occurrences: [] }),
    'does not have the occurrence uuid yet',
  ],
  ['one occurrence', failed('TeapotError'), 'needs a second occurrence'],
])('%s', async (_mistake, found, words) => {
  expect(await checkFailures([found])).toContain(words)
})

test('a class with another name each time is an item each time', async () => {
  const text = await checkFailures([failed('Teapot1795'), failed('Teapot1794')])
  expect(text).toContain('Each occurrence has another class, Teapot1794 and Teapot1795')
})

test('a second request that was not kept is named', async () => {
  const unkept = logged({ path: PATH, status: 500, isKept: false, traceId: 'newer' })
  const text = await checkFailures([failed('TeapotError')], { requests: async () => [unkept] })
  expect(text).toContain('1 newer failing request came and was not kept')
})

test('of requests that were not kept Rollbar has the errors, without a trace', async () => {
  const unkept = [logged({ path: PATH, status: 500, isKept: false })]
  expect(await check(6, { requests: async () => unkept })).toContain('sampled: false')
})

test('an api that was not restarted, and Rollbar switched off, are named', async () => {
  const outdated = { apiState: async () => 'outdated' as const }
  expect(await checkFailures([failed('DeliberateError')], outdated)).toContain('without your last change')
  const modes = { honeycomb: 'local', xray: 'local', rollbar: 'off' } as const
  expect(await checkFailures([], { modes })).toContain('Rollbar is off')
})

test('a live Rollbar that is not read is not checked', async () => {
  const accepted = {
    occurrences: [],
    state: { honeycomb: 'accepted', xray: 'found', rollbar: 'accepted' },
  } as const
  const text = await checkFailures([failed('TeapotError', {}, accepted), failed('TeapotError', {}, accepted)])
  expect(text).toMatch(/^passed: .*not checked: Rollbar has accepted the error/)
})
