import { expect, test } from 'vitest'
import { DRAWN_GROUPS } from '../../analysis/questions/lines.ts'
import type { MetricAnswer } from '../../contracts/sandbox/metrics.ts'
import { dotsOf, drawnGroups, linesOf } from './metric-lines.ts'

const ANSWER: MetricAnswer = {
  metric: {
    dataset: 'api',
    name: 'http.server.request.duration',
    kind: 'histogram',
    unit: 's',
    description: '',
    temporality: 'delta',
    isMonotonic: false,
  },
  range: { start: 600, end: 780, granularity: 60 },
  groups: [
    { key: ['/home', null], series: 1, values: { P95: [0.1, null, 0.3], RATE: [1, null, 2] }, totals: {} },
    { key: ['', 'GET'], series: 1, values: { P95: [null, null, 0.2], RATE: [1, 1, 1] }, totals: {} },
  ],
  groupCount: 2,
  heatmap: null,
  exemplars: [],
  resets: 0,
  points: 4,
  emptiedBy: null,
  warnings: [],
}
const exemplar = (atMs: number, more = {}) => ({
  atMs,
  value: 0.25,
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  group: 0,
  isStored: true,
  ...more,
})

test('a line for each group, with gaps, and a name for values that are missing or empty', () => {
  expect(drawnGroups(ANSWER).map(({ label }) => label)).toEqual(['/home, (none)', '(empty), GET'])
  expect(drawnGroups({ groups: [{ key: [], series: 2, values: {}, totals: {} }] })[0]?.label).toBe(
    'All time series',
  )
  const lines = linesOf(ANSWER, ['P95', 'RATE'])
  expect(lines.starts).toEqual([600, 660, 720])
  expect(lines.values.get('P95')).toEqual([
    [0.1, null, 0.3],
    [null, null, 0.2],
  ])
})

test('exemplars are dots at their value; beside a rate at the line, and only where there is one', () => {
  const answer = { ...ANSWER, exemplars: [exemplar(730_000), exemplar(670_000)] }
  const format = (value: number) => `${value} s`
  const href = () => '/trace'
  expect(dotsOf(answer, 'P95', format, href)).toMatchObject([
    { at: 730, value: 0.25, colour: '--c0', label: expect.stringContaining('0.25 s · /home, (none) · open') },
    { at: 670, value: 0.25 },
  ])
  expect(dotsOf(answer, 'RATE', format, href)).toMatchObject([{ at: 750, value: 2 }])
})

test('of one step, the greatest of each group has a dot, and in a heatmap that of each row', () => {
  const exemplars = [
    exemplar(730_000, { value: 0.2 }),
    exemplar(740_000, { value: 0.4 }),
    exemplar(735_000, { value: 0.1, group: 1 }),
  ]
  const values = (rowOf?: (value: number) => number) =>
    dotsOf({ ...ANSWER, exemplars }, 'P95', String, () => '', rowOf).map(({ value }) => value)
  expect(values()).toEqual([0.4, 0.1])
  expect(values((value) => Math.floor(value * 10))).toEqual([0.2, 0.4, 0.1])
  expect(values(() => 0)).toEqual([0.4])
})

test('no dot promises a trace that is not stored', () => {
  const answer = {
    ...ANSWER,
    exemplars: [
      exemplar(730_000, { isStored: false }),
      exemplar(730_000, { traceId: '' }),
      exemplar(730_000, { group: DRAWN_GROUPS }),
    ],
  }
  expect(dotsOf(answer, 'P95', String, () => '/trace')).toEqual([])
})
