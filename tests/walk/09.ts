import { expect } from 'vitest'
import { USERS } from '../../contracts/cruddur-users.ts'
import { planFaults } from '../../contracts/planted-faults.ts'
import type { Span } from '../../contracts/sandbox/trace.ts'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import type { Learner } from '../harness/learner.ts'
import { IS_LONG } from '../harness/scale.ts'
import { findDrawn } from './09-drawn.ts'

const HOME = '/api/activities/home'
const SEARCH = '/api/activities/search?term=dns'
/** By name they are in action all the time. The draw and its rhythm have tests of their own. */
const [slow, cohort, storm] = planFaults(['a', 'd', 'e'], '')
const WHOM = 'slow-cohort-for=app.user.plan=team,app.user.region=ap-south,app.client.version=2.4.0'

const isStatement = (span: Span) => span.attributes['db.query.text'] === slow?.culprit.statement
const isOwnQuery = (span: Span) =>
  String(span.attributes['db.query.text'] ?? '').includes('activities') && !isStatement(span)
const isCallTo = (path: string | undefined) => (span: Span) =>
  span.kind === 'CLIENT' && span.attributes['url.path'] === path

/** Chapter 9, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  const user = USERS.find(({ plan, region }) => plan === 'team' && region === 'ap-south')
  const headers = { cookie: `cruddur_session=${user?.handle}`, 'x-client-version': '2.4.0' }

  await learner.expectNotYet(9, 'No fault is planted')
  const before = await learner.find(await learner.ask(SEARCH), isOwnQuery)
  expect(await learner.succeed('workshop', '9', '--solution')).toContain('No fault is planted')
  await learner.succeed('workshop', 'plant', 'a', 'd', 'e', 'a')

  const search = await learner.ask(SEARCH)
  const home = await learner.ask(HOME)
  const groups = await learner.ask('/api/message_groups', { headers })
  const query = await learner.find(search, isStatement)
  const repeated = await learner.find(home, isCallTo(storm?.culprit.path))
  const slowCall = await learner.find(groups, isCallTo(cohort?.culprit.path))

  await learner.expectNotYet(9, '0 of 3 found. From before you planted: slow-query.', `slow-query=${before}`)
  await learner.expectNotYet(
    9,
    'slow-query: no provider has this trace',
    `slow-query=${newTraceId()}/${newSpanId()}`,
  )
  await learner.expectNotYet(
    9,
    'right request, wrong span: that query is not the reason',
    `slow-query=${await learner.find(search, isOwnQuery)}`,
  )
  await learner.expectNotYet(
    9,
    // X-Ray has no query string.
    `for another kind: it is a call that is made 5 times${learner.cloud ? '' : ' with the same arguments'}`,
    `n-plus-one=${repeated}`,
  )
  await learner.expectNotYet(9, '1 of 3 found', `slow-query=${query}`)
  await learner.expectNotYet(9, 'Whom does it affect?', `slow-cohort=${slowCall}`)
  await learner.expectNotYet(9, 'something is missing', 'slow-cohort-for=app.user.plan=team')
  await learner.expectNotYet(9, '2 of 3 found', WHOM)
  await learner.expectNotYet(9, 'they are still planted', `retry-storm=${repeated}`)

  await learner.succeed('workshop', 'unplant')
  await learner.expectNotYet(9, 'since you removed the faults')
  for (const path of [SEARCH, HOME, '/api/message_groups']) await learner.ask(path)
  await learner.expectPassed(9)
  const { text } = await learner.check(9)
  const compared = learner.cloud
    ? `slow-query: [0-9a-f]{32} beside ${search}, not checked on Compare`
    : `slow-query: http\\S+/compare\\?a=[0-9a-f]{32}&b=${search}`
  expect(text).toMatch(new RegExp(compared))
  if (IS_LONG && !learner.cloud) await findDrawn(learner)
}
