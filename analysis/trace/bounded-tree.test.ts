import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ownCpuMs } from '../../tests/harness/cpu.ts'
import { boundedTree, isHidden } from './bounded-tree.ts'

const rows = [0, 1, 2, 2, 1, 1, 2, 3].map((depth, place) => ({ depth, place }))

test('a small tree stays as it is', () => {
  expect(boundedTree(rows, 8, () => [0])).toEqual(rows)
})

test('the most important rows stay, with the rows above them and what is left out between them', () => {
  const shown = boundedTree(rows, 4, ({ place }) => [place === 7 ? 1 : 0])
  expect(shown.map((row) => (isHidden(row) ? [row.depth, row.hidden.length] : row.place))).toEqual([
    0,
    [1, 4],
    5,
    6,
    7,
  ])
})

test('of any tree no row is lost, at most the limit is shown, and every shown row has its parent', () => {
  const tree = fc.array(fc.nat(30), { maxLength: 200 }).map((steps) => {
    let depth = -1
    return steps.map((step, place) => {
      depth = step > depth ? depth + 1 : step
      return { depth, place, weight: (step * 7_919) % 31 }
    })
  })
  fc.assert(
    fc.property(tree, fc.integer({ min: 1, max: 50 }), (all, limit) => {
      const shown = boundedTree(all, limit, ({ weight }) => [weight])
      expect(shown.flatMap((row) => (isHidden(row) ? row.hidden : [row]))).toEqual(all)
      const kept = shown.filter((row) => !isHidden(row))
      expect(kept.length).toBeLessThanOrEqual(Math.max(limit, 0))
      let deepest = -1
      for (const { depth } of kept) {
        expect(depth).toBeLessThanOrEqual(deepest + 1)
        deepest = depth
      }
    }),
  )
})

test('a tree of 10,000 rows, also one below the other, takes milliseconds', () => {
  const deep = Array.from({ length: 10_000 }, (_, depth) => ({ depth }))
  const startedMs = ownCpuMs()
  const shown = boundedTree(deep, 100, ({ depth }) => [depth])
  expect(ownCpuMs() - startedMs).toBeLessThan(500)
  expect(shown.filter((row) => !isHidden(row)).length).toBeLessThanOrEqual(100)
})
