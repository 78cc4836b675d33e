import { expect, test } from 'vitest'
import { ownCpuMs } from '../../../tests/harness/cpu.ts'
import { Dictionary } from './dictionary.ts'

test('each value has one code; 1 and "1" are two values, 0 and -0 are one', () => {
  const dictionary = new Dictionary()
  const values = ['1', 1, true, 'true', 0, '', 0.5, 1e308, 5e-324, -1]
  const codes = values.map((value) => dictionary.add(value))
  expect(codes).toEqual(values.map((_, index) => index + 1))
  expect(values.map((value) => dictionary.codeOf(value))).toEqual(codes)
  expect(codes.map((code) => dictionary.value(code))).toEqual(values)
  expect(dictionary.codeOf(-0)).toBe(dictionary.codeOf(0))
  expect(dictionary.codeOf('nothing')).toBe(0)
  expect(dictionary.codeOf(2)).toBe(0)
  expect(dictionary.value(0)).toBeNull()
  expect([...dictionary.sortedCodes()].map((code) => dictionary.value(code))).toEqual([
    -1, 0, 5e-324, 0.5, 1, 1e308,
  ])
})

test('numbers whose bits differ in a few places only are found as quickly as others', () => {
  const words = new Uint32Array(2)
  const float = new Float64Array(words.buffer)
  const dictionary = new Dictionary()
  const startedMs = ownCpuMs()
  for (let high = 0; high < 400; high++) {
    for (let low = 0; low < 500; low++) {
      words[0] = low << 21
      words[1] = high << 21
      const value = float[0] as number
      if (Number.isFinite(value) && dictionary.codeOf(value) === 0) dictionary.add(value)
    }
  }
  expect(dictionary.size).toBeGreaterThan(100_000)
  // With a hash that keeps these bits apart from the slot it takes minutes.
  expect(ownCpuMs() - startedMs).toBeLessThan(3_000)
})
