import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { classTable } from './class-table.ts'

function file(name: string, learner: string, states: readonly string[]): string {
  const path = join(temporaryFolder(), name)
  const chapters = states.map((state, index) => ({ number: index + 1, title: 't', state }))
  writeFileSync(path, JSON.stringify({ learner, exportedAt: '2026-11-25T06:00:00.000Z', chapters }))
  return path
}

test('a row per learner, by name or by file; an older export has fewer chapters', () => {
  const lines = classTable([
    file('x.json', 'Zofia', ['passed', 'earlier', 'open']),
    file('bo.json', '', ['passed']),
    file('y.json', '\u001b[31mAda', ['open']),
  ])
  expect(lines[0]).toMatch(/^learner +1 +2 +3/)
  expect(lines.slice(1).map((line) => line.split(/ +/))).toEqual([
    ['[31mAda', ...CHAPTERS.map(() => '·'), `0/${CHAPTERS.length}`],
    ['bo', '✓', ...CHAPTERS.slice(1).map(() => '·'), `1/${CHAPTERS.length}`],
    ['Zofia', '✓', '●', ...CHAPTERS.slice(2).map(() => '·'), `2/${CHAPTERS.length}`],
    ['all', '2', '1', ...CHAPTERS.slice(2).map(() => '0'), '3'],
  ])
})

test('a file that is no export is named', () => {
  const path = join(temporaryFolder(), 'bad.json')
  writeFileSync(path, '{"learner": 1}')
  expect(() => classTable([path])).toThrow('it has another form')
  expect(() => classTable([`${path}/none.json`])).toThrow('none.json is no exported progress')
})
