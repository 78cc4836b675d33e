import { expect, test } from 'vitest'
import { spanRow } from '../../tests/harness/span-row.ts'
import { criticalShares } from './critical-shares.ts'
import { lensTree } from './lens-tree.ts'

const row = (id: string, label: string, startMs: number, endMs: number, service = 's') =>
  spanRow(id, id === 'root' ? '' : 'root', startMs, endMs, { label, service })

test('like work of a service has one share of the critical path, the largest share first', () => {
  const tree = lensTree([
    row('root', 'root', 0, 100),
    row('a', 'call', 10, 30),
    row('b', 'call', 30, 70),
    row('c', 'call', 75, 80, 'other'),
    row('d', 'aside', 31, 40),
  ])
  expect(criticalShares(tree)).toEqual([
    { name: 'call', service: 's', count: 2, ms: 60, longestId: 'b' },
    { name: 'root', service: 's', count: 1, ms: 35, longestId: 'root' },
    { name: 'call', service: 'other', count: 1, ms: 5, longestId: 'c' },
  ])
})
