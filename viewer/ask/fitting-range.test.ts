import { expect, test } from 'vitest'
import { agesOf, fitted } from './fitting-range.ts'
import { STARTERS, type Starter } from './starters.ts'

const NOW = 1_800_000_000
const starter = (time_range: number, granularity?: number): Starter => ({
  name: '',
  about: '',
  dataset: '',
  question: { time_range, ...(granularity && { granularity }) },
})

test.each([
  ['a minute of traffic: the shortest range', 1_800, { oldest: 90, newest: 5 }, 300],
  ['all within half an hour', 1_800, { oldest: 1_500, newest: 5 }, 1_800],
  ['traffic all day: its own range', 1_800, { oldest: Infinity, newest: 5 }, 1_800],
  ['nothing in its own range: a longer one', 1_800, { oldest: 5_000, newest: 3_000 }, 3_600],
  ['nothing for hours: the longest', 1_800, { oldest: Infinity, newest: Infinity }, 604_800],
])('%s', (_, own, ages, expected) => {
  expect(fitted(starter(own), ages).question).toEqual({ time_range: expected })
})

test('a granularity that the range does not allow is chosen again', () => {
  expect(fitted(starter(600, 1), { oldest: 90, newest: 0 }).question).toHaveProperty('granularity', 1)
  expect(fitted(starter(600, 1), { oldest: 9_000, newest: 900 }).question).toEqual({ time_range: 1_800 })
})

test('ages are read from the buckets of a count', () => {
  const at = (seconds: number) => ({ time: new Date((NOW - seconds) * 1_000).toISOString(), data: {} })
  const range = { start: NOW - 7_200, end: NOW, granularity: 30 }
  const answer = { series: [at(300), at(60)], rows: 9, stored: 9, range }
  expect(agesOf(answer)).toEqual({ oldest: 300, newest: 30 })
  expect(agesOf({ ...answer, stored: 10 })).toEqual({ oldest: Infinity, newest: 30 })
  expect(agesOf({ ...answer, series: [] })).toEqual({ oldest: Infinity, newest: Infinity })
})

test('the starters are different questions about a time until now', () => {
  expect(new Set(STARTERS.map(({ name }) => name)).size).toBe(STARTERS.length)
  for (const { question } of STARTERS) expect(question).toHaveProperty('time_range')
})
