import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { ownCpuMs } from '../../../../tests/harness/cpu.ts'
import { isCount, matchesPattern, XRayRule } from './rule.ts'

afterEach(() => {
  vi.useRealTimers()
})

test.each([
  ['*', undefined, true],
  ['*', '', true],
  ['', '', true],
  ['', 'a', false],
  ['?', '', false],
  ['a*', undefined, false],
  [undefined, 'a', false],
  ['/API/*', '/api/', true],
  ['/api/*/likes', '/api/1/2/likes', true],
  ['/api/*/likes', '/api/likes', false],
  ['a.c', 'abc', false],
  ['*ab', 'aab', true],
  ['a**?', 'ab', true],
])('the pattern %j and %j: %s', (pattern, value, expected) => {
  expect(matchesPattern(pattern, value)).toBe(expected)
})

test('agrees with a regular expression', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'B', '/', '.'), maxLength: 8 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '*', '?'), maxLength: 6 })
  fc.assert(
    fc.property(pattern, text, (wanted, value) => {
      const source = wanted.replaceAll('.', '\\.').replaceAll('*', '.*').replaceAll('?', '.')
      expect(matchesPattern(wanted, value)).toBe(new RegExp(`^${source}$`, 'i').test(value))
    }),
    { numRuns: 2_000 },
  )
})

test('is fast for a long path and a pattern of many wildcards', () => {
  const startedAt = ownCpuMs()
  expect(matchesPattern('*a*a*a*a*a*a*a*b', 'a'.repeat(16_000))).toBe(false)
  expect(ownCpuMs() - startedAt).toBeLessThan(500)
})

test.each([
  ['5', 5, true],
  ['0.5', 0.5, true],
  ['1e999 in JSON', JSON.parse('1e999'), false],
  ['a negative number', -1, false],
  ['a text', '5', false],
])('as a reservoir’s size or quota, %s: %j is %s', (_what, value, expected) => {
  expect(isCount(value)).toBe(expected)
})

test('a quota lasts for the time that X-Ray gives, also where the clock is set meanwhile', () => {
  vi.useFakeTimers({ toFake: ['Date', 'performance'] })
  const any = {
    ServiceName: '*',
    ServiceType: '*',
    ResourceARN: '*',
    Host: '*',
    HTTPMethod: '*',
    URLPath: '*',
  }
  const record = { RuleName: 'a', Priority: 1, FixedRate: 0, ReservoirSize: 5, ...any }
  const rule = XRayRule.of({ SamplingRule: record }, { name: 's', type: '', resourceArn: '' })
  rule?.applyTarget({ quota: 5, quotaExpiresAt: Date.now() + 30_000 }, 1)
  const needsQuota = () => {
    rule?.keepsNext()
    return rule?.needsQuota
  }
  for (const hours of [-24, 48]) {
    vi.setSystemTime(Date.now() + hours * 3_600_000)
    expect(needsQuota()).toBe(false)
  }
  vi.advanceTimersByTime(30_000)
  expect(needsQuota()).toBe(true)
})
