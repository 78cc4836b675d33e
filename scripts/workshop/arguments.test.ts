import { expect, test } from 'vitest'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { readAnswers, requireChapter } from './arguments.ts'

const ID = '6b03338a3466b3a098d40d78df8756e6'

test('a chapter is found by its number only', () => {
  expect(requireChapter('7').folder).toBe('07-one-trace')
  for (const word of ['', '0', '14', 'seven', '07'])
    expect(() => requireChapter(word)).toThrow('There is no chapter')
})

test('a single answer needs no name; trace ids come in either notation', () => {
  const xray = '1-6b03338a-3466b3a098d40d78df8756e6'
  expect(readAnswers(requireChapter('7'), [xray])).toEqual({ trace: ID })
  expect(readAnswers(requireChapter('7'), [`trace=${ID.toUpperCase()}`])).toEqual({ trace: ID })
})

test('several answers need their names', () => {
  const words = [`slow-query=${ID}/AB`, 'slow-query-for=app.user.plan=team', `pool-wait=${ID}/cd`]
  expect(readAnswers(requireChapter('9'), words)).toEqual({
    'slow-query': `${ID}/ab`,
    'slow-query-for': 'app.user.plan=team',
    'pool-wait': `${ID}/cd`,
  })
  expect(() => readAnswers(requireChapter('9'), [ID])).toThrow(
    'It asks for: slow-query, slow-query-for, n-plus-one',
  )
  expect(() => readAnswers(requireChapter('9'), [`quick=${ID}`])).toThrow('does not know')
})

test('a name without a value is told from an unknown one', () => {
  expect(() => readAnswers(requireChapter('9'), ['slow-query'])).toThrow('slow-query has no value')
})

test('text that is no trace id is an error', () => {
  expect(() => readAnswers(requireChapter('2'), ['soon'])).toThrow('is no trace id')
})

test.each([
  ['d7a2331d71120e25', 'is a span id, which has 16 hex digits'],
  [ID.slice(1), 'and this has 31'],
  [`00-${ID}-d7a2331d71120e25`, 'is no trace id'],
  ['0'.repeat(32), 'all 0'],
])('the part of an id %s: %s', (text, words) => {
  for (const chapter of ['2', '7']) expect(() => readAnswers(requireChapter(chapter), [text])).toThrow(words)
})

test('the whole header traceresponse is an answer', () => {
  const header = `00-${ID}-d7a2331d71120e25-01`
  expect(readAnswers(requireChapter('1'), [header, 'slowest=api'])).toEqual({ trace: ID, slowest: 'api' })
})

test.each(['Root=1-6b03338a-3466b3a098d40d78df8756e6', 'Root=1-6b03338a-3466b3a098d40d78df8756e6;Sampled=1'])(
  'so is the header x-amzn-trace-id: %s',
  (header) => {
    expect(readAnswers(requireChapter('2'), [header])).toEqual({ trace: ID })
    expect(readAnswers(requireChapter('1'), [header, 'slowest=api'])).toEqual({ trace: ID, slowest: 'api' })
    expect(readAnswers(requireChapter('7'), [`trace=${header}`])).toEqual({ trace: ID })
  },
)

test('an answer to a chapter without questions is an error', () => {
  expect(() => readAnswers(requireChapter('6'), [ID])).toThrow('takes no answer')
})

test('chapters are numbered from 1, like their folders', () => {
  expect(CHAPTERS.map(({ number }) => number)).toEqual(CHAPTERS.map((_, index) => index + 1))
  for (const { number, folder } of CHAPTERS)
    expect(folder.startsWith(String(number).padStart(2, '0'))).toBe(true)
})
