import { expect, test } from 'vitest'
import type { SpanEvidence } from '../../contracts/evidence.ts'
import { check, inner, logged, span, trace } from '../test-evidence.ts'

const HANDLE = 'app.timeline.handle'
const MINUTE_MS = 60_000
const DATABASE = 'cruddur@db.test'
const EDGES = [
  { from: 'api', to: 'api', requests: 2, faults: 0 },
  { from: 'api', to: 'profiles', requests: 2, faults: 0 },
  { from: 'api', to: DATABASE, requests: 2, faults: 0 },
]
const GROUP = { name: 'Cruddur', filter: 'fault' }

/** A timeline of this person, with these attributes on the request's span. */
function timeline(handle: string, attributes: SpanEvidence['attributes'] = {}): readonly SpanEvidence[] {
  return [
    span('root', {
      attributes: { 'url.path': `/api/activities/@${handle}`, 'user.id': handle, ...attributes },
    }),
  ]
}
const right = (handle: string) => timeline(handle, { [HANDLE]: handle })

/** The result where these traces have arrived, the newest first. */
async function checkTimelines(
  timelines: readonly (readonly SpanEvidence[])[],
  fields: Parameters<typeof check>[1] = {},
): Promise<string> {
  const ids = timelines.map((_, index) => `trace-${index}`)
  return check(4, {
    recentTraces: async () => ids,
    trace: async (traceId) => {
      const index = ids.indexOf(traceId)
      const startMs = (ids.length - index) * MINUTE_MS
      return trace(
        (timelines[index] ?? []).map((one) => ({ ...one, startMs })),
        { traceId },
      )
    },
    serviceEdges: async () => EDGES,
    group: async () => GROUP,
    answers: { calls: DATABASE },
    ...fields,
  })
}

const TWO = [right('maya'), right('tomasz')]

test('it passes with two timelines, the group, the map and the answer', async () => {
  expect(await checkTimelines(TWO)).toMatch(/^passed: 2 timelines kept/)
})

test('X-Ray’s own notation of the attribute counts', async () => {
  const [root] = timeline('maya', { app_timeline_handle: 'maya' })
  expect(await checkTimelines([root ? [root] : [], right('tomasz')])).toContain('passed')
})

test.each([
  ['nothing', timeline('maya'), 'has no attribute app.timeline.handle'],
  [
    'metadata',
    timeline('maya', { 'timeline.handle': 'maya' }),
    'Without app. at its beginning it is metadata',
  ],
  [
    'another name',
    timeline('maya', { 'app.handle': 'maya' }),
    'is called app.handle, not app.timeline.handle',
  ],
  [
    'a constant',
    timeline('maya', { [HANDLE]: 'tomasz' }),
    'is of @maya, and its app.timeline.handle is \\"tomasz\\"',
  ],
  ['an @', timeline('maya', { [HANDLE]: '@maya' }), 'with the @'],
  [
    'a span inside',
    [...timeline('maya'), inner('own', { name: 'mine', attributes: { [HANDLE]: 'maya' } })],
    'the span “mine” has app.timeline.handle',
  ],
])('%s', async (_mistake, spans, words) => {
  expect(await checkTimelines([spans])).toContain(words)
})

test('an attribute that is set after the response is told from a missing one', async () => {
  const warning = 'telemetry: Cannot execute the operation on ended Span {traceId: trace-0, spanId: root}'
  const text = await checkTimelines([timeline('maya')], { warnings: async () => [warning] })
  expect(text).toContain('was changed after its end')
})

test('one handle is not enough, and an earlier constant is quoted', async () => {
  const one = await checkTimelines([right('maya'), timeline('tomasz', { [HANDLE]: 'maya' })])
  expect(one).toContain('Only the timeline of maya is annotated')
  expect(one).toContain('it says \\"maya\\" for @tomasz')
  expect(one).toContain('/api/activities/@tomasz')
})

test('an api that was not restarted, and timelines that were not kept or not found, are named', async () => {
  expect(await checkTimelines([timeline('maya')], { apiState: async () => 'outdated' })).toContain(
    'without your last change',
  )
  const path = '/api/activities/@maya'
  expect(await check(4, { requests: async () => [logged({ path, isKept: false })] })).toContain(
    'it was not kept',
  )
  expect(await check(4, { requests: async () => [logged({ path, status: 400 })] })).toContain(
    'was answered with 400',
  )
})

test('with X-Ray off it says so', async () => {
  const modes = { honeycomb: 'local', xray: 'off', rollbar: 'local' } as const
  expect(await checkTimelines([], { modes })).toContain('X-Ray is off')
})

test('X-Ray must find a trace, have the group, and have the arrow', async () => {
  const ids = ['trace-0', 'trace-1']
  const notIndexed = async (filter = '') => (filter.startsWith('annotation') ? [] : ids)
  expect(await checkTimelines(TWO, { recentTraces: notIndexed })).toContain('It indexes for some seconds')
  expect(await checkTimelines(TWO, { group: async () => undefined })).toContain('npm run aws')
  expect(await checkTimelines(TWO, { serviceEdges: async () => [] })).toContain(
    'has no arrow from api to profiles',
  )
})

test.each([
  [undefined, 'Your answer is missing'],
  ['profiles', 'is the arrow that you know'],
  ['api', 'is the api itself'],
  ['clients', 'the arrow points at what is called'],
  ['Database', 'is what it is, not its name on the map'],
  ['cruddur', 'is a part of its name'],
  ['redis', 'No arrow goes from the api to'],
])('the answer %s: %s', async (calls, words) => {
  const answers: Record<string, string> = calls === undefined ? {} : { calls }
  const text = await checkTimelines(TWO, { answers })
  expect(text).toContain(words)
  expect(text).not.toContain(DATABASE)
})
