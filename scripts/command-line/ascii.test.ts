import stringWidth from 'fast-string-width'
import { expect, test } from 'vitest'
import { asciiText } from './ascii.ts'

test('signs and accented letters become similar characters, others a ? for each column', () => {
  expect(asciiText('✓ ✗ → … – ’ × ● ○')).toBe("+ x > ~ - ' x * o")
  expect(asciiText('Zoë Ærø, 雪, 😀')).toBe('Zoe ?r?, ??, ??')
})

test('every sign of the commands keeps its width', () => {
  const signs = '✓✗✕×→›…’“”–−─╴━╸·◌○●•▲▼µ▁▂▃▄▅▆▇█░▒▓'
  expect(asciiText(signs)).toMatch(/^[!-~]+$/)
  expect(asciiText(signs)).toHaveLength(stringWidth(signs))
  expect(asciiText(signs)).not.toContain('?')
})
