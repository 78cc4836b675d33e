import { expect, test } from 'vitest'
import { answerText, linesThatFit } from './answer.ts'

test('an answer of characters of three bytes keeps its bound, and tells how many lines fit', () => {
  const telemetry = Array.from({ length: 100 }, () => '漢'.repeat(300))
  const answer = { facts: ['one'], telemetry, narrow: 'Ask for less.' }
  const text = answerText(answer)
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(16_000)
  const fitting = linesThatFit(answer)
  expect(text.split('\n').filter((line) => line.startsWith('漢'))).toHaveLength(fitting)
  expect(text).toContain(`${100 - fitting} more lines are left out. Ask for less.`)
  expect(linesThatFit({ ...answer, telemetry: telemetry.slice(0, fitting) })).toBe(fitting)
})
