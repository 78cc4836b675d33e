import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Learner } from '../harness/learner.ts'
import { IS_LONG } from '../harness/scale.ts'

/** Chapter 5, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(5, 'keeps 10 %, as at the start')
  if (IS_LONG) await expectMistakes(learner)
  await learner.solve(5)
  await learner.expectNotYet(5, 'says 50 %, and X-Ray has 10 %')
  await learner.succeed('aws')
  await learner.expectNotYet(5, 'too few to show a rate')
  // The number that the check needs, at a rate that two cores can answer while they run other tests.
  await learner.command('load', '--rate', '20', '--duration', '8', '--errors', '0')
  await learner.expectNotYet(5, 'About how many of these would it have kept at a rate of')
  const { text } = await learner.check(5)
  const [, requests, rate] = /of (\d+) requests.* at a rate of (\d+) %/.exec(text)?.map(Number) ?? []
  await learner.expectNotYet(5, 'the reservoir keeps some before', `kept=${share(requests, rate)}`)
  // As the text calculates: five a second for the eight seconds of the load.
  const reservoir = 5 * 8
  await learner.expectPassed(5, `kept=${reservoir + share((requests ?? 0) - reservoir, rate)}`)
}

function share(requests = 0, rate = 0): number {
  return Math.round((requests * rate) / 100)
}

async function expectMistakes(learner: Learner): Promise<void> {
  const file = join(learner.repository, 'aws/json/xray.json')
  const start = readFileSync(file, 'utf8')
  const write = (of: string, by: string) => {
    expect(start).toContain(of)
    writeFileSync(file, start.replace(of, by))
  }
  write('"FixedRate": 0.1', '"FixedRate": 50')
  await learner.expectNotYet(5, 'is a share from 0 to 1, as 0.5 for 50 %')
  const renamed = start.replace('"FixedRate": 0.1', '"FixedRate": 0.5').replace('"Cruddur"', '"Mine"')
  writeFileSync(file, renamed)
  await learner.expectNotYet(5, 'X-Ray has no rule Mine-walk. Was RuleName changed?')
  writeFileSync(file, start)
}
