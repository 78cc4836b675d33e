import { describe, expect, test } from 'vitest'
import { newSpanId, newTraceId, parseTraceId, toXRayTraceId } from './trace-id.ts'

const HEX = '6921f3a00123456789abcdef01234567'
const XRAY = '1-6921f3a0-0123456789abcdef01234567'

describe('a trace id in both notations', () => {
  test('reads either notation, in any case, to 32 hex digits', () => {
    expect(parseTraceId(HEX)).toBe(HEX)
    expect(parseTraceId(XRAY)).toBe(HEX)
    expect(parseTraceId(` ${XRAY.toUpperCase()} `)).toBe(HEX)
  })

  test.each([
    '',
    '1-',
    HEX.slice(1),
    `${HEX}0`,
    XRAY.replace('1-', '2-'),
    'g'.repeat(32),
    '0'.repeat(32),
    `${XRAY}\n1`,
  ])('refuses %j', (text) => {
    expect(parseTraceId(text)).toBeUndefined()
  })

  test('writes X-Ray’s notation, and throws for what is not a trace id', () => {
    expect(toXRayTraceId(HEX)).toBe(XRAY)
    expect(() => toXRayTraceId(XRAY)).toThrow(RangeError)
  })

  test('a new id begins with its time, as X-Ray requires, is valid and is unique', () => {
    const nowMs = Date.UTC(2026, 10, 22)
    const id = newTraceId(nowMs)
    expect(Number.parseInt(id.slice(0, 8), 16)).toBe(nowMs / 1000)
    expect(parseTraceId(id)).toBe(id)
    expect(new Set(Array.from({ length: 100 }, () => newTraceId(nowMs))).size).toBe(100)
    expect(newSpanId()).toMatch(/^[0-9a-f]{16}$/)
  })
})
