import { expect, test } from 'vitest'
import { splitRange, withGroupTerm, withRange } from './range.ts'

const RANGE = { from: 0.1, to: 0.5 }

test.each([
  ['', 'responsetime >= 0.1 AND responsetime < 0.5'],
  ['fault', 'fault AND responsetime >= 0.1 AND responsetime < 0.5'],
  ['fault OR error', '(fault OR error) AND responsetime >= 0.1 AND responsetime < 0.5'],
  [
    'service("a") { fault OR ok }',
    'service("a") { fault OR ok } AND responsetime >= 0.1 AND responsetime < 0.5',
  ],
  ['user = "this OR that"', 'user = "this OR that" AND responsetime >= 0.1 AND responsetime < 0.5'],
])('a range is put after %j, found there, replaced and removed', (filter, expected) => {
  const filtered = withRange(filter, RANGE)
  expect(filtered).toBe(expected)
  expect(splitRange(filtered).range).toEqual(RANGE)
  const faster = withRange(filtered, { to: 1e-7 })
  expect(faster).toBe(
    expected.replace('responsetime >= 0.1 AND responsetime < 0.5', 'responsetime < 0.000000100'),
  )
  expect(withRange(faster, undefined)).toBe(splitRange(expected).base)
})

test.each([
  'fault OR error AND responsetime < 1',
  'fault',
  'service("a") { responsetime < 1 }',
  'NOT responsetime < ',
])('%s has no range at its end', (filter) => {
  expect(splitRange(filter)).toEqual({ base: filter })
})

test.each([
  ['', null, ''],
  ['fault', null, 'fault'],
  ['', 'slow', 'group.name = "slow"'],
  ['fault', 'slow', 'group.name = "slow" AND fault'],
  ['fault OR error', 'slow', 'group.name = "slow" AND (fault OR error)'],
])('%j in the group %j is %j for X-Ray', (filter, group, expected) => {
  expect(withGroupTerm(filter, group)).toBe(expected)
})
