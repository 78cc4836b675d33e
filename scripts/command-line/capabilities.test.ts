import { expect, test } from 'vitest'
import { canRedraw, isAsciiOnly } from './capabilities.ts'

test.each([
  [{ isTTY: true, columns: 80 }, 'xterm', true],
  [{ isTTY: true, columns: 20 }, undefined, true],
  [{ isTTY: true, columns: 19 }, 'xterm', false],
  [{ isTTY: true, columns: 0 }, 'xterm', false],
  [{ isTTY: true, columns: 80 }, 'dumb', false],
  [{ isTTY: true, columns: 80 }, '', false],
  [{ isTTY: false, columns: 80 }, 'xterm', false],
])('a line is redrawn on %o with TERM=%s: %s', (stream, TERM, expected) => {
  expect(canRedraw(stream, { TERM })).toBe(expected)
})

test.each([
  [{}, false],
  [{ LANG: 'en_US.UTF-8' }, false],
  [{ LANG: 'C.utf8' }, false],
  [{ LC_CTYPE: 'UTF-8' }, false],
  [{ LANG: 'C' }, true],
  [{ LANG: 'de_DE.ISO-8859-15@euro' }, true],
  [{ LC_ALL: 'POSIX', LANG: 'en_US.UTF-8' }, true],
  [{ LC_ALL: '', LC_CTYPE: 'C', LANG: 'en_US.UTF-8' }, true],
  [{ LC_ALL: 'C.UTF-8', LC_CTYPE: 'C' }, false],
])('a terminal in the locale %o reads ASCII only: %s', (env, expected) => {
  expect(isAsciiOnly({ isTTY: true }, env)).toBe(expected)
  expect(isAsciiOnly({ isTTY: false }, env)).toBe(false)
})
