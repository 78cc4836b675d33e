import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { QueryInput } from '../../contracts/sandbox/query.ts'
import {
  CALCULATION_OPERATORS,
  FILTER_OPERATORS,
  HAVING_OPERATORS,
} from '../../contracts/sandbox/query-words.ts'
import {
  calculationText,
  clauseText,
  havingText,
  orderText,
  readCalculation,
  readHaving,
  readOrder,
  splitAtAnd,
} from './clause-text.ts'
import { filterText, readFilter, splitAtCommas } from './filter-text.ts'

test('a text with several terms is split, but not in quotes or parentheses', () => {
  expect(splitAtCommas('COUNT, P95(duration_ms) as "a, b"')).toEqual(['COUNT', 'P95(duration_ms) as "a, b"'])
  expect(splitAtCommas('http.route,"a, column"')).toEqual(['http.route', '"a, column"'])
  expect(splitAtAnd('COUNT > 10 and P95(duration_ms) < 100')).toEqual([
    'COUNT > 10',
    'P95(duration_ms) < 100',
  ])
})

test.each([
  ['count', { op: 'COUNT' }],
  ['COUNT(error)', { op: 'COUNT', column: 'error' }],
  ['P95(duration_ms)', { op: 'P95', column: 'duration_ms' }],
  ['p95 duration_ms', { op: 'P95', column: 'duration_ms' }],
  ['AVG(duration_ms) as mean', { op: 'AVG', column: 'duration_ms', name: 'mean' }],
])('the calculation %s', (text, term) => {
  expect(readCalculation(text)).toEqual({ term })
})

test('an order is by a breakdown, a name or a calculation', () => {
  expect(readOrder('COUNT desc', [])).toEqual({ term: { op: 'COUNT', order: 'descending' } })
  expect(readOrder('count', ['count'])).toEqual({ term: { column: 'count', order: 'ascending' } })
  expect(readOrder('http.route asc', [])).toEqual({ term: { column: 'http.route', order: 'ascending' } })
})

const column = fc
  .oneof(fc.constantFrom('duration_ms', 'http.route', 'a column'), fc.string({ minLength: 1 }))
  // Space around a name is not kept.
  .filter((name) => name.trim() === name)
const value = fc.oneof(fc.string(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean())
const noMinusZero = (given: unknown) => JSON.parse(JSON.stringify(given))

test('every term is read as it was written', () => {
  const filter = fc.oneof(
    fc.record({
      column,
      op: fc.constantFrom(...FILTER_OPERATORS.filter((op) => !/exist|in$/.test(op))),
      value,
    }),
    fc.record({ column, op: fc.constantFrom('exists', 'does-not-exist') }),
    fc.record({ column, op: fc.constantFrom('in', 'not-in'), value: fc.array(value, { minLength: 1 }) }),
  )
  const calculation = fc.record({ op: fc.constantFrom(...CALCULATION_OPERATORS), column })
  fc.assert(
    fc.property(filter, calculation, (given, calculated) => {
      expect(readFilter(filterText(given as never), FILTER_OPERATORS)).toEqual({ term: noMinusZero(given) })
      expect(readCalculation(calculationText(calculated))).toEqual({ term: calculated })
      const order = { ...calculated, order: 'descending' as const }
      expect(readOrder(orderText(order), [])).toEqual({ term: order })
    }),
    { numRuns: 200 },
  )
  fc.assert(
    fc.property(
      calculation,
      fc.constantFrom(...HAVING_OPERATORS),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (calculated, op, number) => {
        const having = { calculate_op: calculated.op, column: calculated.column, op, value: number }
        expect(noMinusZero(readHaving(havingText(having)))).toEqual({ term: noMinusZero(having) })
      },
    ),
    { numRuns: 200 },
  )
})

test.each([
  ['filters.1', 'WHERE error exists'],
  ['breakdowns.0', 'GROUP BY name'],
  ['havings.0', 'HAVING COUNT > 3'],
  ['calculations.0.filters.0', 'SELECT P95(duration_ms) if error exists'],
  ['calculations.0', 'SELECT P95(duration_ms)'],
  ['limit', 'LIMIT 5'],
  ['filters', 'WHERE'],
  ['time_range', 'The time range'],
  ['', 'The time range'],
])('the clause %s as the builder has it', (path, text) => {
  const exists = { column: 'error', op: 'exists' } as const
  const question = {
    calculations: [{ op: 'P95', column: 'duration_ms', filters: [exists] }],
    filters: [{ column: 'a', op: '=', value: 1 }, exists],
    breakdowns: ['name'],
    havings: [{ calculate_op: 'COUNT', op: '>', value: 3 }],
    limit: 5,
  } satisfies QueryInput
  expect(clauseText(question, path)).toBe(text)
})
