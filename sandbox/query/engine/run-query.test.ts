import { describe, expect, test } from 'vitest'
import { type ColumnValue, type QueryInput, QuerySpecification } from '../../../contracts/sandbox/query.ts'
import { ownCpuMs } from '../../../tests/harness/cpu.ts'
import { QuestionEnded } from '../../read-thread/deadline.ts'
import { EventTable } from '../events/event-table.ts'
import { runQuery } from './run-query.ts'

const NOW_MS = 1_000_000_000

interface TestEvent {
  readonly agoMs?: number
  readonly weight?: number
  readonly fields?: Readonly<Record<string, ColumnValue>>
}

function tableOf(events: readonly TestEvent[]): EventTable {
  const table = new EventTable()
  for (const [index, { agoMs = 5_000, weight = 1, fields = {} }] of events.entries()) {
    const row = table.add('spans', index + 1, 'api', NOW_MS - agoMs, weight) as number
    for (const [name, value] of Object.entries(fields)) table.put(row, name, value)
  }
  return table
}

function run(events: readonly TestEvent[] | EventTable, question: QueryInput) {
  const table = events instanceof EventTable ? events : tableOf(events)
  const specification = QuerySpecification.parse(question)
  return runQuery(table, specification, { dataset: '__all__', nowMs: NOW_MS }, () => {})
}

const value = (number: number, weight = 1): TestEvent => ({ weight, fields: { v: number } })
const calculate = (op: NonNullable<NonNullable<QueryInput['calculations']>[number]>['op'], column = 'v') => ({
  calculations: [op === 'COUNT' || op === 'CONCURRENCY' ? { op } : { op, column }],
})

describe('weights', () => {
  const events = [value(10, 3), value(20), { fields: { v: 'no number' } }]
  test.each([
    ['COUNT', 5],
    ['SUM', 50],
    ['AVG', 12.5],
    ['P50', 10],
    ['P90', 20],
    ['MIN', 10],
    ['MAX', 20],
    ['COUNT_DISTINCT', 3],
  ] as const)('%s counts an event as often as it stands for', (op, expected) => {
    expect(Object.values(run(events, calculate(op)).results[0] ?? {})).toEqual([expected])
  })
})

describe('percentiles', () => {
  test('are the smallest value whose cumulative weight reaches the share', () => {
    const events = Array.from({ length: 100 }, (_, index) => value(100 - index))
    const calculations = (['P01', 'P50', 'P95', 'P99', 'P999'] as const).map((op) => ({ op, column: 'v' }))
    expect(run(events, { calculations }).results).toEqual([
      { 'P01(v)': 1, 'P50(v)': 50, 'P95(v)': 95, 'P99(v)': 99, 'P999(v)': 100 },
    ])
  })

  test('of a calculation with filters are of its events only', () => {
    const filters = [{ column: 'v', op: '>', value: 10 } as const]
    const calculations = [{ op: 'P50', column: 'v', name: 'high', filters } as const]
    expect(run([value(1), value(11), value(12)], { calculations }).results).toEqual([{ high: 11 }])
  })
})

describe('CONCURRENCY', () => {
  test('is the share of the time that events cover, also of buckets in which none begins', () => {
    const events = [
      { agoMs: 9_500, fields: { duration_ms: 2_000 } },
      { agoMs: 500, fields: { duration_ms: 9_999 } },
    ]
    const { results, series } = run(events, { ...calculate('CONCURRENCY'), time_range: 10, granularity: 1 })
    expect(results[0]?.CONCURRENCY).toBeCloseTo(0.25, 10)
    expect(series.map(({ time, data }) => [Date.parse(time) - NOW_MS, data.CONCURRENCY])).toEqual([
      [-10_000, 0.5],
      [-9_000, 1],
      [-8_000, 0.5],
      [-1_000, 0.5],
    ])
  })
})

test('CONCURRENCY of long events over many buckets does not visit each of them', () => {
  const events = Array.from({ length: 50_000 }, (_, index) => ({
    agoMs: 3_600_000 - index,
    fields: { duration_ms: 3_600_000 },
  }))
  const startedMs = ownCpuMs()
  const { series } = run(events, { ...calculate('CONCURRENCY'), time_range: 3_600, granularity: 4 })
  expect(series).toHaveLength(900)
  expect(series[450]?.data.CONCURRENCY).toBeCloseTo(50_000, 3)
  // 45 million visits took several seconds.
  expect(ownCpuMs() - startedMs).toBeLessThan(2_000)
})

