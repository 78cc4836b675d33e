import { expect, test } from 'vitest'
import type { PathSpan } from '../../analysis/compare/path-spans.ts'
import { compareByPath, inOrder, type Line } from '../../analysis/compare/span-paths.ts'
import { visibleLines } from './visible-lines.ts'

type Given = readonly [name: string, depth: number, startMs: number, endMs: number]

function spansOf(given: readonly Given[]): PathSpan[] {
  const flags = { isOrphan: false, isError: false, isInProgress: false, criticalMs: 0 }
  return given.map(([name, depth, startMs, endMs]) => ({
    id: name,
    service: 's',
    kind: '',
    name,
    title: name,
    depth,
    startMs,
    endMs,
    ...flags,
  }))
}

const lines = compareByPath(
  spansOf([
    ['root', 0, 0, 100],
    ['same', 1, 0, 10],
    ['inner', 2, 0, 9],
    ['group', 1, 20, 60],
    ['slow', 2, 20, 30],
    ['gone', 1, 70, 71],
  ]),
  spansOf([
    ['root', 0, 0, 105],
    ['same', 1, 0, 10],
    ['inner', 2, 0, 9],
    ['group', 1, 20, 62],
    ['slow', 2, 20, 45],
  ]),
)
const shown = (given: Partial<Parameters<typeof visibleLines>[1]>) =>
  visibleLines(lines, { sort: 'place', isOnlyChanges: false, folded: new Set(), ...given }).map(
    ({ name }) => name,
  )
const named = (name: string): Line => {
  const found = inOrder(lines).find((line) => line.name === name)
  if (!found) throw new Error(`no line ${name}`)
  return found
}

test('by place: all lines as a tree, without those below a folded line', () => {
  expect(shown({})).toEqual(['root', 'same', 'inner', 'group', 'slow', 'gone'])
  expect(shown({ folded: new Set([named('same')]) })).toEqual(['root', 'same', 'group', 'slow', 'gone'])
  expect(shown({ folded: new Set([named('root')]) })).toEqual(['root'])
})

test('changes only: lines that differ, with the lines above them', () => {
  expect(shown({ isOnlyChanges: true })).toEqual(['root', 'group', 'slow', 'gone'])
})

test('by difference: the largest difference of own time first, whichever way', () => {
  expect(shown({ sort: 'difference' }).slice(0, 2)).toEqual(['slow', 'group'])
  expect(shown({ sort: 'difference', isOnlyChanges: true })).toEqual(['slow', 'gone'])
})
