import { expect, test } from 'vitest'
import { safeJson, safeLine, safeText } from './control-characters.ts'

const HOSTILE = 'a\u001b[2J\u009b31m\u202Eb\u2028c\rd\ne'

test('a line of JSON has no character that a terminal acts upon, and the same value', () => {
  const line = safeJson(JSON.stringify({ msg: HOSTILE }))
  expect(line).toMatch(/^[ -~]*$/)
  expect(JSON.parse(line)).toEqual({ msg: HOSTILE })
})

test('a text for people keeps its lines only', () => {
  expect(safeText(HOSTILE)).toBe('a [2J 31m b c d\ne')
  expect(safeLine(HOSTILE)).toBe('a [2J 31m b c d e')
})
