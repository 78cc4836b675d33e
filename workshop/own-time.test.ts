import { expect, test } from 'vitest'
import { ownTimes } from './own-time.ts'
import { inner, span } from './test-evidence.ts'

test('a span’s own time is without its children, which count once where they overlap', () => {
  const times = ownTimes([
    span('root', { durationMs: 100 }),
    inner('a', { startMs: 10, durationMs: 30 }),
    inner('b', { startMs: 20, durationMs: 40, service: 'profiles' }),
    inner('c', { startMs: 22, durationMs: 5, service: 'profiles', parentId: 'b' }),
  ])
  expect(Object.fromEntries(times)).toEqual({ api: 50 + 30, profiles: 35 + 5 })
})

test('a child that begins before its parent or ends after it covers no more than the parent', () => {
  const times = ownTimes([
    span('root', { startMs: 10, durationMs: 20 }),
    inner('early', { startMs: 0, durationMs: 15, service: 'b' }),
    inner('late', { startMs: 25, durationMs: 100, service: 'b' }),
    inner('after', { startMs: 40, durationMs: 5, service: 'b' }),
  ])
  expect(times.get('api')).toBe(10)
})
