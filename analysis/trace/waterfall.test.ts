import { expect, test } from 'vitest'
import { spanRow as row } from '../../tests/harness/span-row.ts'
import { percentOf, ticks } from './axis.ts'
import { criticalPath, lengthOf, united } from './critical-path.ts'
import { linkRows } from './row-links.ts'
import { placeRows, type Row } from './rows.ts'
import { visibleRows } from './runs.ts'

const pathParts = (rows: readonly Row[]) =>
  [...criticalPath(linkRows(rows)).values()]
    .flat()
    .toSorted((a, b) => a.fromMs - b.fromMs)
    .map(({ id, fromMs, toMs }) => `${id} ${fromMs}-${toMs}`)

test('the critical path follows the child that ended last, and covers the request without a gap', () => {
  const rows = [
    row('root', '', 0, 100),
    row('quick', 'root', 10, 30),
    row('slow', 'root', 10, 60),
    row('query', 'slow', 20, 50),
    row('last', 'root', 70, 90),
  ]
  expect(pathParts(rows)).toEqual([
    'root 0-10',
    'slow 10-20',
    'query 20-50',
    'slow 50-60',
    'root 60-70',
    'last 70-90',
    'root 90-100',
  ])
})

test('children that end after their parent, or begin before it, count within it', () => {
  const rows = [row('root', '', 0, 100), row('late', 'root', 80, 500), row('early', 'root', -50, 40)]
  const path = pathParts(rows)
  expect(path).toEqual(['early 0-40', 'root 40-80', 'late 80-100'])
})

test('a cycle of parents has no critical path, and a missing parent is no error', () => {
  expect(pathParts([row('a', 'b', 0, 1), row('b', 'a', 0, 1)])).toEqual([])
  expect(pathParts([row('a', 'gone', 0, 1)])).toEqual(['a 0-1'])
})

test('ranges are united where they overlap or the gap between them is small', () => {
  const ranges = [
    { fromMs: 20, toMs: 30 },
    { fromMs: 0, toMs: 10 },
    { fromMs: 5, toMs: 8 },
    { fromMs: 10.5, toMs: 12 },
  ]
  const found = united(ranges, 1)
  expect(found).toEqual([
    { fromMs: 0, toMs: 12 },
    { fromMs: 20, toMs: 30 },
  ])
  expect(lengthOf(found)).toBe(22)
})

test('folded rows hide their children; the rows of a cycle appear once', () => {
  const rows = [
    row('root', '', 0, 9),
    row('child', 'root', 1, 8),
    row('leaf', 'child', 2, 3),
    row('x', 'y', 4, 5),
    row('y', 'x', 5, 6),
  ]
  const names = (folded: string[]) =>
    visibleRows(placeRows(linkRows(rows)), new Set(folded)).map(({ id, depth }) => `${id}${depth}`)
  expect(names([])).toEqual(['root0', 'child1', 'leaf2', 'x0', 'y1'])
  expect(names(['child'])).toEqual(['root0', 'child1', 'x0', 'y1'])
  expect(names(['root'])).toEqual(['root0', 'x0', 'y1'])
})

test.each([
  [0, 26],
  [-3, 0.004],
  [0, 3e11],
])('an axis from %d to %d ms has a few round moments, within it', (fromMs, toMs) => {
  const found = ticks({ fromMs, toMs })
  expect(found.length).toBeGreaterThan(1)
  expect(found.length).toBeLessThan(9)
  for (const at of found) {
    expect(percentOf({ fromMs, toMs }, at)).toBeGreaterThanOrEqual(-1e-9)
    expect(percentOf({ fromMs, toMs }, at)).toBeLessThanOrEqual(100)
  }
})