describe('RATE', () => {
  test('is the difference from the bucket before that has a value', () => {
    const at = (agoS: number, v: number) => ({ agoMs: agoS * 1_000, fields: { v } })
    const question = { ...calculate('RATE_MAX'), time_range: 10, granularity: 1 }
    const { results, series } = run([at(9, 1), at(9, 4), at(7, 10), at(6, 3)], question)
    expect(series.map(({ data }) => data['RATE_MAX(v)'])).toEqual([null, 6, -7])
    expect(results).toEqual([{ 'RATE_MAX(v)': -0.5 }])
  })
})

describe('HEATMAP', () => {
  test('has every value in its cell, weighted', () => {
    const events = [value(0), value(0.5, 2), value(5), value(5_000)]
    const { heatmaps, results, series } = run(events, calculate('HEATMAP'))
    const [heatmap] = heatmaps
    expect(heatmap?.scale).toBe('logarithmic')
    expect(heatmap?.edges[0]).toBe(0)
    expect(heatmap?.edges.at(-1)).toBe(5_000)
    const rows = (heatmap?.edges.length ?? 0) - 1
    const byRow = Array.from({ length: rows }, (_, row) =>
      heatmap?.counts.reduce((sum, count, cell) => sum + (cell % rows === row ? count : 0), 0),
    )
    expect(byRow[0]).toBe(3)
    expect(byRow.at(-1)).toBe(1)
    expect(byRow.reduce((sum, count) => (sum ?? 0) + (count ?? 0), 0)).toBe(5)
    expect(results).toEqual([{}])
    expect(series.every(({ data }) => Object.keys(data).length === 0)).toBe(true)
  })

  test('of one value, and of none', () => {
    expect(run([value(7)], calculate('HEATMAP')).heatmaps[0]?.counts.filter(Boolean)).toEqual([1])
    expect(run([{}], calculate('HEATMAP')).heatmaps[0]).toMatchObject({ edges: [], counts: [] })
  })
})

describe('filters', () => {
  const events: TestEvent[] = [
    { fields: { a: 'x', n: 1, flag: true } },
    { fields: { a: 'xy', n: '2' } },
    { fields: { n: 'three' } },
  ]
  test.each<[op: string, column: string, value: unknown, count: number]>([
    ['=', 'a', 'x', 1],
    ['!=', 'a', 'x', 1],
    ['=', 'n', '1', 1],
    ['=', 'n', 2, 1],
    ['=', 'flag', 'true', 1],
    ['=', 'flag', true, 1],
    ['>', 'n', 1, 1],
    ['>=', 'n', 1, 2],
    ['>=', 'n', '1', 3],
    ['<', 'a', 'xy', 1],
    ['exists', 'a', undefined, 2],
    ['does-not-exist', 'a', undefined, 1],
    ['starts-with', 'a', 'x', 2],
    ['ends-with', 'a', 'y', 1],
    ['does-not-end-with', 'a', 'y', 1],
    ['contains', 'n', 'ee', 1],
    ['does-not-contain', 'n', 'ee', 2],
    ['in', 'a', ['x', 'xy', 'z'], 2],
    ['not-in', 'a', ['x', 'z'], 1],
    ['in', 'n', [1, 2], 2],
    ['in', 'n', ['1', 'three'], 2],
    ['in', 'flag', [true], 1],
    ['contains', 'a', 'X', 0],
  ])('%s %s %s holds for %i', (op, column, value, count) => {
    const filters = [{ column, op, value }] as QueryInput['filters']
    expect(run(events, { filters }).rows).toBe(count)
  })
})

test('a negated filter that finds nothing says how to find the events without the column', () => {
  const notTrue = { column: 'error', op: '!=', value: true } as const
  const { emptiedBy } = run([{ fields: { error: true } }, {}], { filters: [notTrue] })
  expect(emptiedBy).toEqual({
    clause: 'filters.0',
    message: expect.stringContaining('leaves out events without "error": find those with does-not-exist'),
  })
  expect(
    run([{}], { filters: [{ column: 'error', op: '=', value: true }] }).emptiedBy?.message,
  ).not.toContain('leaves out')
})

describe('order', () => {
  const events = ['b', 'a', 'c', 'c'].map((g) => ({ fields: { g } }))
  const groups = (question: QueryInput) =>
    run(events, { breakdowns: ['g'], ...question }).results.map(({ g }) => g)

  test('is by the first calculation, then by the groups', () => {
    expect(groups({})).toEqual(['c', 'a', 'b'])
  })

  test('is as asked, ascending by default, with null at the end', () => {
    expect(groups({ orders: [{ column: 'g' }] })).toEqual(['a', 'b', 'c'])
    expect(groups({ orders: [{ op: 'COUNT' }, { column: 'g', order: 'descending' }] })).toEqual([
      'b',
      'a',
      'c',
    ])
    const withNull = run([...events, {}], {
      breakdowns: ['g'],
      orders: [{ column: 'g', order: 'descending' }],
    })
    expect(withNull.results.map(({ g }) => g)).toEqual(['c', 'b', 'a', null])
  })
})

