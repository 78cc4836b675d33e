import { expect, test } from 'vitest'
import type { QueryAnswer } from '../../contracts/sandbox/query.ts'
import { groupKey, groupsOf } from './groups.ts'
import { DRAWN_GROUPS } from './lines.ts'
import { linesOf } from './series.ts'

const NOTHING: QueryAnswer = {
  results: [],
  resultTraces: [],
  series: [],
  heatmaps: [],
  traces: [],
  rows: 0,
  stored: 0,
  groupCount: 0,
  range: { start: 1_000, end: 1_040, granularity: 10 },
  warnings: [],
  emptiedBy: null,
  elapsedMs: 0,
}
const at = (seconds: number) => new Date(seconds * 1_000).toISOString()

test('lines have a value for each bucket with events of the group, and a gap where it has none', () => {
  const answer: QueryAnswer = {
    ...NOTHING,
    results: [
      { plan: 'team', COUNT: 5 },
      { plan: null, COUNT: 1 },
    ],
    series: [
      { time: at(1_000), data: { plan: 'team', COUNT: 2 } },
      { time: at(1_020), data: { plan: 'team', COUNT: 3 } },
      { time: at(1_020), data: { plan: null, COUNT: 1 } },
      { time: at(2_000), data: { plan: 'team', COUNT: 9 } },
    ],
  }
  const groups = groupsOf(answer, ['plan'])
  expect(groups.map(({ label }) => label)).toEqual(['team', '(none)'])
  const lines = linesOf(answer, groups, ['plan'], ['COUNT'])
  expect(lines.starts).toEqual([1_000, 1_010, 1_020, 1_030])
  expect(lines.values.get('COUNT')).toEqual([
    [2, null, 3, null],
    [null, null, 1, null],
  ])
})

test('only the first groups have a line', () => {
  const results = Array.from({ length: DRAWN_GROUPS + 5 }, (_, index) => ({ id: index, COUNT: 1 }))
  const answer = { ...NOTHING, results }
  const groups = groupsOf(answer, ['id'])
  expect(groups).toHaveLength(DRAWN_GROUPS + 5)
  expect(linesOf(answer, groups, ['id'], ['COUNT']).values.get('COUNT')).toHaveLength(DRAWN_GROUPS)
})

test('values of other types are other groups, and without breakdowns there is one', () => {
  const keys = [1, '1', true, 'true', null, '', '-'].map((value) => groupKey({ a: value }, ['a']))
  expect(new Set(keys).size).toBe(keys.length)
  expect(groupKey({ a: 'x', b: null }, ['a', 'b'])).not.toBe(groupKey({ a: null, b: 'x' }, ['a', 'b']))
  const [group] = groupsOf({ ...NOTHING, results: [{ COUNT: 0 }] }, [])
  expect(group).toMatchObject({ label: 'All events', values: [] })
})
