import { expect, test } from 'vitest'
import type { WrittenExport } from '../../../contracts/workshop-export.ts'
import { IS_LONG } from '../../../tests/harness/scale.ts'
import { CHAPTERS } from '../../../workshop/chapters.ts'
import { checksumOf } from './checksum.ts'
import { readSource } from './read.ts'
import { reportOf } from './report.ts'

/** Time that grows with the square of their number is too long with either. */
const MANY = IS_LONG ? 10_000 : 2_000
const NOW_MS = Date.parse('2026-11-26T21:00:00Z')
const TRACES = ['a', 'b', 'c', 'd'].map((digit) => digit.repeat(32))

interface Made extends Partial<Omit<WrittenExport, 'chapters'>> {
  readonly file?: string
  readonly states?: string
  readonly traces?: readonly (string | undefined)[]
  readonly missing?: string
  readonly tries?: number
}

/** An export as the workshop writes it. `states`: a letter per chapter, as `ppeo-`. */
function made({ file, states = '', traces = [], missing, tries, ...rest }: Made) {
  const words = { p: 'passed', e: 'earlier', o: 'open', '-': 'optional' } as const
  const chapters = [...states].map((letter, index) => ({
    number: index + 1,
    title: 't',
    state: words[letter as keyof typeof words],
    traceIds: traces[index] === undefined ? [] : [traces[index]],
    ...(letter === 'o' && missing !== undefined && { missing }),
    ...(letter === 'o' && tries !== undefined && { tries }),
  }))
  const content = { version: 2, learner: 'Ada', exportedAt: '2026-11-26T20:00:00Z', chapters, ...rest }
  return source(file ?? `${content.learner}.json`, { ...content, checksum: checksumOf(content) })
}

const source = (name: string, content: unknown) => ({ name, bytes: Buffer.from(JSON.stringify(content)) })

type Sources = readonly Parameters<typeof readSource>[0][]

const report = (...sources: Sources) => reportOf(sources.flatMap(readSource), 'progress', NOW_MS)

const flags = (...sources: Sources) =>
  Object.fromEntries(report(...sources).rows.map((row) => [row.learner, row.flags]))

test('most progress is first, then names; optional chapters that are not done do not count', () => {
  const sources = [
    made({ learner: 'Cy', states: 'po' }),
    made({ learner: 'Ada', states: 'peo' }),
    made({ learner: 'Bo 10', states: 'p-' }),
    made({ learner: 'Bo 9', states: 'po' }),
  ]
  expect(report(...sources).rows.map(({ learner, done, of }) => [learner, done, of])).toEqual([
    ['Ada', 2, CHAPTERS.length],
    ['Bo 10', 1, CHAPTERS.length - 1],
    ['Bo 9', 1, CHAPTERS.length],
    ['Cy', 1, CHAPTERS.length],
  ])
  const byName = reportOf(sources.flatMap(readSource), 'name', NOW_MS).rows.map(({ learner }) => learner)
  expect(byName).toEqual(['Ada', 'Bo 9', 'Bo 10', 'Cy'])
})

test('of one learner’s exports the newest counts, and the others are named', () => {
  const early = { states: 'po', traces: [TRACES[0]], file: 'early.json', exportedAt: '2026-11-26T19:00:00Z' }
  const { rows, shared, sameNames } = report(
    made({ learner: 'ADA ', ...early }),
    made({ states: 'pp', traces: [TRACES[0], TRACES[1]], file: 'late.json' }),
    made({ states: '', file: 'first.json', exportedAt: '2026-11-26T18:00:00Z' }),
  )
  expect(rows.map(({ learner, file, done, older, flags }) => [learner, file, done, older, flags])).toEqual([
    ['Ada', 'late.json', 2, ['early.json', 'first.json'], []],
  ])
  expect([shared, sameNames]).toEqual([[], []])
})

test('exports of one workspace are one learner’s, also with other evidence', () => {
  const startedAt = '2026-11-26T17:00:00.123Z'
  const { rows } = report(
    made({ startedAt, states: 'p', traces: [TRACES[0]], exportedAt: '2026-11-26T18:00:00Z' }),
    made({ startedAt, states: 'p', traces: [TRACES[1]] }),
  )
  expect(rows).toHaveLength(1)
})

test('two learners of one name are both shown, with their files', () => {
  const { rows, sameNames } = report(
    made({ states: 'p', traces: [TRACES[0]], file: 'x/ada.json' }),
    made({ states: 'po', traces: [TRACES[1]], file: 'x/ada (1).json' }),
  )
  expect(rows.map(({ learner }) => learner)).toEqual(['Ada (ada (1).json)', 'Ada (ada.json)'])
  expect(sameNames).toEqual([{ name: 'Ada', labels: ['Ada (ada.json)', 'Ada (ada (1).json)'] }])
})

