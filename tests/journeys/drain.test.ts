import { Agent, get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import { spawnProcess } from '../harness/process.ts'
import { IS_LONG, scaled } from '../harness/scale.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'

const REQUESTS = scaled(80, 2_000)
const PER_SECOND = scaled(100, 200)
const READY_MS = 30_000
const HALF_ANSWERED_MS = 60_000

let workspace: TestWorkspace

beforeEach(async () => {
  workspace = await createWorkspace({}, { database: 'embedded' })
})

afterEach(() => workspace.dispose())

/** A request whose answer has arrived completely. */
interface Answered {
  readonly traceId: string
  readonly status: number
}

describe(`${REQUESTS} requests at ${PER_SECOND}/s, stopped in the middle: everything answered is in every store`, () => {
  // It stops the processes as Ctrl-C does, in a process of another command.
  test.runIf(IS_LONG)('npm stop', async () => {
    await workspace.setUp()
    const answered = await loadUntil(() => workspace.command('stop'))
    await expectAllStored(answered)
  })

  test('Ctrl-C on npm start', async () => {
    // npm and what it starts are a process group, as they are on a terminal.
    const started = spawnProcess(['start'], workspace.env, { program: 'npm', detached: true })
    await expect.poll(isUp, { timeout: READY_MS, interval: 100 }).toBe(true)
    const answered = await loadUntil(async () => {
      // A terminal signals every process of the foreground group: npm, its shell, the bootstrap and the command.
      process.kill(-(started.child.pid ?? Number.NaN), 'SIGINT')
      // npm's shell gets the signal too, so that npm reports the signal even if the command ended with 0.
      const code = await started.exited
      expect(started.child.signalCode ?? code, started.output()).toBeOneOf([0, 'SIGINT'])
      expect(started.output()).toContain('Stopped: api, profiles, database, sandbox')
    })
    await expectAllStored(answered)
  })
})

async function isUp(): Promise<boolean> {
  const answers = [`${workspace.api}/health`, `${workspace.profiles}/health`].map((url) =>
    fetch(url).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return (await Promise.all(answers)).every(Boolean)
}

/**
 * Sends at the given rate and calls `end` once half of the requests are answered, which is in the middle on a slow
 * machine too. Sends for one more second, so that requests are in flight at every moment of the stop.
 */
async function loadUntil(end: () => Promise<unknown>): Promise<Answered[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 50 })
  const answered: Answered[] = []
  const sent: Promise<void>[] = []
  const startedAt = performance.now()
  let ending: { readonly done: Promise<unknown>; readonly last: number } | undefined
  for (let i = 0; i <= (ending?.last ?? Number.POSITIVE_INFINITY); i++) {
    const elapsedMs = performance.now() - startedAt
    expect(elapsedMs, `${answered.length} answered of ${i} sent`).toBeLessThan(HALF_ANSWERED_MS)
    await delay(Math.max(0, (i * 1_000) / PER_SECOND - elapsedMs))
    if (!ending && answered.length >= REQUESTS / 2) ending = { done: end(), last: i + PER_SECOND }
    sent.push(send(agent, i % 20 === 0 ? '/rollbar/test' : '/api/activities/home', answered))
  }
  await Promise.all([...sent, ending?.done])
  agent.destroy()
  return answered
}

/** Sends one request with a sampled parent. Only a complete answer counts. */
function send(agent: Agent, path: string, answered: Answered[]): Promise<void> {
  const traceId = newTraceId()
  const headers = { traceparent: `00-${traceId}-${newSpanId()}-01` }
  return new Promise((done) => {
    const request = get(`${workspace.api}${path}`, { agent, headers }, (response) => {
      response.resume()
      response.on('end', () => {
        if (response.complete) answered.push({ traceId, status: response.statusCode ?? 0 })
      })
      response.on('close', done)
    })
    request.on('error', () => done())
  })
}

async function expectAllStored(answered: readonly Answered[]): Promise<void> {
  await workspace.startSandboxHere()
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
