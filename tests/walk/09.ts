import type { Span } from '../../contracts/sandbox/trace.ts'
import type { Learner } from '../harness/learner.ts'

/** Chapter 9, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(9, 'No fault is planted')
  await learner.succeed('workshop', 'plant', 'a', 'b', 'c')
  const search = await learner.ask('/api/activities/search?term=dns')
  const home = await learner.ask('/api/activities/home')
  const isQuery = (span: Span) => span.attributes['db.query.text'] !== undefined
  const isCall = (span: Span) => span.attributes['url.full'] !== undefined
  const slow = await learner.find(
    search,
    (span) => isQuery(span) && String(span.attributes['db.query.text']).includes('suggestions'),
  )
  const repeated = await learner.find(
    home,
    (span, spans) =>
      isCall(span) &&
      spans.filter((other) => isCall(other) && other.parentSpanId === span.parentSpanId).length >= 3,
  )
  const failing = await learner.find(
    home,
    (span) => span.kind === 'SERVER' && span.attributes['http.response.status_code'] === 503,
  )
  await learner.expectNotYet(9, 'that span is no query', `slow=${repeated}`)
  await learner.expectNotYet(9, 'repeated: not named yet', `slow=${slow}`)
  await learner.expectNotYet(9, 'that span did not fail', `repeated=${repeated}`, `failing=${slow}`)
  await learner.expectPassed(9, `failing=${failing}`)
  // While everything is stopped, unplant starts nothing; chapter 11 does.
  await learner.command('stop')
  await learner.succeed('workshop', 'unplant')
}
