import { describe, expect, test } from 'vitest'
import { compose, ENGINE, WHY } from './docker.ts'

/** Three attempts for the first package take eight seconds. */
const SAYS_SO_MS = 60_000
const hasAuthority = !('why' in ENGINE) && ENGINE.buildArguments.CA_CERTIFICATES !== undefined

describe.skipIf(WHY)(`a build without packages${WHY ? ` (skipped: ${WHY})` : ''}`, () => {
  test.each([
    [
      'registry that cannot be reached',
      'npm_config_registry=https://127.0.0.1:9/',
      'The npm registry cannot be reached from the build.',
    ],
    ...(hasAuthority
      ? [
          [
            'certificate that npm does not trust',
            'CA_CERTIFICATES=',
            'npm does not trust the certificate of its registry.',
          ],
        ]
      : []),
  ])('ends soon with a sentence: a %s', async (_, argument, sentence) => {
    const { code, stdout, stderr, durationMs } = await compose(['build', '--build-arg', argument, 'api'])
    expect(code).not.toBe(0)
    expect(stdout + stderr).toContain(`✗ ${sentence}`)
    expect(stdout + stderr).toContain('→ ')
    expect(durationMs).toBeLessThan(SAYS_SO_MS)
  })
})
