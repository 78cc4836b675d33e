import { expect, test } from 'vitest'
import { FILTER_OPERATORS } from '../../contracts/sandbox/query-words.ts'
import { filterParts, readFilter } from './filter-text.ts'

test.each([
  ['duration_ms > 100', { column: 'duration_ms', op: '>', value: 100 }],
  ['duration_ms>=0.5', { column: 'duration_ms', op: '>=', value: 0.5 }],
  ['http.route = /api/activities/home', { column: 'http.route', op: '=', value: '/api/activities/home' }],
  ['name = GET /api a = b', { column: 'name', op: '=', value: 'GET /api a = b' }],
  ['error exists', { column: 'error', op: 'exists' }],
  ['error = true', { column: 'error', op: '=', value: true }],
  ['user.id = "42"', { column: 'user.id', op: '=', value: '42' }],
  ['zip = 007', { column: 'zip', op: '=', value: '007' }],
  ['name IN a, "b, c", 3', { column: 'name', op: 'in', value: ['a', 'b, c', 3] }],
  ['"a column" does-not-contain x', { column: 'a column', op: 'does-not-contain', value: 'x' }],
])('the filter %s', (text, term) => {
  expect(readFilter(text, FILTER_OPERATORS)).toEqual({ term })
})

test.each([
  ['', 'begins with its column'],
  ['duration_ms', 'needs an operator'],
  ['duration_ms has 5', 'no operator has'],
  ['duration_ms >', 'needs a value'],
  ['error exists 5', 'takes no value'],
  ['name != exception AND duration_ms > 5', 'one filter at a time'],
  ['name = a OR error exists', 'one filter at a time'],
])('reading the filter "%s" names what is missing', (text, missing) => {
  expect(readFilter(text, FILTER_OPERATORS)).toEqual({ missing: expect.stringContaining(missing) })
})

test.each([
  ['plan in (free, team)', ['free', 'team']],
  ["plan in 'free, all', team", ['free, all', 'team']],
  ["name = 'GET'", 'GET'],
  ['name = "a AND b = c"', 'a AND b = c'],
  ['name = salt AND pepper', 'salt AND pepper'],
])('the value of the filter %s', (text, value) => {
  expect(readFilter(text, FILTER_OPERATORS)).toMatchObject({ term: { value } })
})

test('a half-typed filter has parts', () => {
  expect(filterParts('dur')).toMatchObject({ column: 'dur', operatorAt: -1, valueAt: -1 })
  expect(filterParts('duration_ms ')).toMatchObject({ operatorAt: 12, operator: '', valueAt: -1 })
  expect(filterParts('name start')).toMatchObject({ operatorAt: 5, operator: 'start', valueAt: -1 })
  expect(filterParts('name = /ho')).toMatchObject({ operator: '=', valueAt: 7, value: '/ho' })
})

test('only the operators of the page are known', () => {
  expect(readFilter('zip >= 5', ['=', '!='])).toEqual({ missing: 'There is no operator >=.' })
  expect(readFilter('zip != 5', ['=', '!='])).toEqual({ term: { column: 'zip', op: '!=', value: 5 } })
})
