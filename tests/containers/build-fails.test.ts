import { describe, expect, test } from 'vitest'
import { compose, ENGINE, WHY } from './docker.ts'

/** Three attempts for the first package take eight seconds. */
const SAYS_SO_MS = 60_000
const UNREACHABLE = ['npm_config_registry=http://127.0.0.1:9/', 'NO_PROXY=127.0.0.1']
/** Only where an authority that Node does not know vouches for the registry. */
const whyAuthority =
  WHY ??
  ('why' in ENGINE || ENGINE.buildArguments.CA_CERTIFICATES
    ? undefined
    : 'Node knows the registry’s authority')

/** Builds an image without its packages: fails soon, with this sentence and a fix. */
async function expectFailure(args: readonly string[], sentence: string): Promise<void> {
  const options = args.flatMap((argument) => ['--build-arg', argument])
  const { code, stdout, stderr, durationMs } = await compose(['build', ...options, 'api'])
  expect(code).not.toBe(0)
  expect(stdout + stderr).toContain(`✗ ${sentence}`)
  expect(stdout + stderr).toContain('→ ')
  expect(durationMs).toBeLessThan(SAYS_SO_MS)
}

describe.skipIf(WHY)(`a build without packages${WHY ? ` (skipped: ${WHY})` : ''}`, () => {
  test('ends soon with a sentence where the registry cannot be reached', () =>
    expectFailure(UNREACHABLE, 'The npm registry cannot be reached from the build.'))

  test.skipIf(whyAuthority)(
    `ends soon with a sentence where npm does not trust the certificate${whyAuthority ? ` (skipped: ${whyAuthority})` : ''}`,
    () => expectFailure(['CA_CERTIFICATES='], 'npm does not trust the certificate of its registry.'),
  )
})
