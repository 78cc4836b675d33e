import { expect, test } from 'vitest'
import { CHAPTERS } from '../../../workshop/chapters.ts'
import type { Standings } from '../progress.ts'
import { exportOf, exportText } from './export.ts'
import { readSource } from './read.ts'

const TRACE = 'a'.repeat(32)
const standings: Standings = {
  chapters: CHAPTERS.map((chapter, index) => ({
    chapter,
    state: index === 0 ? 'open' : 'passed',
    result: {
      passed: index > 0,
      met: [],
      traceIds: [TRACE],
      ...(index === 0 && {
        missing: { name: 'a request of your own', diagnosis: { code: 'X', what: '', fix: '' } },
      }),
    },
    at: index === 0 ? undefined : '2026-11-26T20:00:00Z',
    traceIds: index === 0 ? [] : [TRACE],
    met: [],
    tries: index,
  })),
  startedAt: '2026-11-26T17:00:00Z',
  sent: undefined,
  warnings: [],
}

const read = (text: string) => {
  const [first] = readSource({ name: 'f', bytes: Buffer.from(text) })
  return first && 'content' in first ? first : undefined
}

test('an export is read back with its checksum, in any order of keys', () => {
  const text = exportText(exportOf(standings, 'Zoë 雪'))
  expect(text).toMatch(/^\p{ASCII}+$/u)
  const { content, checksum } = read(text) ?? {}
  expect([checksum, content?.learner, content?.startedAt]).toEqual([
    'whole',
    'Zoë 雪',
    '2026-11-26T17:00:00Z',
  ])
  const [first, second] = content?.chapters ?? []
  expect([first?.state, first?.missing, first?.traceIds, first?.tries]).toEqual([
    'open',
    'a request of your own',
    [],
    0,
  ])
  expect([second?.state, second?.missing, second?.traceIds, second?.tries]).toEqual([
    'passed',
    undefined,
    [TRACE],
    1,
  ])
  const reversed = Object.fromEntries(Object.entries(JSON.parse(text)).reverse())
  expect(read(JSON.stringify(reversed))?.checksum).toBe('whole')
})

test.each([
  ['a state', '"state": "open"', '"state": "passed"'],
  ['a trace id', TRACE, 'b'.repeat(32)],
  ['the name', 'Ada', 'Bo'],
  ['the time', '"exportedAt": "2', '"exportedAt": "3'],
  ['a new member', '"version": 2', '"version": 2, "x": 1'],
])('the checksum breaks with %s', (_what, before, after) => {
  const text = exportText(exportOf(standings, 'Ada'))
  expect(read(text.replace(before, after))?.checksum).toBe('broken')
})
