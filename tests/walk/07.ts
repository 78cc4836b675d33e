import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import type { Learner } from '../harness/learner.ts'

/** Chapter 7, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(7, 'which trace id did you send?')
  await learner.expectNotYet(7, 'without the header traceparent', await send(learner, '/rollbar/test'))
  await learner.expectNotYet(7, 'did not fail', await send(learner, '/api/activities/home', newSpanId()))
  const parent = newSpanId()
  const traceId = await send(learner, '/rollbar/test', parent)
  await learner.expectNotYet(7, 'in none of the three', traceId)
  const own = await learner.find(traceId, ({ kind }) => kind === 'SERVER')
  await learner.expectNotYet(7, 'the providers have it', `missing=${own}`)
  await learner.expectPassed(7, `missing=${parent}`)
}

/** Sends a request as the caller who chooses the trace's id, or without a traceparent. Returns the trace's id. */
async function send(learner: Learner, path: string, parent?: string): Promise<string> {
  const headers = parent ? { traceparent: `00-${newTraceId()}-${parent}-01` } : {}
  const response = await fetch(`${learner.workspace.api}${path}`, { headers })
  await response.arrayBuffer()
  return response.headers.get('traceresponse')?.split('-')[1] ?? ''
}
