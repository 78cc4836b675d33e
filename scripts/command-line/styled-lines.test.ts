import { PassThrough } from 'node:stream'
import { WriteStream } from 'node:tty'
import fc from 'fast-check'
import stringWidth from 'fast-string-width'
import { afterEach, expect, test, vi } from 'vitest'
import { clipped, clippedAtStart, columnsOf, padded, plainText, styledText, wrapped } from './styled-lines.ts'

afterEach(() => vi.unstubAllEnvs())

const anyText = fc.string({ unit: 'binary', maxLength: 60 })

test('a terminal has its columns, from 40 to 200; other output has 80', () => {
  const columns = (isTTY: boolean, count: number) => columnsOf({ isTTY, columns: count })
  expect([columns(true, 20), columns(true, 123), columns(true, 500)]).toEqual([40, 123, 200])
  expect([columns(true, 0), columns(false, 300)]).toEqual([80, 80])
})

test('a text is cut by the columns of its characters', () => {
  expect(clipped('GET /home', 9)).toBe('GET /home')
  expect(clipped('GET /home', 8)).toBe('GET /ho…')
  expect(clipped('雪雪雪雪', 6)).toBe('雪雪…')
  expect([clipped('abc', 1), clipped('abc', 0)]).toEqual(['…', ''])
  expect(clippedAtStart('backend-profiles', 9)).toBe('…profiles')
  expect(padded('雪', 4)).toBe('雪  ')
  expect(padded('12', 4, 'right')).toBe('  12')
})

test('no text takes more columns than it may, and a padded one exactly as many', () => {
  fc.assert(
    fc.property(anyText, fc.integer({ min: 1, max: 50 }), (text, columns) => {
      expect(stringWidth(clipped(text, columns))).toBeLessThanOrEqual(columns)
      expect(stringWidth(clippedAtStart(text, columns))).toBeLessThanOrEqual(columns)
      expect(stringWidth(padded(text, columns))).toBe(columns)
      // A character of two columns does not fit into one.
      for (const line of wrapped(text, columns))
        expect(stringWidth(line)).toBeLessThanOrEqual(Math.max(2, columns))
    }),
  )
})

test('words are kept whole where they fit, and none is lost', () => {
  expect(wrapped('one two three', 7)).toEqual(['one two', 'three'])
  expect(wrapped('a longerword b', 6)).toEqual(['a', 'longer', 'word b'])
})

test('no part of a line reaches the output with a control character', () => {
  const lines = [['ok ', { text: 'bad\u001b[2J\nname', style: 'red' }]] as const
  expect(plainText(lines)).toBe('ok bad [2J name\n')
})

test('colours are for terminals that want them', () => {
  const stream = Object.assign(new PassThrough(), {
    isTTY: true,
    getColorDepth: WriteStream.prototype.getColorDepth,
    hasColors: () => true,
  })
  const terminal = stream as unknown as NodeJS.WriteStream
  const lines = [[{ text: 'bad\u001b[2J', style: 'red' }]] as const
  vi.stubEnv('NO_COLOR', undefined)
  vi.stubEnv('FORCE_COLOR', undefined)
  vi.stubEnv('NODE_DISABLE_COLORS', undefined)
  vi.stubEnv('CI', undefined)
  vi.stubEnv('TERM', 'xterm-256color')
  expect(styledText(lines, terminal)).toBe('\u001b[31mbad [2J\u001b[39m\n')
  vi.stubEnv('NO_COLOR', '1')
  expect(styledText(lines, terminal)).toBe('bad [2J\n')
})
