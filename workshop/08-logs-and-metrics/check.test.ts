import { expect, test } from 'vitest'
import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import type { CheckContext, IncreaseOptions } from '../context.ts'
import { check, logged, span, trace } from '../test-evidence.ts'

const TTL = 'app.activity.ttl'
const STARTED = Date.now() - 120_000
const LATER = Date.now() - 60_000
const CREATED = { method: 'POST', path: '/api/activities', status: 201, atMs: LATER }

const serviceName = { name: 'service.name', isResource: true, distinct: 1, values: ['api'] }

function metricOf(fields: Partial<MetricEntry> = {}, attributes: readonly string[] = [TTL]): MetricEntry {
  return {
    ...{
      dataset: 'api-metrics',
      name: 'app.activities.created',
      kind: 'sum',
      unit: '{post}',
      description: '',
    },
    ...{
      temporality: 'delta' as const,
      isMonotonic: true,
      points: 1,
      storedPoints: 1,
      series: 1,
      last: null,
    },
    lastWrittenAt: new Date().toISOString(),
    attributes: [
      ...attributes.map((name) => ({ name, isResource: false, distinct: 1, values: [] })),
      serviceName,
    ],
    warnings: [],
    ...fields,
  }
}

const DURATION = metricOf({ name: 'http.server.request.duration', kind: 'histogram', unit: 's' })

type Counted = Readonly<Record<string, Readonly<Record<string, number>>>>

interface Made extends Partial<Omit<CheckContext, 'metrics' | 'metricIncrease'>> {
  readonly metric?: MetricEntry
  /** What the metric has counted, by attribute and value. */
  readonly counted?: Counted
  /** What the api has answered, by status. */
  readonly answered?: Readonly<Record<string, number>>
}

const RIGHT: Counted = { [TTL]: { '1-hour': 8, '1-day': 2 } }

/** The text of the check of a learner who has done everything, except for what is given. */
function checkWith(made: Made = {}, posts?: string): Promise<string> {
  const { metric = metricOf(), counted = RIGHT, answered = { 201: 10, 400: 1 }, ...fields } = made
  const { modes } = fields
  const isReadable = modes?.honeycomb === undefined || modes.honeycomb === 'local'
  const metricIncrease = async ({ name }: { name: string }, { attribute = '' }: IncreaseOptions = {}) =>
    new Map(Object.entries(name === DURATION.name ? answered : (counted[attribute] ?? {})))
  return check(8, {
    ...(posts !== undefined && { answers: { posts } }),
    requests: async () => [logged(CREATED), logged({ ...CREATED, isKept: false })],
    trace: async () =>
      trace([span('root', { status: 201, attributes: { 'url.path': '/api/activities' } })], {
        logs: isReadable ? ['POST /api/activities 201 in 9 ms'] : undefined,
      }),
    apiStartedAt: async () => STARTED,
    metrics: async () => (isReadable ? [metric, DURATION] : undefined),
    ...fields,
    metricIncrease,
  })
}

test('passes a counter that counts each post once, by its time to live', async () => {
  const text = await checkWith({}, '8')
  expect(text).toContain('passed: “POST /api/activities 201 in 9 ms” in')
  expect(text).toContain('10 posts created and 10 counted; 1 refused and not counted')
  expect(text).toContain('Of 2 posts in the log, 1 has a trace: the metric counted them all')
})

test.each([
  ['a histogram', { kind: 'histogram' }],
  ['an up-down counter', { isMonotonic: false }],
  ['a gauge', { kind: 'gauge', isMonotonic: false }],
])('the metric is %s instead of a counter', async (words, fields) => {
  expect(await checkWith({ metric: metricOf(fields) })).toContain(`is ${words}`)
})

test('a unit that is not one of counts', async () => {
  expect(await checkWith({ metric: metricOf({ unit: 'ms' }) })).toContain(
    'The unit of app.activities.created is',
  )
  expect(await checkWith({ metric: metricOf({ unit: '' }) }, '8')).toContain('passed')
})

test.each([
  ['has no attribute', [], {}],
  ['counted 1 refused request too', [TTL], { [TTL]: { '1-hour': 8, '1-day': 2, '': 1 } }],
  ['has ttl, and no app.activity.ttl: a misspelt name?', ['ttl'], { ttl: { '1-hour': 10 } }],
  ['which is no time to live. It is a number: of hours?', [TTL], { [TTL]: { 24: 10 } }],
  ['is there another add() without it?', [TTL], { [TTL]: { '1-hour': 8, '': 2 } }],
  [
    'It is a uuid: every post has its own.',
    [TTL, 'app.activity.uuid'],
    { ...RIGHT, 'app.activity.uuid': { 'a87ff679-a2f3-471d-9181-a67b7542122c': 1 } },
  ],
  [
    'Is it a handle?',
    [TTL, 'user'],
    { ...RIGHT, user: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`u${index}`, 1])) },
  ],
  [
    '. Is it a handle? Every user has another. There is no limit to them',
    [TTL, 'app.user.handle'],
    { ...RIGHT, 'app.user.handle': { maya: 7, tomasz: 3 } },
  ],
  [
    'Is it the message?',
    [TTL, 'text'],
    { ...RIGHT, text: Object.fromEntries(Array.from({ length: 10 }, (_, index) => [`Post ${index}`, 1])) },
  ],
])('attributes: %s', async (words, attributes, counted) => {
  expect(await checkWith({ metric: metricOf({}, attributes), counted })).toContain(words)
})

