import { expect, test } from 'vitest'
import type { SpanEvidence } from '../../contracts/evidence.ts'
import { newTraceId } from '../../contracts/trace-id.ts'
import { check, inner, logged, span, TRACE, trace } from '../test-evidence.ts'

const SEARCH = '/api/activities/search'
const LAST_MINUTE = newTraceId(Date.now() - 60_000)
const server = (path = SEARCH) => span('root', { parentId: 'curl', attributes: { 'url.path': path } })

function judge(
  text: string,
  { spans = [server()], ...fields }: Parameters<typeof check>[1] & { spans?: readonly SpanEvidence[] } = {},
) {
  const found = trace(spans, { text })
  return check(12, { answers: { trace: TRACE }, trace: async () => found, ...fields })
}

test('a search whose term is redacted, and no canary anywhere, pass; a run of the collectors is no condition', async () => {
  const text = await judge('?term=REDACTED')
  expect(text).toContain('passed')
  expect(text).toContain('not checked: no run of npm run workshop -- collector')
})

test('a failing request that the collectors kept is shown', async () => {
  const kept = trace([span('root', { isError: true })], {
    traceId: 'kept',
    text: '"tailsampling.policy":"every-error"',
  })
  const text = await judge('', {
    tracesOf: async (service) => (service === 'api-collected' ? ['kept'] : []),
    trace: async (id) => (id === 'kept' ? kept : trace([server()], { text: '?term=REDACTED' })),
  })
  expect(text).toContain('passed')
  expect(text).toContain('the failing request of trace kept, kept by the policy every-error')
})

test('a check without a trace id shows how to send canaries', async () => {
  const text = await check(12)
  expect(text).toContain('Your answer is missing: in which trace are your canaries?')
  expect(text).toContain('canary-term\\"; npm run workshop -- 12 $id')
})

test.each([
  ['was not sampled', [logged({ isKept: false })], 'Your request came and was not kept'],
  ['is on its way', [logged()], 'Your request was kept, and is on its way'],
  ['is lost', [logged({ atMs: Date.now() - 3_600_000 })], 'was kept, and has not arrived'],
  ['has not come', [], 'No request to your api had the id'],
])('a request that %s', async (_which, requests, words) => {
  const answers = { trace: LAST_MINUTE }
  const lines = requests.map((one) => ({ ...one, traceId: LAST_MINUTE }))
  expect(await judge('', { spans: [], requests: async () => lines, answers })).toContain(words)
})

test.each([
  [
    'of another request',
    [server('/api/activities/home')],
    '',
    'is of /api/activities/home, which takes no term',
  ],
  ['of a search without a term', [server()], '', 'had no term'],
  [
    'of a search of another chapter',
    [span('root', { attributes: { 'url.path': SEARCH } })],
    '?term=REDACTED',
    'came without an id of yours',
  ],
  [
    'with a canary in an attribute',
    [server(), inner('own', { name: 'search-activities', attributes: { 'app.term': 'canary-term' } })],
    'canary-term',
    'the span search-activities has app.term = ',
  ],
  [
    'with a canary elsewhere',
    [server()],
    '?term=REDACTED canary-token',
    'A canary leaked: …?term=REDACTED canary-token…',
  ],
])('a trace %s', async (_which, spans, text, words) => {
  expect(await judge(text, { spans })).toContain(words)
})

test('a change that the api does not run yet may leak', async () => {
  const apiState = async () => 'outdated' as const
  expect(await judge('?term=REDACTED', { apiState })).toContain('runs without your last change')
  expect(await judge('?term=REDACTED', { apiState, passed: [12] })).toContain('passed: ')
})

test('a canary in a log line', async () => {
  const found = trace([server()], { text: 'canary-term', logs: ['searched for canary-term'] })
  expect(await check(12, { answers: { trace: TRACE }, trace: async () => found })).toContain(
    'A canary leaked into a log line: searched for canary-term',
  )
})
