import { afterEach, expect, test, vi } from 'vitest'
import { ago, clock, duration, percent } from './format.ts'

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

afterEach(() => {
  vi.useRealTimers()
})

test.each([
  ['2026-11-26T10:04:05.006', '10:04:05.006'],
  ['2026-11-25T10:04:05.006', '25 Nov 10:04:05.006'],
  ['2001-11-26T10:04:05.006', '26 Nov 2001 10:04:05.006'],
])('on 26 November 2026, %s is shown as %s', (time, text) => {
  vi.useFakeTimers({ now: new Date('2026-11-26T12:00:00') })
  expect(clock(Date.parse(time), { milliseconds: true })).toBe(text)
})

test.each([
  [0, 'now'],
  [30, '30 s ago'],
  [-30, 'in 30 s'],
  [90_000, '1 day ago'],
  [-36_000, 'in 10 h'],
])('%d s before now is %s', (seconds, text) => {
  vi.useFakeTimers({ now: new Date('2026-11-26T12:00:00') })
  expect(ago(Date.now() - seconds * 1_000)).toBe(text)
})
