import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { calculationsOf, type MetricCalculation } from '../contracts/sandbox/metric-words.ts'
import { MetricAnswer, type MetricFilter, type MetricQuestion } from '../contracts/sandbox/metrics.ts'
import { type Allowed, type NaiveAnswer, type NaiveQuestion, naiveAnswer } from './harness/naive-metrics.ts'
import { createRandom, type Random } from './harness/random.ts'
import { randomMetrics } from './harness/random-metrics.ts'
import { HONEYCOMB_KEY, type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { metricsRequest, type SentMetric } from './harness/sent-metrics.ts'

/** The same histories and the same questions in each run. */
const SEED = Number(process.env.ORACLE_SEED ?? 16)
/** Each with its own histories. */
const SANDBOXES = scaled(1, 8)
/** Of each of the ten metrics. */
const QUESTIONS = scaled(4, 40)
const TOLERANCE = 1e-9
/** Points of one export. */
const BATCH = 25
/** A whole minute, some minutes ago. Epoch ms */
const END_MS = Math.floor(Date.now() / 60_000) * 60_000 - 120_000

for (let number = 0; number < SANDBOXES; number++) {
  const seed = SEED + number
  describe(`random histories and random questions (ORACLE_SEED=${seed})`, () => {
    const random = createRandom(seed)
    const metrics = randomMetrics(random, END_MS)
    let sandbox: SandboxForTest
    beforeAll(async () => {
      sandbox = await sandboxForTest({ daemon: undefined })
      await send(sandbox, metrics, random)
    })
    afterAll(() => sandbox[Symbol.asyncDispose]())

    test.each(metrics.map((metric) => [metric.name, metric] as const))(
      '%s: every answer equals that of the naive evaluator',
      async (name, metric) => {
        for (let count = 0; count < QUESTIONS; count++) {
          const asked = randomQuestion(random, metric)
          const question = toQuestion(name, asked)
          const response = await sandbox.post('/sandbox/metrics/query', JSON.stringify(question))
          const body: unknown = await response.json()
          expect(response.status, JSON.stringify([question, body])).toBe(200)
          expectEqual(MetricAnswer.parse(body), naiveAnswer(metric, asked), asked, metric)
        }
      },
    )
  })
}

/** In the order of arrival, as protobuf and as JSON. */
async function send(sandbox: SandboxForTest, metrics: readonly SentMetric[], random: Random): Promise<void> {
  for (const metric of metrics) {
    for (let first = 0; first < metric.points.length; first += BATCH) {
      const encoding = random.one(['json', 'protobuf'] as const)
      const body = metricsRequest(
        [{ ...metric, points: metric.points.slice(first, first + BATCH) }],
        encoding,
      )
      const headers = { ...HONEYCOMB_KEY, 'content-type': `application/${encoding}` }
      expect((await sandbox.post('/v1/metrics', body, headers)).status).toBe(200)
    }
  }
}

function randomQuestion(random: Random, { kind, isMonotonic = false }: SentMetric): NaiveQuestion {
  const possible = calculationsOf({ kind, isMonotonic })
  const end = END_MS / 1_000 - random.one([0, 0, 30, 90])
  return {
    calculations: [random.one(possible), ...possible.filter(() => random.chance(0.4))],
    filters: random.chance(0.4) ? [randomFilter(random)] : [],
    breakdowns: ['route', 'status', 'region', 'service.name', 'none'].filter(() => random.chance(0.25)),
    start: end - random.one([60, 300, 600, 1_200]),
    end,
    granularity: random.one([2, 5, 7, 10, 30, 60, 600]),
  }
}

function randomFilter(random: Random): MetricFilter {
  return random.one<MetricFilter>([
    { attribute: 'route', op: 'exists' },
    { attribute: 'route', op: 'does-not-exist' },
    { attribute: 'route', op: 'starts-with', value: 'GET /a' },
    { attribute: 'route', op: 'does-not-contain', value: '/b' },
    { attribute: 'status', op: '=', value: 200 },
    { attribute: 'status', op: '!=', value: '200' },
    { attribute: 'region', op: 'in', value: ['eu', 'own'] },
    { attribute: 'region', op: 'not-in', value: ['eu'] },
    { attribute: 'service.name', op: 'contains', value: 'rof' },
  ])
}

function toQuestion(name: string, asked: NaiveQuestion): MetricQuestion {
  const { calculations, filters, breakdowns, start, end, granularity } = asked
  return {
    name,
    calculations: [...new Set(calculations)],
    filters: [...filters],
    breakdowns: [...breakdowns],
    ...{ limit: 100, start_time: start, end_time: end, granularity },
  }
}

function expectEqual(
  answer: MetricAnswer,
  naive: NaiveAnswer,
  asked: NaiveQuestion,
  metric: SentMetric,
): void {
  const what = JSON.stringify(asked)
  const { steps } = naive
  expect(answer.range).toEqual({
    start: (steps[0]?.fromMs ?? 0) / 1_000,
    end: (steps.at(-1)?.toMs ?? 0) / 1_000,
    granularity: asked.granularity,
  })
  expect([answer.groupCount, answer.points, answer.resets], what).toEqual([
    naive.groups.length,
    naive.points,
    naive.resets,
  ])
  const byKey = new Map(naive.groups.map((group) => [JSON.stringify(group.key), group]))
  const shown = asked.calculations.filter((name) => name !== 'HEATMAP')
  for (const group of answer.groups) {
    const expected = byKey.get(JSON.stringify(group.key)) ?? expect.fail(`${what}: no group ${group.key}`)
    expect(group.series, what).toBe(expected.series)
    for (const name of shown) {
      const where = `${what} ${name} ${group.key}`
      expectNear([group.totals[name] ?? null], [expected.totals[name] ?? null], `${where} totals`)
      expectNear(group.values[name] ?? [], expected.values[name] ?? [], where)
    }
  }
  expect(answer.groups).toHaveLength(naive.groups.length)
  const [first] = shown
  if (first)
    expectDescending(
      answer.groups.map(({ totals }) => totals[first] ?? null),
      first,
    )
  expectHeatmap(answer, naive, asked)
  expectExemplars(answer, naive, metric)
}

function expectNear(values: readonly (number | null)[], allowed: readonly Allowed[], where: string): void {
  expect(values, where).toHaveLength(allowed.length)
  for (const [step, value] of values.entries()) {
    const range = allowed[step] ?? null
    if (range === null || value === null) {
      expect([step, value], where).toEqual([step, range])
      continue
    }
    const slack = TOLERANCE * Math.max(Math.abs(range[0]), Math.abs(range[1]), 1e-3)
    if (value < range[0] - slack || value > range[1] + slack) {
      expect.fail(`${where}: step ${step} is ${value}, not within ${range.join(' and ')}`)
    }
  }
}

function expectDescending(totals: readonly (number | null)[], name: MetricCalculation): void {
  const numbers = totals.map((total) => total ?? Number.NEGATIVE_INFINITY)
  expect(numbers, `groups by ${name}`).toEqual(numbers.toSorted((a, b) => b - a))
}

/** Each cell has the values of its time between its edges, and no value is outside of all cells. */
function expectHeatmap({ heatmap }: MetricAnswer, naive: NaiveAnswer, { calculations }: NaiveQuestion): void {
  expect(heatmap !== null).toBe(calculations.includes('HEATMAP'))
  if (!heatmap) return
  const { edges, counts } = heatmap
  const rows = Math.max(0, edges.length - 1)
  for (const [index, step] of naive.steps.entries()) {
    const own = counts.slice(index * rows, (index + 1) * rows)
    const all = naive.countIn(step, Number.POSITIVE_INFINITY, true)
    expect(own.reduce((sum, one) => sum + one, 0)).toBeCloseTo(all, 6)
    for (const [row, count] of own.entries()) {
      const below = (edge: number, isInclusive: boolean) => naive.countIn(step, edge, isInclusive)
      const inCell = below(edges[row + 1] ?? 0, row === rows - 1) - below(edges[row] ?? 0, false)
      expect(count).toBeCloseTo(inCell, 6)
    }
  }
}

/** Exemplars that were sent, in their group and in the range; all of them, if no filter and no bound takes any away. */
function expectExemplars(answer: MetricAnswer, { steps }: NaiveAnswer, { points }: SentMetric): void {
  const { exemplars, groups, range } = answer
  const sent = new Map(
    points.flatMap((point) =>
      (point.exemplars ?? []).map((exemplar) => [exemplar.traceId, { point, exemplar }]),
    ),
  )
  for (const { traceId, atMs, value, group } of exemplars) {
    const { point, exemplar } = sent.get(traceId) ?? expect.fail(`no exemplar ${traceId} was sent`)
    expect(exemplar).toEqual({ traceId, atMs, value })
    const texts: Record<string, unknown> = { ...point.resource, ...point.attributes }
    for (const part of groups[group]?.key ?? []) {
      if (part !== null) expect(Object.values(texts).map(String)).toContain(part)
    }
    expect(atMs >= range.start * 1_000 && atMs < range.end * 1_000).toBe(true)
  }
  const inRange = new Set(
    points
      .filter(({ timeMs }) => timeMs >= (steps[0]?.fromMs ?? 0) && timeMs < (steps.at(-1)?.toMs ?? 0))
      .flatMap((point) => (point.exemplars ?? []).map(({ traceId }) => traceId)),
  )
  if (answer.points === inRange.size && inRange.size <= 200) expect(exemplars).toHaveLength(inRange.size)
}
