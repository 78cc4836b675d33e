import { expect, test } from 'vitest'
import { CHAPTERS } from '../../workshop/chapters.ts'
import { readAnswers, requireChapter } from './arguments.ts'

const ID = '6b03338a3466b3a098d40d78df8756e6'

test('a chapter by its number alone', () => {
  expect(requireChapter('7').folder).toBe('07-one-trace')
  for (const word of ['', '0', '14', 'seven', '07'])
    expect(() => requireChapter(word)).toThrow('There is no chapter')
})

test('where one thing is asked for, its value alone will do, in either notation', () => {
  const xray = '1-6b03338a-3466b3a098d40d78df8756e6'
  expect(readAnswers(requireChapter('7'), [xray])).toEqual({ trace: ID })
  expect(readAnswers(requireChapter('7'), [`trace=${ID.toUpperCase()}`])).toEqual({ trace: ID })
})

test('where several are, they are told by their names', () => {
  expect(readAnswers(requireChapter('9'), [`slow=${ID}/AB`, `failing=${ID}/cd`])).toEqual({
    slow: `${ID}/ab`,
    failing: `${ID}/cd`,
  })
  expect(() => readAnswers(requireChapter('9'), [ID])).toThrow('It asks for: slow=')
  expect(() => readAnswers(requireChapter('9'), [`quick=${ID}`])).toThrow('does not know')
})

test('what is no trace id is refused', () => {
  expect(() => readAnswers(requireChapter('7'), ['soon'])).toThrow('is no trace id')
})

test('a chapter that asks for nothing says so', () => {
  expect(() => readAnswers(requireChapter('3'), [ID])).toThrow('it looks by itself')
})

test('chapters go from one to their number, each in the folder of its own', () => {
  expect(CHAPTERS.map(({ number }) => number)).toEqual(CHAPTERS.map((_, index) => index + 1))
  for (const { number, folder } of CHAPTERS)
    expect(folder.startsWith(String(number).padStart(2, '0'))).toBe(true)
})
