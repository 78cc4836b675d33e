import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainText } from '../command-line/styled-lines.ts'
import { axisLine } from './axis-line.ts'
import { barOf } from './bar.ts'

const range = { fromMs: 0, toMs: 100 }
const row = (startMs: number, endMs: number, more = {}) => ({
  startMs,
  endMs,
  isError: false,
  isInProgress: false,
  ...more,
})
const drawn = (...args: Parameters<typeof barOf>) => plainText([barOf(...args)]).trimEnd()

test('a bar is where its span is, heavy where the request waited for it', () => {
  expect(drawn(row(20, 80), [], range, 10)).toBe('  ──────')
  expect(drawn(row(20, 80), [{ fromMs: 20, toMs: 50 }], range, 10)).toBe('  ━━━───')
  expect(drawn(row(0, 100), [{ fromMs: 0, toMs: 100 }], range, 10)).toBe('━━━━━━━━━━')
})

test('a short span, one in progress and one at the very end are seen', () => {
  expect(drawn(row(50, 50.1), [], range, 10)).toBe('     ╴')
  expect(drawn(row(50, 51), [{ fromMs: 50, toMs: 51 }], range, 10)).toBe('     ╸')
  expect(drawn(row(50, 50, { isInProgress: true }), [], range, 10)).toBe('     →')
  expect(drawn(row(100, 100), [], range, 10)).toBe('         ╴')
})

test('any bar is as wide as its axis', () => {
  const ms = fc.double({ min: -1e6, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(
      ms,
      ms,
      ms,
      ms,
      fc.integer({ min: 1, max: 120 }),
      fc.boolean(),
      (a, b, c, d, columns, isInProgress) => {
        const axis = { fromMs: Math.min(a, b), toMs: Math.max(a, b) + 0.001 }
        const parts = barOf(row(Math.min(c, d), Math.max(c, d), { isInProgress }), [axis], axis, columns)
        const width = parts.map((part) => (typeof part === 'string' ? part : part.text)).join('').length
        expect(width).toBe(columns)
      },
    ),
  )
})

test('the labels of the axis are at their moments, the last one at the end', () => {
  expect(axisLine({ fromMs: -1, toMs: 103 }, 60)).toBe(
    '0 ms                         50 ms                    100 ms',
  )
  expect(axisLine({ fromMs: 0, toMs: 0.001 }, 20)).toMatch(/^0 ms/)
  for (const columns of [8, 20, 60, 150]) expect(axisLine(range, columns).length).toBeLessThanOrEqual(columns)
})
