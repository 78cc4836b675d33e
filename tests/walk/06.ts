import type { Attempt, Learner } from '../harness/learner.ts'

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

/** Chapter 6, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.ask('/rollbar/test')
  await learner.expectNotYet(6, 'is still the sample’s')
  await learner.tryAttempts(6, '/rollbar/test', ATTEMPTS)
  await learner.solve(6)
  await learner.ask('/rollbar/test')
  await learner.expectNotYet(6, 'needs a second occurrence')
  await learner.askUnsampled('/rollbar/test')
  await learner.expectNotYet(6, '1 newer failing request came and was not kept')
  await learner.ask('/rollbar/test')
  await learner.expectPassed(6)
}
