import { expect, test } from 'vitest'
import type { SpanEvidence } from '../../contracts/evidence.ts'
import type { QueryInput } from '../../contracts/sandbox/query.ts'
import type { CheckContext } from '../context.ts'
import { check, inner, logged, span, trace } from '../test-evidence.ts'

const SEARCH = '/api/activities/search'
const RESULTS = 'app.search.results'
const LONG_AGO_MS = 1_000
const MINUTE_MS = 60_000

function root(fields: Partial<SpanEvidence> = {}): SpanEvidence {
  return span('root', { startMs: LONG_AGO_MS, durationMs: 40, attributes: { 'url.path': SEARCH }, ...fields })
}
function own(fields: Partial<SpanEvidence> = {}): SpanEvidence {
  const attributes = { [RESULTS]: 2 }
  return inner('own', { name: 'search-activities', startMs: 1_010, durationMs: 10, attributes, ...fields })
}
function query(rows = 2, fields: Partial<SpanEvidence> = {}): SpanEvidence {
  const attributes = { 'db.response.returned_rows': rows }
  const times = { startMs: 1_012, durationMs: 5 }
  return inner('query', {
    name: 'SELECT',
    parentId: 'own',
    statement: 'select',
    ...times,
    attributes,
    ...fields,
  })
}
const saying = (value: unknown, name = RESULTS) => own({ attributes: { [name]: value } })

/** The result where these traces have arrived, the newest first. */
async function checkSearches(
  searches: readonly (readonly SpanEvidence[])[],
  fields: Parameters<typeof check>[1] = {},
): Promise<string> {
  const ids = searches.map((_, index) => `trace-${index}`)
  // A minute lies between them.
  const moved = searches.map((spans, index) =>
    spans.map((one) => ({ ...one, startMs: one.startMs + (searches.length - index) * MINUTE_MS })),
  )
  return check(3, {
    recentTraces: async () => ids,
    trace: async (traceId) => trace(moved[ids.indexOf(traceId)] ?? [], { traceId }),
    ...fields,
  })
}

const RIGHT = [root(), own(), query()]
const EMPTY = [root(), saying(0), query(0)]

test('the clocks of two spans may differ by a millisecond', async () => {
  const result = await checkSearches([[root(), own({ durationMs: 6 }), query()], EMPTY])
  expect(result).not.toContain('ended before its query')
})

test.each([
  ['no span', [root(), query(2, { parentId: 'root' })], 'has no span of yours'],
  ['a misspelt name', [root(), own({ name: 'searchActivities' }), query()], 'called “searchActivities”'],
  ['a span that never ends', [root(), query()], 'your span never ends'],
  ['startSpan', [root(), own(), query(2, { parentId: 'root' })], 'startSpan creates a span without'],
  [
    'a span around nothing',
    [root(), own({ durationMs: 1 }), query(2, { parentId: 'root' })],
    'the span is around nothing',
  ],
  [
    'a span after the query',
    [root(), own({ startMs: 1_018 }), query(2, { parentId: 'root' })],
    'was over before search-activities began',
  ],
  ['no await', [root(), own({ durationMs: 3 }), query()], 'ended before its query did'],
  ['a search without the database', [root(), own()], 'did not ask the database'],
  ['a span in no request', [root(), own({ parentId: 'other' }), query()], 'not a child of the request'],
  ['a text', [root(), saying('2'), query()], 'is the text \\"2\\", not a number'],
  ['another attribute', [root(), saying(2, 'app.search.result'), query()], 'has app.search.result, and no'],
  ['no attribute', [root(), own({ attributes: {} }), query()], 'or its value was undefined'],
  [
    'the request’s span',
    [root({ attributes: { 'url.path': SEARCH, [RESULTS]: 2 } }), own({ attributes: {} }), query()],
    'is an attribute of the request’s span',
  ],
  ['a constant', [root(), saying(1), query(4)], 'your span says 1, the query returned 4'],
])('%s', async (_mistake, spans, words) => {
  expect(await checkSearches([spans])).toContain(words)
})

test('an attribute that is set after the end is told from a missing one by OpenTelemetry’s warning', async () => {
  const warning =
    'telemetry: Cannot execute the operation on ended Span {traceId: trace-0, spanId: own} Operation attempted on ended Span {traceId: trace-0, spanId: own}'
  const spans = [root(), own({ attributes: {} }), query()]
  expect(await checkSearches([spans], { warnings: async () => [warning] })).toContain(
    'changed after span.end()',
  )
  const ofOther = warning.replaceAll('trace-0', 'trace-9')
  expect(await checkSearches([spans], { warnings: async () => [ofOther] })).toContain('value was undefined')
})

test('the newest search counts: a mistake that is fixed does not, one that is new does', async () => {
  const wrong = [root(), saying(1), query(4)]
  expect(await checkSearches([EMPTY, RIGHT, wrong])).toContain('you have asked how many')
  expect(await checkSearches([wrong, EMPTY, RIGHT])).toContain('your span says 1, the query returned 4')
})

