import { afterAll, describe, expect, test } from 'vitest'
import { MANY_VALUES } from '../../contracts/sandbox/metric-words.ts'
import { MetricAnswer, MetricList } from '../../contracts/sandbox/metrics.ts'
import { QueryErrorBody } from '../../contracts/sandbox/query.ts'
import { readDocument } from '../../tests/harness/documents.ts'
import { findProgram } from '../../tests/harness/process.ts'
import { run } from '../../tests/harness/run.ts'
import { HONEYCOMB_KEY, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { metricsRequest, type SentMetric, type SentPoint } from '../../tests/harness/sent-metrics.ts'

const CURL = findProgram(['curl', '--version'])
const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

/** A whole minute, some minutes ago. */
const END_MS = Math.floor(Date.now() / 60_000) * 60_000 - 60_000

const point = (agoS: number, value: number, more: Partial<SentPoint> = {}): SentPoint => ({
  resource: { 'service.name': 'api', 'service.instance.id': 'a' },
  attributes: { route: '/' },
  startMs: END_MS - 600_000,
  timeMs: END_MS - agoS * 1_000,
  value,
  ...more,
})
const counter = (name: string, points: readonly SentPoint[]): SentMetric => ({
  ...{ name, kind: 'sum', temporality: 'cumulative', isMonotonic: true, unit: '{request}', points },
})
async function send(metric: SentMetric, dataset?: string): Promise<void> {
  const headers = {
    ...HONEYCOMB_KEY,
    'content-type': 'application/json',
    ...(dataset && { 'x-honeycomb-dataset': dataset }),
  }
  expect((await sandbox.post('/v1/metrics', metricsRequest([metric], 'json'), headers)).status).toBe(200)
}
const list = async () => MetricList.parse(await (await sandbox.ask('/sandbox/metrics')).json())
const entryOf = async (name: string) => (await list()).metrics.find((metric) => metric.name === name)
const ask = (question: unknown) => sandbox.post('/sandbox/metrics/query', JSON.stringify(question))
async function refused(question: unknown) {
  const response = await ask(question)
  const { message, issues } = QueryErrorBody.parse(await response.json())
  return { status: response.status, message, clauses: issues.map(({ clause }) => clause) }
}

describe('GET /sandbox/metrics', () => {
  test('a metric has its last value, its time series, and its attributes with their values', async () => {
    const other = {
      resource: { 'service.name': 'api', 'service.instance.id': 'b' },
      attributes: { route: '/x' },
    }
    await send(
      counter('requests', [point(60, 600), point(0, 1_200), point(60, 0, other), point(0, 60, other)]),
    )
    expect(await entryOf('requests')).toMatchObject({
      ...{ dataset: 'unknown_metrics', kind: 'sum', unit: '{request}', temporality: 'cumulative' },
      ...{ isMonotonic: true, points: 4, storedPoints: 4, series: 2, warnings: [] },
      last: { calculation: 'RATE', value: 11, atMs: END_MS },
      attributes: [
        { name: 'route', isResource: false, distinct: 2, values: ['/', '/x'] },
        { name: 'service.instance.id', isResource: true, distinct: 2, values: ['a', 'b'] },
        { name: 'service.name', isResource: true, distinct: 1, values: ['api'] },
      ],
    })
    // What arrives later is in the next list.
    await send(counter('requests', [point(-30, 1_500)]))
    expect(await entryOf('requests')).toMatchObject({
      points: 5,
      storedPoints: 5,
      last: { atMs: END_MS + 30_000 },
    })
  })

  test('an attribute of the resource that a point has too is the point’s', async () => {
    await send(counter('hidden', [point(0, 1), point(0, 1, { attributes: { 'service.name': 'own' } })]))
    const attributes = (await entryOf('hidden'))?.attributes
    expect(attributes?.find(({ name }) => name === 'service.name')).toEqual({
      ...{ name: 'service.name', isResource: false, distinct: 2, values: ['api', 'own'] },
    })
  })

  test('too many values of an attribute are a warning that says what to do', async () => {
    const users = Array.from({ length: MANY_VALUES + 1 }, (_, user) => point(0, 1, { attributes: { user } }))
    await send(counter('per.user', users))
    const entry = await entryOf('per.user')
    expect(entry).toMatchObject({ series: MANY_VALUES + 1 })
    expect(entry?.attributes[0]).toMatchObject({ name: 'user', distinct: MANY_VALUES + 1 })
    expect(entry?.attributes[0]?.values).toHaveLength(100)
    expect(entry?.warnings).toEqual([
      'user has 101 values, and each of them makes time series: leave it out of the metric (a view of the SDK does that), and put it on spans',
    ])
  })

  test('long texts are cut, and attributes with long names left out', async () => {
    const attributes = { long: 'x'.repeat(5_000), ['n'.repeat(301)]: 'value' }
    await send({ ...counter('long', [point(0, 1, { attributes })]), unit: 'u'.repeat(5_000) })
    const entry = await entryOf('long')
    expect(entry?.unit).toHaveLength(1_001)
    expect(entry?.attributes.filter(({ isResource }) => !isResource)).toEqual([
      { name: 'long', isResource: false, distinct: 1, values: ['x'.repeat(1_000)] },
    ])
  })
})

describe('POST /sandbox/metrics/query', () => {
  test('answers over time and by group, and says what is wrong with how the metric is sent', async () => {
    await send(counter('asked', [point(120, 0), point(60, 60), point(0, 180), point(-3 * 86_400, 1)]))
    const response = await ask({
      name: 'asked',
      start_time: END_MS / 1_000 - 120,
      end_time: END_MS / 1_000,
      granularity: 60,
      breakdowns: ['route'],
    })
    const answer = MetricAnswer.parse(await response.json())
    expect(answer).toMatchObject({
      metric: { name: 'asked', unit: '{request}' },
      groups: [{ key: ['/'], series: 1, values: { RATE: [1, 2] }, totals: { RATE: 1.5 } }],
      warnings: [expect.stringContaining('1 point is left out because of the time')],
    })
    // The engine's own fields do not leave the thread.
    expect(Object.keys(answer.metric).sort()).toEqual(
      ['dataset', 'description', 'isMonotonic', 'kind', 'name', 'temporality', 'unit'].sort(),
    )
  })

  test.skipIf(!CURL.isThere)(`the question of docs/metrics.md is answered (${CURL.kind})`, async () => {
    const attributes = { 'http.route': '/home', 'http.response.status_code': 200 }
    const counts = { count: 4, sum: 2, bounds: [0.5, 1], counts: [3, 1, 0] }
    const more = { attributes, ...counts }
    await send({
      ...{ name: 'http.server.request.duration', kind: 'histogram', temporality: 'delta', unit: 's' },
      points: [point(60, 0, more), point(0, 0, more)],
    })
    const [script] = readDocument('docs/metrics.md').blocks.flatMap(({ text }) =>
      text.includes('/sandbox/metrics/query') ? text.replace('http://localhost:4318', sandbox.url) : [],
    )
    const { stdout, stderr } = await run('bash', ['-euc', script ?? ''], {
      env: { PATH: process.env.PATH ?? '' },
    })
    const { groups, heatmap } = MetricAnswer.parse(JSON.parse(stdout || `"${stderr}"`))
    expect(groups).toMatchObject([{ key: ['/home'], totals: { P95: expect.any(Number) } }])
    expect(heatmap?.edges).toEqual([0, 0.5, 1])
  })

  test('an unknown metric is a 404 that names the nearest one', async () => {
    await send(counter('http.server.duration', [point(0, 1)]))
    expect(await refused({ name: 'http.server.durations' })).toMatchObject({
      status: 404,
      message: 'there is no metric "http.server.durations": did you mean "http.server.duration"?',
    })
    expect((await refused({ name: '§§§' })).message).toContain('GET /sandbox/metrics lists them all')
    expect(await refused({ name: 'http.server.duration', dataset: 'other' })).toMatchObject({
      status: 404,
      message: expect.stringContaining('it is in dataset unknown_metrics, kind sum'),
    })
  })

  test('a name of several metrics is a 400 that names the datasets or the kinds', async () => {
    await send(counter('twice', [point(0, 1)]), 'one')
    await send(counter('twice', [point(0, 1)]), 'two')
    await send({ name: 'twice', kind: 'gauge', points: [point(0, 1)] }, 'two')
    expect(await refused({ name: 'twice' })).toEqual({
      status: 400,
      message: 'dataset: "twice" is the name of several metrics: choose one or two',
      clauses: ['dataset'],
    })
    expect(await refused({ name: 'twice', dataset: 'two' })).toMatchObject({
      message: 'kind: "twice" is the name of several metrics: choose gauge or sum',
      clauses: ['kind'],
    })
    expect((await ask({ name: 'twice', dataset: 'two', kind: 'gauge' })).status).toBe(200)
  })

  test.each<[clause: string, question: unknown]>([
    ['name', {}],
    ['column', { name: 'asked', column: 'x' }],
    ['calculations.0', { name: 'asked', calculations: ['P95'] }],
    ['calculations.0', { name: 'asked', calculations: ['MEDIAN'] }],
    ['filters.0.op', { name: 'asked', filters: [{ attribute: 'a', op: '>', value: 1 }] }],
    ['filters.0.value', { name: 'asked', filters: [{ attribute: 'a', op: '=' }] }],
    ['breakdowns.0', { name: 'asked', breakdowns: [''] }],
    ['limit', { name: 'asked', limit: 0 }],
    ['granularity', { name: 'asked', granularity: 1, time_range: 86_400 }],
    ['end_time', { name: 'asked', start_time: 2, end_time: 1 }],
    ['', '{'],
  ])('a wrong %s is a 400 that names it', async (clause, question) => {
    expect(await refused(question)).toMatchObject({ status: 400, clauses: [clause] })
  })
})
