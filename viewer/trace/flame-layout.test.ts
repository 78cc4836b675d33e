import { describe, expect, test } from 'vitest'
import { linkRows } from '../../analysis/trace/row-links.ts'
import { placeRows, type Row } from '../../analysis/trace/rows.ts'
import { ownCpuMs } from '../../tests/harness/cpu.ts'
import { type Flame, frameAt, layOutFlame, neighbour } from './flame-layout.ts'

function row(id: string, parentId: string, startMs: number, endMs: number): Row {
  return {
    key: id,
    id,
    parentId,
    kind: 'span',
    label: id,
    note: '',
    service: 's',
    startMs,
    endMs,
    isError: false,
    isInProgress: false,
    marks: [],
  }
}

const flameOf = (rows: readonly Row[]) => layOutFlame(placeRows(linkRows(rows)))
const drawn = ({ levels }: Flame) => levels.map((frames) => frames.map(({ row: { id } }) => id).join(' '))

/** Every two frames of a level that share a moment. */
function hidden({ levels }: Flame): string[] {
  return levels.flatMap((frames) =>
    frames.flatMap(({ row: b }, index) => {
      const a = frames[index - 1]?.row
      const isHidden = a && (a.endMs > b.startMs || (a.startMs === b.startMs && a.endMs === b.endMs))
      return isHidden ? [`${a.id} and ${b.id}`] : []
    }),
  )
}

test('children are below their parent; siblings one after the other share a level', () => {
  const flame = flameOf([
    row('root', '', 0, 100),
    row('a', 'root', 0, 40),
    row('b', 'root', 40, 90),
    row('query', 'b', 50, 60),
  ])
  expect(drawn(flame)).toEqual(['root', 'a b', 'query'])
})

test('siblings that overlap are in lanes, each with its own children below it', () => {
  const flame = flameOf([
    row('root', '', 0, 100),
    row('a', 'root', 0, 50),
    row('a1', 'a', 10, 20),
    row('b', 'root', 30, 80),
    row('b1', 'b', 40, 50),
    row('c', 'root', 60, 70),
    row('c1', 'c', 61, 62),
    row('c2', 'c1', 61, 62),
  ])
  expect(drawn(flame)).toEqual(['root', 'a c', 'a1 c1', 'c2', 'b', 'b1'])
  expect(hidden(flame)).toEqual([])
})

test('a descendant that outlasts its ancestors hides no later sibling of theirs', () => {
  const flame = flameOf([
    row('root', '', 0, 100),
    row('send', 'root', 0, 10),
    row('background', 'send', 5, 80),
    row('next', 'root', 20, 30),
    row('next query', 'next', 21, 29),
  ])
  expect(drawn(flame)).toEqual(['root', 'send', 'background', 'next', 'next query'])
})

test('records without a duration at one moment are all drawn', () => {
  const flame = flameOf([
    row('root', '', 0, 10),
    row('x', 'root', 5, 5),
    row('y', 'root', 5, 5),
    row('z', 'root', 5, 7),
  ])
  expect(flame.levels).toHaveLength(4)
  expect(hidden(flame)).toEqual([])
})

test('orphans are roots, and the frames of a cycle are drawn once', () => {
  const flame = flameOf([
    row('root', '', 0, 10),
    row('orphan', 'gone', 20, 30),
    row('below', 'orphan', 21, 22),
    row('x', 'y', 40, 45),
    row('y', 'x', 41, 42),
    row('itself', 'itself', 50, 51),
  ])
  expect(drawn(flame)).toEqual(['root orphan x itself', 'below y'])
  expect(flame.roots.map(({ row: { id, isOrphan } }) => `${id} ${isOrphan}`)).toContain('orphan true')
})

test('log records are no frames', () => {
  expect(
    drawn(flameOf([row('root', '', 0, 10), { ...row('root', 'root', 5, 5), key: 'log-0', kind: 'log' }])),
  ).toEqual(['root'])
})

describe('frames are found', () => {
  const flame = flameOf([
    row('root', '', 0, 100),
    row('a', 'root', 10, 20),
    row('a1', 'a', 11, 12),
    row('b', 'root', 15, 30),
    row('point', 'root', 50, 50),
  ])
  const at = (level: number, ms: number, tolerance = 1) => frameAt(flame, level, ms, tolerance)?.row.id

  test('by level and moment, with a tolerance for those that are too narrow to point at', () => {
    expect([at(0, 50), at(1, 15), at(3, 15), at(1, 49.5), at(1, 50.5)]).toEqual([
      'root',
      'a',
      'b',
      'point',
      'point',
    ])
    expect([at(0, -5), at(1, 40), at(9, 15), at(-1, 15), at(1, 49.5, 0.1)]).toEqual(Array(5).fill(undefined))
  })

  test('by the keys: parent, first child, and siblings by start in whichever lane', () => {
    const a = frameAt(flame, 1, 15, 0)
    if (!a) throw new Error('no frame')
    const to = (direction: 'parent' | 'child' | 'previous' | 'next') => neighbour(flame, a, direction)?.row.id
    expect([to('parent'), to('child'), to('next'), to('previous')]).toEqual(['root', 'a1', 'b', undefined])
  })
})

const COUNT = 10_000
/** Loose, so that a busy machine passes: an idle one needs less than 40 ms. */
const MAX_MS = 1_000

test.each([
  ['one after the other', (index: number) => ['root', index, index + 1] as const, 2],
  ['all at once', () => ['root', 0, COUNT] as const, COUNT],
  ['each in the one before', (index: number) => [String(index - 1), 0, COUNT] as const, COUNT],
  ['without a duration', (index: number) => ['root', index, index] as const, 2],
])('%s: 10,000 spans are placed, none hidden', (_, placeOf, levels) => {
  const rows = Array.from({ length: COUNT }, (_, index) => {
    if (index === 0) return row('root', '', 0, COUNT + 1)
    const [parentId, startMs, endMs] = placeOf(index)
    return row(String(index), parentId === '0' ? 'root' : parentId, startMs, endMs)
  })
  const placed = placeRows(linkRows(rows))
  const startedMs = ownCpuMs()
  const flame = layOutFlame(placed)
  const tookMs = ownCpuMs() - startedMs
  expect(flame.frames).toHaveLength(COUNT)
  expect(flame.levels).toHaveLength(levels)
  expect(hidden({ ...flame, levels: levels === 2 ? flame.levels : [] })).toEqual([])
  expect(tookMs).toBeLessThan(MAX_MS)
})
