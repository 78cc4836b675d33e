import { expect, test } from 'vitest'
import { duration } from './format.ts'

test.each([
  [0, '0 ms'],
  [0.0123, '12 µs'],
  [3.456, '3.5 ms'],
  [789, '789 ms'],
  [12_340, '12.34 s'],
  [-5, '-5 ms'],
  [5_400_000, '90 min'],
])('%d ms is read as %s', (ms, text) => {
  expect(duration(ms)).toBe(text)
})
