import { expect, test } from 'vitest'
import { atTimes, questionOf } from './question-options.ts'

const NOW_MS = 1_763_800_000_000

test('each clause is read as the Ask page reads it; commas separate terms', () => {
  expect(
    questionOf({
      calculate: ['COUNT, p95(duration_ms)', 'AVG(duration_ms) as mean'],
      where: ['duration_ms > 100', 'http.route in /a, "/b, c"'],
      any: true,
      'group-by': ['http.route,service.name'],
      having: ['COUNT > 10'],
      order: ['mean desc', 'http.route'],
      limit: '5',
      field: ['slow = GT($duration_ms, 100)'],
    }),
  ).toEqual({
    calculations: [
      { op: 'COUNT' },
      { op: 'P95', column: 'duration_ms' },
      { op: 'AVG', column: 'duration_ms', name: 'mean' },
    ],
    filters: [
      { column: 'duration_ms', op: '>', value: 100 },
      { column: 'http.route', op: 'in', value: ['/a', '/b, c'] },
    ],
    filter_combination: 'OR',
    breakdowns: ['http.route', 'service.name'],
    havings: [{ calculate_op: 'COUNT', op: '>', value: 10 }],
    orders: [
      { column: 'mean', order: 'descending' },
      { column: 'http.route', order: 'ascending' },
    ],
    limit: 5,
    calculated_fields: [{ name: 'slow', expression: 'GT($duration_ms, 100)' }],
  })
})

test.each([
  [{ where: ['duration_ms'] }, '--where "duration_ms": duration_ms needs an operator, such as = or exists.'],
  [{ calculate: ['P96(x)'] }, '--calculate "P96(x)": There is no calculation P96.'],
  [{ having: ['COUNT'] }, '--having "COUNT": HAVING compares a calculation with a number: COUNT > 10.'],
  [{ limit: 'x' }, '--limit "x": it is not a whole number above 0.'],
  [{ field: ['slow'] }, '--field "slow": A calculated column has a name and an expression'],
])('%j is an error that names the option', (values, message) => {
  expect(() => questionOf(values)).toThrow(message)
})

test('an unknown calculation is answered with all that there are', () => {
  const diagnosis = expect.objectContaining({ fix: expect.stringContaining('COUNT, CONCURRENCY, SUM, AVG,') })
  expect(() => questionOf({ calculate: ['AVERAGE(x)'] })).toThrow(expect.objectContaining({ diagnosis }))
})

test('times: an age is a range that ends now, a moment is a start', () => {
  const at = (values: Parameters<typeof atTimes>[1]) => atTimes({ limit: 1, time_range: 60 }, values, NOW_MS)
  expect(at({})).toEqual({ limit: 1, time_range: 60 })
  expect(at({ since: '10m' })).toEqual({ limit: 1, time_range: 600 })
  expect(at({ range: '90' })).toEqual({ limit: 1, time_range: 90 })
  expect(at({ since: String(NOW_MS), until: '10s' })).toEqual({
    ...{ limit: 1, start_time: NOW_MS / 1_000, end_time: NOW_MS / 1_000 - 10 },
  })
  expect(at({ since: '2025-11-22T08:26:40Z', range: '1h', granularity: '1m' })).toEqual({
    ...{ limit: 1, start_time: NOW_MS / 1_000, time_range: 3_600, granularity: 60 },
  })
  expect(at({ granularity: '10s' })).toEqual({ limit: 1, time_range: 60, granularity: 10 })
  expect(() => at({ range: 'long' })).toThrow('--range "long": it is not a length of time.')
  expect(() => at({ since: 'yesterday' })).toThrow('--since "yesterday": it is not a time.')
})
