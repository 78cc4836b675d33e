import { TraceList } from '../../contracts/sandbox/lists.ts'
import type { Span } from '../../contracts/sandbox/trace.ts'
import type { Learner } from '../harness/learner.ts'
import { eventually } from '../harness/wait-for.ts'

/** Chapter 1, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.succeed('setup', '--yes')
  await learner.expectNotYet(1, 'which request have you looked at?')
  const { traceId, call, work } = await home(learner)
  await learner.expectNotYet(1, 'which service took the most time itself?', traceId)
  await learner.expectNotYet(1, 'is not the one', 'slowest=profiles')
  await learner.expectNotYet(1, 'how long did the api wait', 'slowest=api')
  // On a fast machine the two numbers may count as the same: half a millisecond.
  if (call.durationMs - work.durationMs > 0.5)
    await learner.expectNotYet(1, 'It is how long the profiles service worked', `waited=${work.durationMs}`)
  await learner.expectNotYet(1, 'No row between', `waited=${Math.round(call.durationMs) + 1_000}`)
  await learner.expectPassed(1, `waited=${call.durationMs.toFixed(1)}`)
}

/** The request to the home timeline that setup has sent, which the viewer lists. */
async function home(learner: Learner): Promise<{ traceId: string; call: Span; work: Span }> {
  const { traces } = TraceList.parse(
    await (await fetch(`${learner.workspace.sandbox}/sandbox/traces`)).json(),
  )
  const traceId = traces.find(({ rootName }) => rootName.includes('/api/activities/home'))?.traceId ?? ''
  const read = async () => (await learner.workspace.trace(traceId)).honeycomb.spans
  const spans = await eventually(read, (found) => found.some(isWork))
  const work = spans.find(isWork)
  const call = spans.find(({ spanId }) => spanId === work?.parentSpanId)
  if (!work || !call) throw new Error(`The trace ${traceId} has no call to the profiles service.`)
  return { traceId, call, work }
}

function isWork({ kind, service }: Span): boolean {
  return kind === 'SERVER' && service.endsWith('-profiles')
}