test('learners with the same traces are marked, and the chapters are named', () => {
  const [one, two, own, other] = TRACES
  const sources = [
    made({ learner: 'Ada', states: 'ppp', traces: [one, two, own] }),
    made({ learner: 'Bo', states: 'ppp', traces: [one, two, other] }),
    made({ learner: 'Cy', states: 'p', traces: ['f'.repeat(32)] }),
  ]
  expect(report(...sources).shared).toEqual([{ chapters: [1, 2], learners: ['Ada', 'Bo'] }])
  expect(flags(...sources)).toEqual({ Ada: ['shared'], Bo: ['shared'], Cy: [] })
})

test('thirty copies of one file under thirty names are all marked', () => {
  const copies = Array.from({ length: 30 }, (_, index) =>
    made({ learner: `L${index}`, states: 'pp', traces: TRACES }),
  )
  const { shared, rows } = report(...copies)
  expect(shared.map(({ learners }) => learners.length)).toEqual([30])
  expect(rows.every((row) => row.flags.includes('shared'))).toBe(true)
})

test('what is no trace id is no shared evidence', () => {
  const nothing = ['', '0'.repeat(32), 'none']
  const { shared } = report(
    made({ learner: 'Ada', states: 'ppp', traces: nothing }),
    made({ learner: 'Bo', states: 'ppp', traces: nothing }),
  )
  expect(shared).toEqual([])
})

test('an edited file is marked, and comes last', () => {
  const { bytes } = made({ learner: 'Bo', states: 'poo', exportedAt: '2026-11-26T20:00:00Z' })
  const edited = { name: 'bo.json', bytes: Buffer.from(bytes.toString().replaceAll('open', 'passed')) }
  const without = JSON.parse(bytes.toString())
  delete without.checksum
  const sources = [
    edited,
    made({ learner: 'Ada', states: 'po' }),
    source('c.json', { ...without, learner: 'Cy' }),
  ]
  expect(report(...sources).rows.map(({ learner, flags }) => [learner, flags])).toEqual([
    ['Ada', []],
    ['Bo', ['edited']],
    ['Cy', ['edited']],
  ])
})

test('an export of version 1 is read, and has no checksum', () => {
  const { rows, stuck } = report(
    source('bo.json', {
      learner: '',
      exportedAt: '2026-11-26T20:00:00.000Z',
      chapters: [
        { number: 1, title: 't', state: 'passed', at: 'x', traceId: `1-${'a'.repeat(8)}-${'b'.repeat(24)}` },
        { number: 2, title: 't', state: 'earlier' },
      ],
    }),
  )
  expect(rows.map(({ learner, done, flags }) => [learner, done, flags])).toEqual([['bo', 2, ['no checksum']]])
  expect(stuck).toEqual([{ chapter: 3, condition: undefined, learners: [{ learner: 'bo', tries: 0 }] }])
})

test('who waits for which condition, the most frequent first; optional chapters stop no learner', () => {
  const { stuck } = report(
    made({ learner: 'Ada', states: 'ppo', missing: 'a search was kept', tries: 2 }),
    made({ learner: 'Bo', states: 'p-o', missing: 'a search was kept', tries: 9 }),
    made({ learner: 'Cy', states: 'po', missing: 'a request of your own' }),
    made({ learner: 'Di', states: 'p'.repeat(CHAPTERS.length) }),
  )
  expect(stuck).toEqual([
    {
      chapter: 3,
      condition: 'a search was kept',
      learners: [
        { learner: 'Bo', tries: 9 },
        { learner: 'Ada', tries: 2 },
      ],
    },
    { chapter: 2, condition: 'a request of your own', learners: [{ learner: 'Cy', tries: 0 }] },
  ])
})

test('an export from the future does not hide a later one', () => {
  const startedAt = '2026-11-26T17:00:00Z'
  const { rows } = report(
    made({ startedAt, states: 'p', file: 'wrong-clock.json', exportedAt: '2031-01-01T00:00:00Z' }),
    made({ startedAt, states: 'pp', file: 'ada.json' }),
    made({ learner: 'Bo', states: 'p', exportedAt: '2031-01-01T00:00:00Z' }),
  )
  expect(rows.map(({ learner, file, flags }) => [learner, file, flags])).toEqual([
    ['Ada', 'ada.json', []],
    ['Bo', 'Bo.json', ['future']],
  ])
})

test('names of objects’ own members, of a megabyte, and with escapes are names', () => {
  const names = [
    '__proto__',
    'constructor',
    'x'.repeat(900_000),
    '\u001b[31mRed\u202e\r\nAda',
    `Z${'\u0301'.repeat(500)}`,
  ]
  const { rows } = report(
    ...names.map((learner, index) => made({ learner, states: 'p', file: `${index}.json` })),
  )
  expect(rows.map(({ learner }) => learner).toSorted()).toEqual([
    '[31mRed Ada',
    '__proto__',
    'constructor',
    `${'x'.repeat(31)}…`,
    'Ź\u0301\u0301',
  ])
})

test(`${MANY} exports take seconds, not minutes`, { timeout: 20_000 }, () => {
  const sources = Array.from({ length: MANY }, (_, index) =>
    made({ learner: `L${index % 500}`, states: 'po', traces: [index.toString(16).padStart(32, 'e')] }),
  )
  expect(report(...sources).rows).toHaveLength(MANY)
})
