import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Reservoir } from './reservoir.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => vi.useRealTimers())

const take = (reservoir: Reservoir, count: number) =>
  Array.from({ length: count }, () => reservoir.take()).filter(Boolean).length

test('allows at once as many as a second has, and then its rate', () => {
  const reservoir = new Reservoir(5)
  expect(take(reservoir, 10)).toBe(5)
  vi.advanceTimersByTime(199)
  expect(reservoir.take()).toBe(false)
  vi.advanceTimersByTime(1)
  expect(take(reservoir, 10)).toBe(1)
  vi.advanceTimersByTime(60_000)
  expect(take(reservoir, 10)).toBe(5)
})

test('allows a steady rate, whatever its phase', () => {
  const reservoir = new Reservoir(3)
  for (let i = 0; i < 3_000; i++) {
    vi.advanceTimersByTime(1_000 / 3)
    expect(reservoir.take()).toBe(true)
  }
})

test('keeps what was taken when its size changes', () => {
  const reservoir = new Reservoir(1)
  expect(reservoir.take()).toBe(true)
  reservoir.resize(5)
  expect(take(reservoir, 10)).toBe(4)
  vi.advanceTimersByTime(1_000)
  reservoir.resize(1)
  expect(take(reservoir, 10)).toBe(1)
})

test('of size 0 allows nothing', () => {
  const reservoir = new Reservoir(0)
  vi.advanceTimersByTime(10_000)
  expect(reservoir.take()).toBe(false)
})
