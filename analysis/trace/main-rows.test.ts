import { expect, test } from 'vitest'
import { spanRow } from '../../tests/harness/span-row.ts'
import { lensTree } from './lens-tree.ts'
import { mainRows } from './main-rows.ts'
import type { Row } from './rows.ts'

const row = (id: string, parentId: string, startMs: number, endMs: number, isError = false) =>
  spanRow(id, parentId, startMs, endMs, { isError })

const shown = (rows: readonly Row[], max: number) =>
  mainRows(lensTree(rows), max).map(
    ({ row: { label }, leftOut }) => `${label}${leftOut ? ` +${leftOut}` : ''}`,
  )

const some = [
  row('root', '', 0, 100),
  row('quick', 'root', 1, 2),
  row('slow', 'root', 3, 90),
  row('slowest part', 'slow', 10, 80),
  row('other', 'root', 91, 95),
  row('failed', 'other', 92, 93, true),
]

test('all rows, while they fit', () => {
  expect(shown(some, 6)).toEqual(['root', 'quick', 'slow', 'slowest part', 'other', 'failed'])
})

test('failed rows first, then those that the request waited for, each with the rows above it', () => {
  expect(shown(some, 5)).toEqual(['root +1', 'slow', 'slowest part', 'other', 'failed'])
  expect(shown(some, 3)).toEqual(['root +3', 'other', 'failed'])
  expect(shown(some, 1)).toEqual(['root +5'])
})

test('like siblings are one row', () => {
  const like = Array.from({ length: 50 }, (_, index) => ({
    ...row(`q${index}`, 'root', index, index + 1),
    label: 'query',
  }))
  expect(shown([row('root', '', 0, 100), ...like], 2)).toEqual(['root', '50 × query'])
})

test('of ten thousand rows, in any shape, at most the wanted number is shown and all are counted', () => {
  const shapes: Row[][] = [
    Array.from({ length: 10_000 }, (_, index) => row(`r${index}`, '', index, index + 1, index % 3 === 0)),
    Array.from({ length: 10_000 }, (_, index) =>
      row(`d${index}`, index ? `d${index - 1}` : '', index, 10_000),
    ),
    Array.from({ length: 10_000 }, (_, index) =>
      row(`w${index}`, index ? `w${index >> 4}` : '', index, index + 50, index % 7 === 0),
    ),
  ]
  for (const rows of shapes) {
    const found = mainRows(lensTree(rows), 60)
    expect(found.length).toBeLessThanOrEqual(60)
    expect(found.reduce((sum, { leftOut }) => sum + leftOut + 1, 0)).toBe(10_000)
  }
})
