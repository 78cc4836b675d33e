import { expect, test } from 'vitest'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'
import { append, merge, update } from './request-list.ts'

const row = (traceId: string, place: string, spans = 1): RequestRow => ({
  traceId,
  place,
  spans,
  startMs: 0,
  durationMs: 1,
  name: traceId,
  services: [],
  status: null,
  error: false,
  segments: 0,
  items: 0,
  pruned: false,
})

test('rows are merged into the order of the list, each trace once with its latest row', () => {
  const first = merge([], [row('b', '20_2'), row('d', '10_4')])
  const second = merge(first, [row('a', '30_9'), row('c', '20_3'), row('d', '10_4', 5), row('e', '5_1')])
  expect(second.map(({ traceId }) => traceId)).toEqual(['a', 'b', 'c', 'd', 'e'])
  expect(second.find(({ traceId }) => traceId === 'd')?.spans).toBe(5)
  expect(merge(second, [])).toBe(second)
  // A span that began earlier came late: its trace moves.
  expect(merge(second, [row('a', '7_9')]).map(({ traceId }) => traceId)).toEqual(['b', 'c', 'd', 'a', 'e'])
})

test('rows of the sandbox’s future are last', () => {
  const ahead = `${Date.now() + 86_400_000}_1`
  const rows = merge([row('ahead', ahead)], [row('new', '20_2'), row('old', '10_3')])
  expect(rows.map(({ traceId }) => traceId)).toEqual(['new', 'old', 'ahead'])
})

test('in another order, pages follow each other and rows stay where they are', () => {
  const first = [row('slow', '1_1'), row('fast', '9_9')]
  const both = append(first, [row('fast', '9_9', 3), row('faster', '5_5')])
  expect(both.map(({ traceId }) => traceId)).toEqual(['slow', 'fast', 'faster'])
  expect(both[1]?.spans).toBe(3)
  const changed = update(first, [row('unknown', '7_7'), row('slow', '1_1', 8)])
  expect(changed.map(({ traceId, spans }) => [traceId, spans])).toEqual([
    ['slow', 8],
    ['fast', 1],
  ])
})
