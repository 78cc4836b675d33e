import { afterEach, describe, expect, test, vi } from 'vitest'
import { findProgram, ROOT, skipped } from './harness/process.ts'
import { run } from './harness/run.ts'

describe('TEST_REQUIRES', () => {
  afterEach(() => vi.unstubAllEnvs())

  test('a test that lacks a program is skipped with its reason', () => {
    expect(findProgram(['no-such-program', '--version'])).toEqual({
      isThere: false,
      kind: 'skipped: no-such-program --version fails on this machine',
    })
  })

  test('a test that lacks a program that is named fails', () => {
    vi.stubEnv('TEST_REQUIRES', 'chromium,docker')
    expect(() => findProgram(['no-such-program'], 'docker')).toThrow(
      'TEST_REQUIRES names docker, and its tests would be skipped',
    )
    expect(() => skipped('no browser', 'chromium')).toThrow('TEST_REQUIRES names chromium')
    expect(skipped('no Go', 'go')).toBe('skipped: no Go')
  })

  test('the browser tests: without Chromium they are skipped, or fail where it is named', async () => {
    const withoutChromium = (required: string) =>
      run(process.execPath, ['tests/harness/browser.ts'], {
        cwd: ROOT,
        env: { PATH: '/nonexistent', TEST_REQUIRES: required },
      })
    const [free, strict] = await Promise.all([withoutChromium(''), withoutChromium('chromium')])
    expect(free.stdout).toMatch(/^skipped: browser tests/)
    expect(free.code, free.stderr).toBe(0)
    expect(strict.stderr).toContain('TEST_REQUIRES names chromium')
    expect(strict.code).toBe(1)
  })
})
