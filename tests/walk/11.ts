import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Learner } from '../harness/learner.ts'
import { IS_LONG } from '../harness/scale.ts'

const FILE = 'backend/digest/digest.ts'

/** Changes of the solution, and what the check says of each. */
const ATTEMPTS: readonly (readonly [of: string, by: string, words: string])[] = [
  [
    "await trace.getTracer('digest').startActiveSpan('write-digest', async (span) => {",
    "const span = trace.getTracer('digest').startSpan('write-digest')\nawait Promise.resolve(span).then(async (span) => {",
    'startSpan does not make it active',
  ],
  ['    span.end()\n', '', 'a span that is not ended is not sent'],
  ['posts.length', '1', 'app.digest.posts is 1, but the api answered'],
  [
    'const posts = await fetchPosts()',
    'const segment = new AWSXRay.Segment(SERVICE)\n    const posts = await fetchPosts()\n    segment.close()',
    'One run has two accounts with two ids',
  ],
]

/** Chapter 11, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  // Chapter 9 may have stopped everything.
  await learner.succeed('workshop', 'restart')
  const run = () => learner.succeed('workshop', 'digest')
  await learner.expectNotYet(11, 'The digest has not run yet')
  const first = await run()
  expect(first).toMatch(/^Trace [0-9a-f]{32}, in X-Ray’s notation 1-/m)
  await learner.expectNotYet(11, 'was still recorded by the X-Ray SDK alone')

  expect(await learner.solve(11)).not.toContain('Starting')
  const path = join(learner.repository, FILE)
  const solved = readFileSync(path, 'utf8')
  for (const [of, by, words] of IS_LONG ? ATTEMPTS : []) {
    expect(solved).toContain(of)
    const attempt = solved.replace(of, by).replace('fetchPosts, ', 'fetchPosts, SERVICE, ')
    // First, so that it finds the daemon's address: the telemetry loads the SDK without it.
    writeFileSync(path, by.includes('AWSXRay') ? `import AWSXRay from 'aws-xray-sdk'\n${attempt}` : attempt)
    await run()
    await learner.expectNotYet(11, words)
  }
  writeFileSync(path, solved)
  await run()
  await learner.expectNotYet(11, 'XRAY_PIPELINE is sdk')

  await learner.succeed('env', 'XRAY_PIPELINE=otlp')
  await learner.succeed('setup', '--yes')
  await learner.expectPassed(11)
  // A run under the other pipeline is one account too.
  await run()
  await learner.expectPassed(11)
}