test('searches of both kinds are needed, and constants are none', async () => {
  expect(await checkSearches([RIGHT])).toContain('one that finds nothing is missing')
  expect(await checkSearches([EMPTY])).toContain('one that finds posts is missing')
  const zero = await checkSearches([EMPTY, [root(), saying(0), query(4)]])
  expect(zero).toContain('In the earlier trace trace-1 the span says 0, and the query returned 4')
})

test('where a provider has no number of rows, the number is not checked', async () => {
  const live = { honeycomb: 'live', xray: 'live', rollbar: 'live' } as const
  const searches = [
    [root(), own(), query(0, { attributes: {} })],
    [root(), saying(0), query(0, { attributes: {} })],
  ]
  const text = await checkSearches(searches, { modes: live })
  expect(text).toMatch(
    /^passed: .*not checked: the provider has no number of rows.*not checked: live Honeycomb/,
  )
})

test('an api that was not restarted is named before what its traces lack', async () => {
  const spans = [root(), query(2, { parentId: 'root' })]
  expect(await checkSearches([spans], { apiState: async () => 'outdated' })).toContain(
    'without your last change',
  )
  expect(await checkSearches([spans], { apiState: async () => 'stopped' })).toContain(
    'The api is not running',
  )
})

test('newer searches that were not kept, or are on their way, are named with what the newest trace lacks', async () => {
  const spans = [root(), query(2, { parentId: 'root' })]
  const newer = (fields: Parameters<typeof logged>[0]) =>
    logged({ path: SEARCH, traceId: 'newer', ...fields })
  const unkept = [newer({ isKept: false }), newer({ isKept: false, traceId: 'newer too' })]
  expect(await checkSearches([spans], { requests: async () => unkept })).toContain(
    '2 newer searches came and were not kept',
  )
  expect(await checkSearches([spans], { requests: async () => [newer({})] })).toContain(
    'newer was kept, and is on its way',
  )
})

test('before there is a trace: no search, one that was not kept, one that was refused', async () => {
  expect(await check(3)).toContain('No search has come yet')
  const one = (fields: Parameters<typeof logged>[0]) => async () => [logged({ path: SEARCH, ...fields })]
  expect(await check(3, { requests: one({ isKept: false }) })).toContain(
    'One search came, and it was not kept',
  )
  expect(await check(3, { requests: one({ status: 400 }) })).toContain('was answered with 400')
})

/** Ask’s answers, by the filters: `all` events, spans of the learner, those with results and without, each by age. */
function askOf(
  ages: Readonly<Record<'all' | 'own' | 'found' | 'nothing', readonly number[]>>,
): CheckContext['ask'] {
  return async ({ filters = [], start_time, end_time, time_range, granularity }: QueryInput) => {
    const [, second] = filters ?? []
    const isNone = second?.op === 'does-not-exist'
    const which = second ? (second.op === '>' ? 'found' : 'nothing') : filters?.length ? 'own' : 'all'
    const nowS = Date.now() / 1_000
    const fromS = start_time ?? nowS - (time_range ?? 7_200)
    const events = isNone ? [] : ages[which].map((age) => nowS - age)
    const found = events.filter((at) => at >= fromS && at < (end_time ?? nowS + 1)).toSorted()
    // Each event stands for five.
    return {
      ...{ results: [{ COUNT: found.length * 5 }], resultTraces: [], heatmaps: [], traces: [] },
      series: granularity
        ? found.map((at) => ({ time: new Date(at * 1_000).toISOString(), data: { COUNT: 5 } }))
        : [],
      ...{ rows: found.length, stored: 99, groupCount: 1, warnings: [], emptiedBy: null, elapsedMs: 1 },
      range: { start: fromS, end: nowS, granularity: 1 },
    }
  }
}

test.each([
  ['30', 'passed: '],
  ['25', 'passed: '],
  [undefined, 'Your answer is missing'],
  ['many', 'is not a number'],
  ['20', 'Ask does not show 20'],
  ['6', 'That is how many such searches were kept'],
  ['55', 'the filter on app.search.results is missing'],
  ['15', 'searches that found something'],
  ['100', 'WHERE is empty'],
  ['35', 'another time range'],
])('the answer %s: %s', async (nothing, words) => {
  const ask = askOf({
    all: Array<number>(20).fill(700),
    own: Array<number>(11).fill(700),
    found: [700, 700, 700],
    // One a minute ago, which a learner who asked before it did not count, and one longer ago than the range.
    nothing: [8_000, 700, 700, 700, 700, 700, 60],
  })
  const answers: Record<string, string> = nothing === undefined ? {} : { nothing }
  const text = await checkSearches([EMPTY, RIGHT], { ask, answers })
  expect(text).toContain(words)
  if (!text.startsWith('passed')) expect(text).not.toMatch(/\b30\b/)
})
