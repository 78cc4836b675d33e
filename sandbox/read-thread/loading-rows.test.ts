import { expect, test } from 'vitest'
import { LoadingRows } from './loading-rows.ts'

test('the row at which a thread died is left out by the next one, until the store numbers its rows anew', () => {
  const owner = new LoadingRows()
  const thread = new LoadingRows(owner.shared)
  const row = { row: 7, total: 70 }
  thread.reading('logs', { row: 6, total: 60 }, () => {})
  let died: readonly string[] = []
  // As when the thread ends in the middle: the owner looks before `reading` has returned.
  thread.reading('metrics', row, () => {
    died = owner.died()
  })
  const next = new LoadingRows(owner.shared, died)
  const read: string[] = []
  expect(() => next.reading('metrics', row, () => read.push('deadly'))).toThrow('died at this row')
  next.reading('spans', row, () => read.push('another table'))
  next.reading('metrics', { row: 7, total: 71 }, () => read.push('another row'))
  expect(read).toEqual(['another table', 'another row'])
  expect(owner.died(), 'it stays known when another thread ends between rows').toEqual(died)
})
