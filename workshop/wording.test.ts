import { expect, test } from 'vitest'
import { countOf, quoted } from './wording.ts'

test('one is singular', () => {
  expect([0, 1, 2].map((count) => countOf(count, 'span'))).toEqual(['0 spans', '1 span', '2 spans'])
  expect(countOf(2, 'search', 'searches')).toBe('2 searches')
})

test('an answer is quoted, and a long one is cut', () => {
  expect(quoted('api')).toBe('“api”')
  expect(quoted('x'.repeat(99))).toHaveLength(42)
})
