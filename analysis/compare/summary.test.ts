import { describe, expect, test } from 'vitest'
import { changesOf } from './changes.ts'
import type { PathSpan } from './path-spans.ts'
import { compareByPath, type Side } from './span-paths.ts'
import { summaryOf } from './summary.ts'

const NONE: Side = {
  count: 1,
  totalMs: 10,
  selfMs: 10,
  criticalMs: 0,
  errors: 0,
  inProgress: 0,
  orphans: 0,
  slowestId: '',
  errorId: '',
}
const side = (given: Partial<Side>): Side => ({ ...NONE, ...given })
const words = (a: Partial<Side> | undefined, b: Partial<Side> | undefined) =>
  changesOf({ a: a && side(a), b: b && side(b) }).map(({ kind, text }) => `${kind}: ${text}`)

describe('changes in words', () => {
  test.each([
    [{ totalMs: 50 }, { totalMs: 160 }, ['slower: 3.2× slower, +110 ms']],
    [{ totalMs: 160 }, { totalMs: 50 }, ['faster: 3.2× faster, −110 ms']],
    [{ totalMs: 0 }, { totalMs: 20 }, ['slower: slower, +20 ms']],
    [{}, { count: 33, totalMs: 330 }, ['slower: 33× slower, +320 ms', 'more: 33 instead of 1']],
    [{ count: 2 }, {}, ['fewer: 1 instead of 2']],
    [{}, { errors: 1 }, ['failed: 1 error instead of none']],
    [{ count: 3, errors: 2 }, { count: 3 }, ['recovered: no error instead of 2']],
    [undefined, { count: 4 }, ['only-b: only in B (4 times)']],
    [{ errors: 1 }, undefined, ['only-a: only in A', 'recovered: 1 error']],
  ])('%j and %j', (a, b, expected) => {
    expect(words(a, b)).toEqual(expected)
  })

  test.each([
    [10, 11],
    [0, 1],
    [0.1, 0.9],
    [100, 110],
    [110, 100],
    [5_000, 5_400],
  ])('%d and %d ms differ by noise only', (aMs, bMs) => {
    expect(words({ totalMs: aMs }, { totalMs: bMs })).toEqual([])
  })

  test('slower one way is faster the other way', () => {
    for (let aMs = 0; aMs < 60; aMs += 0.7)
      for (let bMs = 0; bMs < 60; bMs += 0.7) {
        const [one, other] = [
          words({ totalMs: aMs }, { totalMs: bMs }),
          words({ totalMs: bMs }, { totalMs: aMs }),
        ]
        expect(one.length).toBe(other.length)
      }
  })
})

type Tree = readonly [name: string, criticalMs: number, ...children: Tree[]]

/** Spans whose durations follow from the time for which the request waited for each. */
function spansOf(tree: Tree): PathSpan[] {
  const spans: PathSpan[] = []
  const add = ([name, criticalMs, ...children]: Tree, depth: number, startMs: number): number => {
    const index = spans.length
    const flags = { isOrphan: false, isError: false, isInProgress: false }
    const span = {
      id: String(index),
      service: 'api',
      kind: '',
      name,
      title: name,
      depth,
      ...flags,
      startMs,
      criticalMs,
    }
    spans.push({ ...span, endMs: startMs })
    let endMs = startMs + criticalMs
    for (const child of children) endMs = add(child, depth + 1, endMs)
    spans[index] = { ...span, endMs }
    return endMs
  }
  add(tree, 0, 0)
  return spans
}

const read = (a: Tree, b: Tree) =>
  summaryOf(compareByPath(spansOf(a), spansOf(b))).map((sentence) =>
    sentence.map((part) => (typeof part === 'string' ? part : `“${part.name}”`)).join(''),
  )

