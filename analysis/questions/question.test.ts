import { describe, expect, test } from 'vitest'
import { type QueryInput, QuerySpecification } from '../../contracts/sandbox/query.ts'
import { endsNow, timesBetween } from '../times.ts'
import {
  cleanQuestion,
  parseQuestion,
  questionAt,
  questionSearch,
  withBreakdown,
  withCalculation,
  withFilter,
  withGroup,
  withOrder,
  withoutBreakdown,
  withoutCalculation,
  withoutClause,
  withoutValue,
  withTimes,
} from './question.ts'

const FULL: QueryInput = {
  calculations: [
    { op: 'P95', column: 'duration_ms', filters: [{ column: 'error', op: 'exists' }] },
    { op: 'COUNT', name: 'requests' },
  ],
  filters: [
    { column: 'http.route', op: '=', value: '/api/activities/home?a=b&c="ü"' },
    { column: 'duration_ms', op: '>', value: 100 },
  ],
  filter_combination: 'OR',
  breakdowns: ['app.user.plan', 'name'],
  orders: [
    { op: 'P95', column: 'duration_ms', order: 'descending' },
    { column: 'app.user.plan' },
    { column: 'requests' },
  ],
  havings: [{ calculate_op: 'P95', column: 'duration_ms', op: '>', value: 5 }],
  limit: 10,
  time_range: 600,
}

test('a question in the address is read as it was written', () => {
  QuerySpecification.parse(FULL)
  const read = questionAt(new URLSearchParams(questionSearch('cruddur-backend', FULL)))
  expect(read).toMatchObject({ dataset: 'cruddur-backend', question: FULL, problem: '' })
  expect(questionAt(new URLSearchParams())).toMatchObject({ dataset: '__all__', question: undefined })
})

test.each([
  ['{"limit": 5', 'not JSON'],
  ['[]', 'JSON object'],
  ['{"filters": {}}', '"filters" is not a list'],
  ['{"filters": [{"column": "a", "op": "="}, {"column": 5}]}', '"filters.1"'],
  ['{"calculations": [{"op": "COUNT", "filters": [1]}]}', '"calculations.0"'],
  ['{"breakdowns": [1]}', '"breakdowns.0"'],
  ['{"time_range": "2h"}', '"time_range" is not a number'],
])('a problem names what is wrong with %s', (text, problem) => {
  expect(parseQuestion(text)).toEqual({ question: undefined, problem: expect.stringContaining(problem) })
  expect(questionAt(new URLSearchParams({ query: text })).text).toBe(text)
})

test('an unknown operator or clause is left to the sandbox, which names it', () => {
  const text = '{"calculations":[{"op":"MEDIAN","column":null}],"wherever":1,"filters":null}'
  expect(parseQuestion(text).question).toEqual({
    calculations: [{ op: 'MEDIAN', column: null }],
    wherever: 1,
  })
})

describe('changes', () => {
  test('a clause is added once', () => {
    const filter = { column: 'error', op: '=', value: true } as const
    expect(withFilter(withFilter({}, filter), filter)).toEqual({ filters: [filter] })
    expect(withBreakdown({ breakdowns: ['name'] }, 'name')).toEqual({ breakdowns: ['name'] })
    expect(withCalculation(withCalculation({}, { op: 'COUNT' }), { op: 'COUNT' })).toEqual({
      calculations: [{ op: 'COUNT' }],
    })
  })

  test('a removed calculation or breakdown takes its orders and havings along', () => {
    expect(withoutCalculation(FULL, 0)).toMatchObject({
      calculations: [{ op: 'COUNT', name: 'requests' }],
      orders: [{ column: 'app.user.plan' }, { column: 'requests' }],
    })
    expect(withoutCalculation(FULL, 0)).not.toHaveProperty('havings')
    expect(withoutBreakdown(FULL, 0).orders).toHaveLength(2)
    for (const changed of [withoutCalculation(FULL, 0), withoutBreakdown(FULL, 0)])
      QuerySpecification.parse(changed)
  })

  test('a group becomes filters, also one without the column', () => {
    expect(
      withGroup({ breakdowns: ['plan', 'region'] }, { plan: null, region: 'eu', COUNT: 3 }).filters,
    ).toEqual([
      { column: 'plan', op: 'does-not-exist' },
      { column: 'region', op: '=', value: 'eu' },
    ])
    expect(withoutValue({}, 'plan', null).filters).toEqual([{ column: 'plan', op: 'exists' }])
  })

  test('an order comes first and replaces the one of the same name', () => {
    const ordered = withOrder(FULL, { column: 'app.user.plan', order: 'descending' })
    expect(ordered.orders?.map(({ column }) => column)).toEqual(['app.user.plan', 'duration_ms', 'requests'])
  })

  test('times replace the range and the granularity, and the other way round', () => {
    const zoomed = withTimes({ time_range: 600, granularity: 5, limit: 3 }, timesBetween(10.4, 20.2))
    expect(zoomed).toEqual({ start_time: 10, end_time: 21, limit: 3 })
    expect(endsNow(zoomed)).toBe(false)
    expect(withTimes(zoomed, { time_range: 600 })).toEqual({ time_range: 600, limit: 3 })
  })

  test.each([
    ['filters.0', { filters: [FULL.filters?.[1]] }],
    ['havings.0', { limit: 10 }],
    ['calculations.0.filters.0', { calculations: [{ op: 'P95', filters: [] }, { op: 'COUNT' }] }],
    ['calculations.1', { calculations: [{ op: 'P95' }] }],
    ['time_range', { limit: 10 }],
    ['limit', { time_range: 600 }],
  ])('the clause %s can be removed', (path, rest) => {
    const changed = withoutClause(FULL, path)
    expect(changed).toMatchObject(rest)
    expect(JSON.stringify(changed).length).toBeLessThan(JSON.stringify(FULL).length)
    QuerySpecification.parse(changed)
  })

  test('what says nothing is left out', () => {
    expect(cleanQuestion({ filters: [], orders: null, granularity: 0, filter_combination: 'OR' })).toEqual({})
  })
})
