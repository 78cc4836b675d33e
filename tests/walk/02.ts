import type { Span } from '../../contracts/sandbox/trace.ts'
import type { Learner } from '../harness/learner.ts'

/** Chapter 2, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(2, 'which request is your own?')
  const unsampled = await learner.askUnsampled('/api/activities/home')
  await learner.expectNotYet(2, 'was not kept', unsampled)
  const traceId = await learner.ask('/api/activities/home')
  await learner.expectNotYet(2, 'for which span did the api wait longest?', traceId)
  const root = await learner.find(traceId, ({ kind }) => kind === 'SERVER')
  await learner.expectNotYet(2, 'is not it', root)
  await learner.expectPassed(2, await learner.find(traceId, isLongestWait))
}

/** A query or a call of the api, and no other took longer. Both have arrived when the root has. */
function isLongestWait(span: Span, spans: readonly Span[]): boolean {
  const waits = spans.filter(({ kind }) => kind === 'CLIENT')
  return waits.length >= 2 && span === waits.toSorted((a, b) => b.durationMs - a.durationMs)[0]
}