test('a sum beyond any number is null, also where it is compared', () => {
  const events = [value(1e308), value(1e308)]
  expect(run(events, calculate('SUM')).results).toEqual([{ 'SUM(v)': null }])
  const havings = [{ calculate_op: 'SUM', column: 'v', op: '>', value: 5 } as const]
  expect(run(events, { ...calculate('SUM'), havings }).results).toEqual([])
})

test('what is not loaded in full is a warning in every answer', () => {
  const table = new EventTable({ maxRows: 1, maxColumns: 1, maxBytes: 1024 * 1024 })
  for (let row = 0; row < 3; row++) table.add('spans', row + 1, 'd', NOW_MS - 1_000, 1)
  expect(run(table, {}).warnings[0]?.message).toContain('2 stored events are not loaded in full')
})

test('an event later than any date does not keep questions from being answered', () => {
  const { emptiedBy, rows } = run([{ agoMs: -9e15 }], {})
  expect(rows).toBe(0)
  expect(emptiedBy?.message).toContain('275760-09-13')
})

test('a bucket begins at a multiple of the granularity, and the end is not included', () => {
  const { series, rows } = run([{ agoMs: 0 }, { agoMs: 1 }, { agoMs: 100_000 }], {
    time_range: 100,
    granularity: 30,
  })
  expect(rows).toBe(2)
  expect(series.map(({ time }) => (Date.parse(time) / 1_000) % 30)).toEqual([0, 0])
})

test('more rows of time series than an answer may have are left out by group, with a warning', () => {
  const table = tableOf(
    Array.from({ length: 60_000 }, (_, index) => ({
      agoMs: 1 + 1_000 * Math.floor(index / 100),
      fields: { group: index % 100 },
    })),
  )
  const { results, series, warnings } = run(table, { breakdowns: ['group'], time_range: 700, granularity: 1 })
  expect(results).toHaveLength(100)
  expect(series.length).toBeLessThanOrEqual(50_000)
  expect(new Set(series.map(({ data }) => data.group)).size).toBe(83)
  expect(warnings).toEqual([
    { clause: 'limit', message: expect.stringContaining('only the first 83 of 100 groups') },
  ])
})

test('long values leave out groups and time series, with a warning', () => {
  const long = (index: number) => `${index}${'x'.repeat(50_000)}`
  const events = Array.from({ length: 300 }, (_, index) => ({
    agoMs: 1_000 * (1 + Math.floor(index / 100)),
    fields: { text: long(index % 100) },
  }))
  const { results, series, warnings } = run(events, { breakdowns: ['text'], time_range: 10 })
  expect(results).toHaveLength(100)
  expect(series).toHaveLength(3 * 53)
  expect(warnings.map(({ clause }) => clause)).toEqual(['limit'])
  const longer = tableOf(Array.from({ length: 200 }, (_, index) => ({ fields: { text: long(index) } })))
  const answer = run(longer, { breakdowns: ['text'], limit: 200, time_range: 10 })
  expect(answer.results).toHaveLength(159)
  expect(answer.warnings[0]).toMatchObject({ clause: 'breakdowns' })
})

describe('an order by an operator', () => {
  const filters = [{ column: 'v', op: '>', value: 1 } as const]

  test('means the calculation without another name', () => {
    const calculations = [{ op: 'COUNT', name: 'high', filters } as const, { op: 'COUNT' } as const]
    const events = [value(1), value(1), value(2)]
    const { results } = run(events, {
      calculations,
      breakdowns: ['v'],
      orders: [{ op: 'COUNT', order: 'descending' }],
    })
    expect(results.map(({ v }) => v)).toEqual([1, 2])
  })

  test('that could mean two is a wrong clause', () => {
    const calculations = [
      { op: 'COUNT', name: 'a', filters } as const,
      { op: 'COUNT', name: 'b', filters } as const,
    ]
    expect(() => run([], { calculations, orders: [{ op: 'COUNT' }] })).toThrow(
      'orders.0: is ambiguous: name "a" or "b"',
    )
    expect(run([], { calculations, orders: [{ column: 'b' }] }).results).toHaveLength(1)
  })
})

test('a question ends between its steps when it must', () => {
  const check = () => {
    throw new QuestionEnded('cancelled')
  }
  const question = QuerySpecification.parse(calculate('P95'))
  const options = { dataset: '__all__', nowMs: NOW_MS }
  expect(() => runQuery(tableOf([value(1)]), question, options, check)).toThrow(QuestionEnded)
})
