import { expect, test } from 'vitest'
import type { QueryInput } from '../../contracts/sandbox/query.ts'
import {
  formatNumber,
  formatValue,
  nameOfValue,
  shownCalculations,
  shownOrder,
  unitOfColumn,
} from './values.ts'

test('a question without calculations is COUNT; HEATMAP has no value for a group', () => {
  expect(shownCalculations({}).map(({ name }) => name)).toEqual(['COUNT'])
  const calculations = [
    { op: 'HEATMAP', column: 'duration_ms' },
    { op: 'P95', column: 'duration_ms' },
    { op: 'AVG', column: 'db.rows', name: 'rows' },
    { op: 'RATE_SUM', column: 'queue_ms' },
    { op: 'COUNT', column: null },
  ] as const
  expect(
    shownCalculations({ calculations: [...calculations] }).map(({ name, unit }) => [name, unit]),
  ).toEqual([
    ['P95(duration_ms)', 'ms'],
    ['rows', 'number'],
    ['RATE_SUM(queue_ms)', 'ms'],
    ['COUNT', 'count'],
  ])
  expect(shownCalculations({ calculations: [{ op: 'HEATMAP', column: 'duration_ms' }] })).toEqual([])
})

test.each([
  [1_234_567, 'count', '1,234,567'],
  [0.123456, 'number', '0.1235'],
  [12_345.678, 'number', '12,346'],
  [1_234.5, 'ms', '1.23 s'],
  [-250, 'ms', '-250 ms'],
  [Number.NaN, 'number', 'NaN'],
] as const)('%s as %s is %s', (value, unit, text) => {
  expect(formatNumber(value, unit)).toBe(text)
})

test('null is a dash as a result, and named as a group; numbers that are names keep all digits', () => {
  expect([formatValue(null), formatValue(undefined), formatValue(true), formatValue('text')]).toEqual([
    '–',
    '–',
    'true',
    'text',
  ])
  expect([nameOfValue(null), nameOfValue(''), nameOfValue(false), nameOfValue(123456.789)]).toEqual([
    '(none)',
    '(empty)',
    'false',
    '123456.789',
  ])
})

test('columns with milliseconds are known by their name', () => {
  expect(['duration_ms', 'queue.ms', 'items', 'programs'].map(unitOfColumn)).toEqual([
    'ms',
    'ms',
    'number',
    'number',
  ])
})

test('an order belongs to one column of the table', () => {
  const question = (orders: QueryInput['orders']): QueryInput => ({
    calculations: [{ op: 'COUNT', name: 'slow' }, { op: 'COUNT' }, { op: 'P95', column: 'duration_ms' }],
    breakdowns: ['plan'],
    orders,
  })
  const shown = (orders: QueryInput['orders']) =>
    shownOrder(question(orders), shownCalculations(question(orders)))
  expect(shown([])).toEqual({ name: 'slow', order: 'descending' })
  expect(shown([{ op: 'COUNT' }])).toEqual({ name: 'COUNT', order: 'ascending' })
  expect(shown([{ column: 'slow' }])).toEqual({ name: 'slow', order: 'ascending' })
  expect(shown([{ column: 'plan', order: 'descending' }])).toEqual({ name: 'plan', order: 'descending' })
  expect(shownOrder({}, [])).toBeUndefined()
  const onlyNamed: QueryInput = { calculations: [{ op: 'COUNT', name: 'slow' }], orders: [{ op: 'COUNT' }] }
  expect(shownOrder(onlyNamed, shownCalculations(onlyNamed))).toMatchObject({ name: 'slow' })
  expect(shownCalculations(question([])).map(({ term }) => term)).toEqual([
    { column: 'slow' },
    { op: 'COUNT' },
    { op: 'P95', column: 'duration_ms' },
  ])
})
