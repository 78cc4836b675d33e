import { expect, test } from 'vitest'
import type { Heatmap, QueryAnswer } from '../../../contracts/sandbox/query.ts'
import { type Area, areaOfCells, cellsOfArea, eventsIn } from '../../charts/area.ts'
import { areaOfFields, fieldsOf } from './area-fields.ts'
import {
  bubbleUpOf,
  comparedGroup,
  filteredTo,
  isStillThere,
  readSelection,
  selectionText,
  zoomedInto,
} from './compared.ts'
import { selectionOf } from './selection.ts'

const RANGE = { start: 1_005, end: 1_038, granularity: 10 }
const HEATMAP: Heatmap = {
  name: 'HEATMAP(duration_ms)',
  column: 'duration_ms',
  scale: 'logarithmic',
  timesMs: [1_000_000, 1_010_000, 1_020_000, 1_030_000],
  edges: [1, 10, 100, 1_000],
  counts: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
}
const ANSWER = { range: RANGE, heatmaps: [HEATMAP] } as unknown as QueryAnswer
const cells = (left: number, bottom: number, right: number, top: number) => ({
  from: { column: left, row: bottom },
  to: { column: right, row: top },
})
const AREA: Area = { column: 'duration_ms', start: 1_010, end: 1_030, min: 10, max: 100, hasMax: false }

test('cells become the values that they hold, and the values become the same cells', () => {
  const area = areaOfCells(HEATMAP, RANGE, cells(1, 1, 2, 1))
  expect(area).toEqual(AREA)
  expect(cellsOfArea(HEATMAP, RANGE, area)).toEqual(cells(1, 1, 2, 1))
  // Drawn from the other corner.
  expect(areaOfCells(HEATMAP, RANGE, cells(2, 1, 1, 1))).toEqual(AREA)
})

test('all cells are the range of the question, with the highest value', () => {
  const area = areaOfCells(HEATMAP, RANGE, cells(0, 0, 3, 2))
  expect(area).toMatchObject({ start: 1_005, end: 1_038, min: 1, max: 1_000, hasMax: true })
  expect(cellsOfArea(HEATMAP, RANGE, area)).toEqual(cells(0, 0, 3, 2))
  expect(eventsIn(HEATMAP, cells(0, 0, 3, 2))).toBe(78)
  expect(eventsIn(HEATMAP, cells(2, 1, 1, 1))).toBe(5 + 8)
})

test('an area outside a new heatmap has no cells', () => {
  expect(cellsOfArea(HEATMAP, RANGE, { ...AREA, start: 5_000, end: 6_000 })).toBeUndefined()
  expect(cellsOfArea(HEATMAP, RANGE, { ...AREA, min: 5_000, max: 6_000 })).toBeUndefined()
  expect(cellsOfArea(HEATMAP, RANGE, { ...AREA, min: 50, max: 50 })).toEqual(cells(1, 1, 2, 1))
})

test('a selection has no value of the next cell', () => {
  const { max } = selectionOf(AREA) as { max: number }
  expect(max).toBeLessThan(100)
  expect(max).toBeGreaterThan(100 - 1e-12)
  expect(selectionOf({ ...AREA, hasMax: true })).toMatchObject({ max: 100 })
  expect(selectionOf({ ...AREA, min: -9, max: -5 })).toMatchObject({ max: -5.000000000000001 })
  expect((selectionOf({ ...AREA, min: -9, max: 0 }) as { max: number }).max).toBeLessThan(0)
})

test('the fields of a selection give it back', () => {
  const fields = fieldsOf(HEATMAP, RANGE, AREA)
  expect(fields).toMatchObject({ min: '10', max: '100' })
  expect(areaOfFields(fields, 'duration_ms')).toEqual({ ...AREA, hasMax: true })
  const all = areaOfFields(fieldsOf({ ...HEATMAP, edges: [0.123456789, 98.7654321] }, RANGE, undefined), 'x')
  expect(all).toMatchObject({ start: 1_005, end: 1_038, min: 0.123456, max: 98.7655 })
})

test.each([
  [{ start: '' }, 'Both times are needed.'],
  [{ end: '1970-01-01T00:00:00' }, 'The first time must be before the second.'],
  [{ min: 'ten' }, 'Both values of duration_ms must be numbers.'],
  [{ max: ' ' }, 'Both values of duration_ms must be numbers.'],
  [{ max: '3' }, 'The first value must not be above the second.'],
])('fields with %j: %s', (wrong, problem) => {
  expect(areaOfFields({ ...fieldsOf(HEATMAP, RANGE, AREA), ...wrong }, 'duration_ms')).toBe(problem)
})

test('BubbleUp asks about the time of the answer, without the clauses that are only about results', () => {
  const question = {
    time_range: 7_200,
    granularity: 60,
    limit: 5,
    orders: [{ op: 'COUNT' as const }],
    breakdowns: ['plan'],
  }
  const { query, selection } = bubbleUpOf({ kind: 'area', area: AREA }, question, ANSWER)
  expect(query).toEqual({ breakdowns: ['plan'], start_time: 1_005, end_time: 1_038 })
  expect(selection).toMatchObject({ column: 'duration_ms', start_time: 1_010, min: 10 })
  const group = { kind: 'group' as const, label: 'team', group: { plan: 'team' } }
  expect(bubbleUpOf(group, question, ANSWER).selection).toEqual({ group: { plan: 'team' } })
})

test('a selection stays while the question has its heatmap and time, or its groups', () => {
  const area = { kind: 'area' as const, area: AREA }
  expect(isStillThere(area, {}, ANSWER)).toBe(true)
  expect(isStillThere(area, {}, { ...ANSWER, heatmaps: [] })).toBe(false)
  expect(isStillThere(area, {}, { ...ANSWER, range: { ...RANGE, start: 1_030 } })).toBe(false)
  const group = { kind: 'group' as const, label: 'team', group: { plan: 'team' } }
  expect(isStillThere(group, { breakdowns: ['plan'] }, ANSWER)).toBe(true)
  expect(isStillThere(group, { breakdowns: ['region'] }, ANSWER)).toBe(false)
  expect(isStillThere(group, {}, ANSWER)).toBe(false)
})

test('a selection in the address is read back, and another text is none', () => {
  const area = { kind: 'area' as const, area: AREA }
  expect(readSelection(selectionText(area))).toEqual(area)
  const values = [
    ['plan', 'team'],
    ['port', null],
  ] as const
  const group = comparedGroup({ index: 0, key: '', label: 'team, (none)', values })
  expect(readSelection(selectionText(group))).toEqual(group)
  for (const wrong of ['', '{', 'null', '3', '{"group":3}', '{"group":{"a":{}}}', '{"column":"a","start":1}'])
    expect(readSelection(wrong)).toBeUndefined()
})

test('a selection becomes a time range, or filters', () => {
  expect(zoomedInto({ time_range: 600 }, AREA)).toEqual({ start_time: 1_010, end_time: 1_030 })
  expect(filteredTo({ time_range: 600 }, AREA)).toEqual({
    start_time: 1_010,
    end_time: 1_030,
    filters: [
      { column: 'duration_ms', op: '>=', value: 10 },
      { column: 'duration_ms', op: '<', value: 100 },
    ],
  })
  const rounded = filteredTo({}, { ...AREA, min: 366.28734651, max: 1_615.30999, hasMax: true })
  expect(rounded.filters?.map(({ op, value }) => `${op} ${value}`)).toEqual(['>= 366.287', '<= 1615.31'])
})
