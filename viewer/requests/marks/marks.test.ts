import { beforeEach, expect, test } from 'vitest'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'
import { announcement, clearMarks, isMarked, marks, sidesOf, toggleMark } from './marks.ts'

const row = (traceId: string) => ({ traceId, name: `GET /${traceId}` }) as RequestRow
const ids = () => marks.value.map(({ traceId }) => traceId)

beforeEach(clearMarks)

test('two requests are selected, and a third replaces the second', () => {
  for (const id of ['a', 'b', 'c']) toggleMark(row(id))
  expect(ids()).toEqual(['a', 'c'])
  expect(isMarked('b')).toBe(false)
  expect(announcement.value).toBe('GET /c is selected for a comparison. 2 of 2 selected.')
})

test('the faster of two is A, whichever was selected first', () => {
  const [slow, fast] = [
    { ...row('slow'), durationMs: 300 },
    { ...row('fast'), durationMs: 20 },
  ]
  expect(sidesOf([slow, fast])).toEqual([fast, slow])
  expect(sidesOf([fast, slow])).toEqual([fast, slow])
})

test('a selected request can be taken back', () => {
  toggleMark(row('a'))
  toggleMark(row('b'))
  toggleMark(row('a'))
  expect(ids()).toEqual(['b'])
  expect(announcement.value).toBe('GET /a is no longer selected. 1 of 2 selected.')
})