test('a further attribute with few values is no mistake, nor one of an earlier run', async () => {
  const counted = { ...RIGHT, plan: { free: 7, pro: 3 } }
  const metric = metricOf({}, [TTL, 'plan', 'uuid'])
  expect(await checkWith({ metric, counted }, '8')).toContain('and plan, with few values')
})

test.each([
  ['it adds 7 for each post', { [TTL]: { '1-hour': 56, '1-day': 14 } }, { 201: 10, 400: 1 }],
  ['it counts the 2 refused ones too', { [TTL]: { '1-hour': 8, '1-day': 4 } }, { 201: 10, 400: 2 }],
  ['it counts more than posts', { [TTL]: { '1-hour': 8, '1-day': 5 } }, { 201: 10, 400: 2 }],
  ['add() is not reached by every post', { [TTL]: { '1-hour': 3, '1-day': 2 } }, { 201: 10, 400: 1 }],
  ['too few to tell a count from a constant', { [TTL]: { '1-hour': 1, '1-day': 1 } }, { 201: 2, 400: 1 }],
  ['No post was refused yet', RIGHT, { 201: 10 }],
  ['is it the post’s, or a constant?', { [TTL]: { '1-hour': 10 } }, { 201: 10, 400: 1 }],
])('what was counted: %s', async (words, counted, answered) => {
  expect(await checkWith({ counted, answered })).toContain(words)
})

test('waits for what is on its way', async () => {
  const requests = async () => [logged({ ...CREATED, atMs: Date.now() })]
  const counted = { [TTL]: { '1-hour': 7, '1-day': 2 } }
  expect(await checkWith({ requests, counted })).toContain('the last ones are on their way')
  const other = metricOf({ name: 'v8js.memory.heap.used' })
  expect(await checkWith({ requests, metric: other })).toContain('the first one is on its way')
})

test.each([
  ['The api runs without your last change', { apiState: async () => 'outdated' as const }, {}],
  ['The api is not running', { apiState: async () => 'stopped' as const }, {}],
  [
    'No post was created since the api was started',
    { apiStartedAt: async () => Date.now(), answered: {} },
    {},
  ],
  ['it has created 10 posts, and there is no metric', {}, {}],
  ['There is a metric app.activity.created', {}, { name: 'app.activity.created' }],
  [
    'there is no metric app.activities.created',
    {},
    { name: 'app.activities.created', lastWrittenAt: '2026-01-01T00:00:00Z' },
  ],
])('without the metric: %s', async (words, fields, metric) => {
  expect(
    await checkWith({ ...fields, metric: metricOf({ name: 'v8js.memory.heap.used', ...metric }) }),
  ).toContain(words)
})

test.each([
  [undefined, 'Your answer is missing: how many posts with the ttl 1-hour'],
  ['some', 'is not a number of posts'],
  ['10', 'is the number of all posts'],
  ['1', 'how many posts’ traces were kept'],
  ['9', 'The chart has another number than 9'],
])('the answer %j: %s', async (posts, words) => {
  const text = await checkWith({}, posts)
  expect(text).toContain(words)
  expect(text).toContain(
    `http://page.test/metrics?name=app.activities.created&kind=sum&calculations=INCREASE&by=app.activity.ttl&start_time=${Math.ceil(STARTED / 1_000)}`,
  )
})

test('a post whose trace was not kept has no log line in a trace, and is counted', async () => {
  const requests = async () => [logged({ ...CREATED, isKept: false })]
  expect(await checkWith({ requests })).toContain('One new post came, and it was not kept')
})

test('a live Honeycomb returns no metrics, and does not block', async () => {
  const modes = { honeycomb: 'live', xray: 'local', rollbar: 'local' } as const
  expect(await checkWith({ modes })).toMatch(/^passed: not checked: .*dataset api-metrics/)
})

test('without Honeycomb there is nothing to read', async () => {
  const modes = { honeycomb: 'off', xray: 'local', rollbar: 'local' } as const
  expect(await check(8, { modes })).toContain('Honeycomb is off')
})
