import { expect, test } from 'vitest'
import { HOME, judge, name, SICK, WHOM } from './test-requests.ts'

const bound = name('slow-cohort', 'culprit')
test.each([
  [undefined, 'the span is right, and not every request has the fault. Whom does it affect?'],
  ['everybody', 'there are requests that never have the fault'],
  ['team users', 'names no attributes and values'],
  ['app.user.plan=free', 'is not of app.user.plan=free: it has app.user.plan=team'],
  ['app.user.tier=team', 'is not of app.user.tier=team: it has no such attribute'],
  ['app.user.plan=team', 'of others without it: something is missing'],
  [`${WHOM},http.route=${HOME}`, 'requests with another http.route have the fault, too'],
])('whom the fault affects, answered %s', async (whom, words) => {
  const answers = whom === undefined ? bound : { ...bound, 'slow-cohort-for': whom }
  expect(await judge(answers, { spans: SICK['slow-cohort'] })).toContain(words)
})

test.each([
  WHOM.replaceAll(',', ' AND '),
  WHOM.replaceAll('.', '_').replace('2_4_0', '2.4.0'),
  'app.client.version = "2.4.0", app.user.region = ap-south, app.user.plan = team',
])('whom the fault affects, answered as %s', async (whom) => {
  expect(await judge({ ...bound, 'slow-cohort-for': whom }, { spans: SICK['slow-cohort'] })).toContain(
    '1 of 8 found',
  )
})

test('a fault that affects everybody is not for one plan', async () => {
  const answers = { ...name('pool-wait', 'culprit'), 'pool-wait-for': 'app.user.plan=team' }
  expect(await judge(answers, { spans: SICK['pool-wait'] })).toContain(
    'the fault is not bound to app.user.plan: requests with other values have it, too',
  )
  expect(await judge({ ...answers, 'pool-wait-for': 'everybody' }, { spans: SICK['pool-wait'] })).toContain(
    '1 of 8 found',
  )
})
