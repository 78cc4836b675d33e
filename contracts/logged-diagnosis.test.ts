import { expect, test } from 'vitest'
import { readLogLines, toLogLines } from './logged-diagnosis.ts'

const diagnosis = { what: 'The store is damaged.', fix: 'mv it away' }

test('a diagnosis that a process writes last is read back from the lines of its log', () => {
  const lines = `ready\n${toLogLines(diagnosis)}`.trimEnd().split('\n')
  expect(readLogLines(lines)).toEqual(diagnosis)
})

test('an error that the process has survived is not why it ended', () => {
  const lines = `${toLogLines(diagnosis)}something later\nmore`.split('\n')
  expect(readLogLines(lines)).toBeUndefined()
})

test('a line end or a control character in a text leaves two plain lines', () => {
  const text = toLogLines({ what: 'The folder /a\nb is\r\u001B[31m damaged.', fix: "mv '/a\nb' away" })
  expect(text).toBe("✗ The folder /a b is  [31m damaged.\n  → mv '/a b' away\n")
})

test('lines of another shape are none', () => {
  expect(readLogLines(['✗ without a fix', 'at once'])).toBeUndefined()
  expect(readLogLines(['  → without a cause'])).toBeUndefined()
  expect(readLogLines([])).toBeUndefined()
})
