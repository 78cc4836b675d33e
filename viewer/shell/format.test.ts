import { expect, test } from 'vitest'
import { duration, percent } from './format.ts'

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

test.each([
  [1, '100 %'],
  [0, '0 %'],
  [0.9996, '> 99 %'],
  [0.961, '96 %'],
  [0.0712, '7.1 %'],
  [0.05, '5 %'],
  [0.0004, '< 0.1 %'],
] as const)('a share of %s is %s', (share, text) => {
  expect(percent(share)).toBe(text)
})