describe('the summary', () => {
  const query = 'SELECT handle, display_name, bio FROM users WHERE handle LIKE ?'
  const call = (ms: number): Tree => ['GET /api/profiles', 2, [query, ms]]

  test('names the largest cause: the deepest path that has most of the difference, and how often it runs', () => {
    const fast: Tree = ['GET /home', 20, call(10)]
    const slow: Tree = ['GET /home', 30, ...Array.from({ length: 33 }, () => call(12))]
    expect(read(fast, slow).slice(0, 2)).toEqual([
      'B took 492 ms, A 32 ms: 460 ms more.',
      '386 ms of it is in “SELECT … FROM users WHERE handle LIKE ?” of api, which runs 33 times instead of once.',
    ])
    expect(read(slow, fast).slice(0, 2)).toEqual([
      'B took 32 ms, A 492 ms: 460 ms less.',
      '386 ms of it is in “SELECT … FROM users WHERE handle LIKE ?” of api, which runs once instead of 33 times.',
    ])
  })

  test('names a path with what it calls, several causes, the root itself, or a path that only B has', () => {
    expect(read(['r', 10, ['p', 1]], ['r', 10, ['p', 1, ['x', 50], ['y', 50]]])[1]).toBe(
      'Nearly all of it is in “p” of api and what it calls.',
    )
    expect(read(['r', 10, ['x', 1], ['y', 1]], ['r', 10, ['x', 56], ['y', 46]])[1]).toBe(
      'Of it: 55 ms in “x” of api; 45 ms in “y” of api.',
    )
    expect(read(['r', 10, ['x', 1]], ['r', 90, ['x', 1]])[1]).toBe(
      'Nearly all of it is in “r” itself, outside all calls.',
    )
    expect(read(['r', 10], ['r', 10, ['retry', 60], ['retry', 60]])[1]).toBe(
      'Nearly all of it is in “retry” of api, which only B runs (2 times).',
    )
  })

  test('names what is slower and what is faster, where the traces differ in both directions', () => {
    const query = (ms: number): Tree => ['query', ms]
    const a: Tree = ['r', 5, ['mentions', 296], query(1)]
    const b: Tree = ['r', 5, query(136)]
    expect(read(a, b).slice(0, 2)).toEqual([
      'B took 141 ms, A 302 ms: 161 ms less.',
      'B saves 296 ms in “mentions” of api, which only A runs. Against it, B takes 135 ms more in “query” of api.',
    ])
    expect(read(b, a).slice(0, 2)).toEqual([
      'B took 302 ms, A 141 ms: 161 ms more.',
      'B takes 296 ms more in “mentions” of api, which only B runs. Against it, B saves 135 ms in “query” of api.',
    ])
  })

  test('names both directions below one call, and where the request takes as long', () => {
    const call = (x: number, y: number): Tree => ['r', 5, ['call', 1, ['x', x], ['y', y]]]
    expect(read(call(1, 101), call(301, 1))[1]).toBe(
      'B takes 300 ms more in “x” of api. Against it, B saves 100 ms in “y” of api.',
    )
    expect(read(call(1, 101), call(101, 1)).slice(0, 2)).toEqual([
      'A and B took about as long: 108 ms and 108 ms.',
      'B takes 100 ms more in “x” of api. Against it, B saves 100 ms in “y” of api.',
    ])
    expect(read(['r', 205, ['x', 1]], ['r', 5, ['x', 81]])[1]).toBe(
      'B saves 200 ms in “r” itself, outside all calls. Against it, B takes 80 ms more in “x” of api.',
    )
  })

  test('counts the paths by what changed', () => {
    expect(read(['r', 10, ['x', 1], ['y', 5]], ['r', 10, ['x', 61], ['z', 5]])[2]).toBe(
      'Of 4 paths, 2 are slower in B, 1 is only in B, 1 is only in A.',
    )
    expect(read(['r', 10, ['x', 1]], ['r', 10.2, ['x', 1]])).toEqual([
      'A and B took about as long: 11 ms and 11.2 ms.',
      'No difference on 2 paths.',
    ])
  })
})
