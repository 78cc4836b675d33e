import { expect, test } from 'vitest'
import { QuerySpecification } from '../../contracts/sandbox/query.ts'
import { ANSWER, TOTAL } from '../../tests/harness/query-api.ts'
import { resultData } from './result-data.ts'

test('totals are those of the question without groups, orders and havings', () => {
  const specification = QuerySpecification.parse({
    breakdowns: ['name'],
    filters: [{ column: 'name', op: 'exists' }],
    orders: [{ column: 'name' }],
    havings: [{ calculate_op: 'COUNT', op: '>', value: 1 }],
    time_range: 600,
  })
  const asked: QuerySpecification[] = []
  const data = resultData(specification, { withSeries: false, withTotals: true }, (one) => {
    asked.push(one)
    return one.breakdowns ? ANSWER : TOTAL
  })
  expect(asked[0]).toBe(specification)
  expect(asked[1]).toEqual({ filters: specification.filters, time_range: 600 })
  expect(data).toEqual({
    results: [{ data: { name: 'a', COUNT: 3 } }, { data: { COUNT: 1, 'AVG(duration_ms)': 2.5 } }],
    series: [],
    total_by_aggregate: { data: { COUNT: 4 } },
  })
})
