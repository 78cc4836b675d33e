import { expect, test } from 'vitest'
import { readLogLines, toLogLines } from './logged-diagnosis.ts'

const diagnosis = { what: 'The store is damaged.', fix: 'mv it away' }

test('a diagnosis that a process writes last is read back from the lines of its log', () => {
  const lines = `ready\n${toLogLines(diagnosis)}`.split('\n')
  expect(readLogLines(lines)).toEqual(diagnosis)
})

test('lines of another shape are none', () => {
  expect(readLogLines(['✗ without a fix', 'at once'])).toBeUndefined()
  expect(readLogLines(['  → without a cause'])).toBeUndefined()
  expect(readLogLines([])).toBeUndefined()
})
