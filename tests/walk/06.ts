import { expect } from 'vitest'
import type { Attempt, Learner } from '../harness/learner.ts'
import type { RunningProcess } from '../harness/process.ts'
import { IS_LONG } from '../harness/scale.ts'

const THROW = "throw new DeliberateError('GET /rollbar/test fails on purpose')"

const WITH_RESPONSE = ['async (request)', 'async (request, response)'] as const
const ANSWER = 'response.json({ ok: true })'

/** Wrong code, and what the check says of it. */
const ATTEMPTS: readonly Attempt[] = [
  [[WITH_RESPONSE, [THROW, `try { ${THROW} } catch { ${ANSWER} }`]], 'It was caught, or never thrown'],
  [[WITH_RESPONSE, [THROW, `${ANSWER}\n${THROW}`]], 'the response was sent before the error was thrown'],
  [[[THROW, "throw new Error('a teapot')"]], 'is filed as Error'],
  [[[THROW, "throw 'a teapot'"]], 'is filed as Error'],
  [[[THROW, 'throw Object.assign(new Error(), { status: 418, expose: true })']], 'a 4xx is the caller'],
]

/** How long a watch may take to see what has happened (ms): it looks once a second. */
const SEEN_MS = 30_000

/** Chapter 6, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.ask('/rollbar/test')
  await learner.expectNotYet(6, 'is still the sample’s')
  if (IS_LONG) {
    const first = learner.watch(6)
    await shows(first, 'is still the sample’s')
    // Ctrl-C.
    first.child.kill('SIGINT')
    expect(await first.exited).toBe(null)
    await learner.tryAttempts(6, '/rollbar/test', ATTEMPTS)
  }
  await learner.solve(6)

  const watch = learner.watch(6)
  await shows(watch, '○ ')
  await learner.ask('/rollbar/test')
  await shows(watch, '✓ Rollbar has the error: ')
  await shows(watch, 'needs a second occurrence')
  await learner.askUnsampled('/rollbar/test')
  await shows(watch, '1 newer failing request came and was not kept')
  await learner.ask('/rollbar/test')
  expect([await watch.exited, watch.output()]).toEqual([
    0,
    expect.stringMatching(/✓ it happened twice.*\n\nPassed\.\n$/),
  ])
  // Each condition is ticked once, however often the check has run.
  expect(watch.stdout().match(/✓ it was answered with 500/g)).toHaveLength(1)
}

function shows({ output }: RunningProcess, words: string): Promise<void> {
  return expect.poll(output, { timeout: SEEN_MS, interval: 100 }).toContain(words)
}
