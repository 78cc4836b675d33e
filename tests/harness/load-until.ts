import { Agent, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import type { TestWorkspace } from './workspace.ts'

const HALF_ANSWERED_MS = 60_000

export interface Load {
  readonly requests: number
  readonly perSecond: number
}

/** A request whose answer has arrived completely. */
interface Answered {
  readonly traceId: string
  readonly status: number
}

/**
 * Sends to the api at the given rate and calls `end` once half of the requests are answered, which is in the middle on a slow
 * machine too. Sends for one more second, so that requests are in flight at every moment of the end.
 */
export async function loadUntil(
  { api }: Pick<TestWorkspace, 'api'>,
  { requests, perSecond }: Load,
  end: () => Promise<unknown>,
): Promise<Answered[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 })
  const answered: Answered[] = []
  const sent: Promise<void>[] = []
  const startedAt = performance.now()
  let ending: { readonly done: Promise<unknown>; readonly last: number } | undefined
  for (let i = 0; i <= (ending?.last ?? Number.POSITIVE_INFINITY); i++) {
    const elapsedMs = performance.now() - startedAt
    expect(elapsedMs, `${answered.length} answered of ${i} sent`).toBeLessThan(HALF_ANSWERED_MS)
    await delay(Math.max(0, (i * 1_000) / perSecond - elapsedMs))
    if (!ending && answered.length >= requests / 2) ending = { done: end(), last: i + perSecond }
    sent.push(send(agent, `${api}${i % 20 === 0 ? '/rollbar/test' : '/api/activities/home'}`, answered))
  }
  await Promise.all([...sent, ending?.done])
  agent.destroy()
  return answered
}

/** Sends one request with a sampled parent. Only a complete answer counts. */
function send(agent: Agent, url: string, answered: Answered[]): Promise<void> {
  const traceId = newTraceId()
  const headers = { traceparent: `00-${traceId}-${newSpanId()}-01` }
  return new Promise((done) => {
    const request = get(url, { agent, headers }, (response) => {
      response.resume()
      response.on('end', () => {
        if (response.complete) answered.push({ traceId, status: response.statusCode ?? 0 })
      })
      response.on('close', done)
    })
    request.on('error', () => done())
  })
}

/** Expects that each store has what these requests have made. The sandbox must run. */
export async function expectAllStored(
  workspace: TestWorkspace,
  answered: readonly Answered[],
): Promise<void> {
  const lost: string[] = []
  for (const { traceId, status } of answered) {
    const { honeycomb, xray, rollbar } = await workspace.trace(traceId)
    const spans = honeycomb.spans.map(({ service, kind }) => `${service} ${kind}`)
    const segments = xray.segments.map(({ name }) => name)
    const lacks = [
      ...(spans.includes('cruddur-backend SERVER') ? [] : ['the api’s span']),
      ...(spans.includes('cruddur-backend-profiles SERVER') ? [] : ['the profiles’ span']),
      ...(segments.includes('cruddur-backend') ? [] : ['the api’s segment']),
      ...(segments.includes('cruddur-backend-profiles') ? [] : ['the profiles’ segment']),
      ...(status !== 500 || rollbar.items.length === 1 ? [] : ['its Rollbar item']),
    ]
    if (lacks.length > 0) lost.push(`${traceId} (${status}) lacks ${lacks.join(', ')}`)
  }
  expect(lost, `${lost.length} of ${answered.length}\n${workspace.logs()}`).toEqual([])
  expect(answered.some(({ status }) => status === 500)).toBe(true)
}
