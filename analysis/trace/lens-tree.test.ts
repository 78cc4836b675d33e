import { expect, test } from 'vitest'
import { spanRow } from '../../tests/harness/span-row.ts'
import { errorBeside, errorIndex, lensTree } from './lens-tree.ts'

const row = (id: string, parentId: string, isError: boolean, startMs: number) =>
  spanRow(id, parentId, startMs, startMs + 1, { label: id[0] ?? '', isError })

// The three rows named a are a run.
const tree = lensTree([
  row('root', '', true, 0),
  row('a1', 'root', false, 1),
  row('a2', 'root', true, 2),
  row('a3', 'root', false, 3),
  row('b', 'root', false, 4),
  row('c', 'root', true, 5),
])
const beside = (id: string, by: 1 | -1) => errorBeside(tree, { id, key: id }, by)?.id

test('errors follow each other in the order of the rows, also those in a closed run, and go on at the other end', () => {
  expect([beside('root', 1), beside('a2', 1), beside('c', 1)]).toEqual(['a2', 'c', 'root'])
  expect([beside('c', -1), beside('a2', -1), beside('root', -1)]).toEqual(['a2', 'root', 'c'])
})

test('the next error follows a selected row that has not failed; without a selection it is the first or the last', () => {
  expect([beside('b', 1), beside('b', -1), beside('a1', 1)]).toEqual(['c', 'a2', 'a2'])
  expect([beside('', 1), beside('', -1)]).toEqual(['root', 'c'])
})

test('the selected error has a number', () => {
  expect(errorIndex(tree, { id: 'a2', key: 'a2' })).toBe(1)
  expect(errorIndex(tree, { id: 'b', key: 'b' })).toBe(-1)
  expect(errorBeside(lensTree([row('x', '', false, 0)]), { id: '', key: '' }, 1)).toBeUndefined()
})
