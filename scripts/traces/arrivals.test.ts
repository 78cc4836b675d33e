import { expect, test } from 'vitest'
import type { RequestRow } from '../../contracts/sandbox/lists.ts'
import { Arrivals } from './arrivals.ts'

const row = (traceId: string, spans = 1) => ({ traceId, spans, segments: 0, items: 0 }) as RequestRow
const taken = (arrivals: Arrivals, nowMs: number) =>
  arrivals.take(nowMs).map(({ row: { traceId, spans }, isMore }) => `${isMore ? '+' : ''}${traceId}${spans}`)

test('a request is shown once its records have stopped coming, the oldest first', () => {
  const arrivals = new Arrivals()
  arrivals.add([row('b'), row('a')], 0)
  arrivals.add([row('a', 3)], 800)
  expect(taken(arrivals, 999)).toEqual([])
  expect(taken(arrivals, 1_000)).toEqual(['b1'])
  expect(taken(arrivals, 1_800)).toEqual(['a3'])
  expect(taken(arrivals, 9_000)).toEqual([])
})

test('one that keeps changing is shown after five seconds', () => {
  const arrivals = new Arrivals()
  for (let ms = 0; ms <= 5_000; ms += 500) arrivals.add([row('a', ms)], ms)
  expect(taken(arrivals, 5_000)).toEqual(['a5000'])
})

test('records that come later show it again with a mark; the same state does not', () => {
  const arrivals = new Arrivals()
  arrivals.add([row('a', 2)], 0)
  expect(taken(arrivals, 1_000)).toEqual(['a2'])
  arrivals.add([row('a', 2)], 2_000)
  expect(taken(arrivals, 9_000)).toEqual([])
  arrivals.add([row('a', 3)], 10_000)
  expect(taken(arrivals, 11_000)).toEqual(['+a3'])
})
