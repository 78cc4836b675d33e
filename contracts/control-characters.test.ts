import { expect, test } from 'vitest'
import { safeJson, safeText } from './control-characters.ts'

const HOSTILE = 'a\u001B[2Jb\u009Bc\u202Ed\u2028e\u0007\r\nf\u{E0041}'

test('a text keeps its line ends, and a space stands for what a terminal acts upon', () => {
  expect(safeText(HOSTILE)).toBe('a [2Jb c d e  \nf ')
})

test('JSON is ASCII there, and any parser reads the same value', () => {
  const json = safeJson(JSON.stringify(HOSTILE))
  expect(json).toMatch(/^[ -~]*$/)
  expect(JSON.parse(json)).toBe(HOSTILE)
})
