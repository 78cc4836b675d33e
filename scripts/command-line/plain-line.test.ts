import fastStringWidth from 'fast-string-width'
import { expect, test } from 'vitest'
import { plainLine } from './plain-line.ts'

test('escapes and line ends become spaces, other text stays', () => {
  expect(plainLine('api\u001b[2J\n✓ Passed.\u0007')).toBe('api [2J ✓ Passed. ')
  expect(plainLine('a\u009b31mb\u2028c\u0085d')).toBe('a 31mb c d')
  expect(plainLine('Zoë 雪 😀 ✓ שלום')).toBe('Zoë 雪 😀 ✓ שלום')
})

test('what changes the direction is shown, what has no width is left out', () => {
  expect(plainLine('user\u202Enimda\u2066!')).toBe('user\uFFFDnimda\uFFFD!')
  expect(plainLine('ad\u200Bm\u200Di\uFEFFn\u{E0041}\uD800')).toBe('admin')
  expect(plainLine(`z${'\u0301'.repeat(500)}`)).toBe(`z${'\u0301'.repeat(4)}`)
})

test('no text of any code point leaves a control character, or is wider than it says', () => {
  const SIZE = 1_024
  for (let from = 0; from < 0x11_0000; from += SIZE) {
    const text = plainLine(String.fromCodePoint(...Array.from({ length: SIZE }, (_, index) => from + index)))
    expect(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text), `from ${from}`).toBe(false)
    expect(plainLine(text) === text, `from ${from}`).toBe(true)
    expect(fastStringWidth(text)).toBeLessThanOrEqual(2 * SIZE)
  }
})
