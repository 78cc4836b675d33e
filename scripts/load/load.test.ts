import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ProviderServer } from '../../tests/harness/provider-server.ts'
import { countUnexpected } from './result.ts'
import { createMix, FAILING, ROUTES } from './routes.ts'
import { dueAfter, dueAt, runLoad } from './run-load.ts'

const STEADY = { rate: 50, durationS: 10, isRamp: false }
const RAMP = { ...STEADY, isRamp: true }
const never = new AbortController().signal

test('a ramp begins slowly, and sends half as many as a steady load', () => {
  expect([0, 1, 5, 10, 11].map((s) => dueAfter(STEADY, s))).toEqual([0, 50, 250, 500, 500])
  expect([0, 1, 5, 10, 11].map((s) => dueAfter(RAMP, s))).toEqual([0, 2, 62, 250, 250])
  for (const pace of [STEADY, RAMP]) {
    for (const index of [0, 7, 99]) expect(dueAfter(pace, dueAt(pace, index) + 1e-9)).toBe(index + 1)
  }
})

test('the mix has each route by its weight, and the share that fails', () => {
  const numbers = Array.from({ length: 1_000 }, (_, index) => (index + 0.5) / 1_000)
  let turn = 0
  const next = createMix(0, () => numbers[turn++ % 1_000] ?? 0)
  const counts = new Map<string, number>()
  for (let times = 0; times < 500; times++) {
    const { name } = next()
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  expect([...counts.keys()].toSorted()).toEqual(ROUTES.map(({ name }) => name).toSorted())
  expect(counts.get('GET /api/activities/home')).toBeCloseTo(200, -1)
  expect(createMix(1)()).toBe(FAILING)
})

test('a stall counts for every request that it delays, not for one', async () => {
  let isStalled = true
  const waiting: (() => void)[] = []
  await using api = await ProviderServer.start((_request, response) => {
    const answer = () => response.writeHead(200, { 'x-amzn-trace-id': 'Root=1-a-b;Sampled=1' }).end('{}')
    if (isStalled) waiting.push(answer)
    else answer()
  })
  const running = runLoad({ ...STEADY, rate: 100, durationS: 1, api: api.url, errorShare: 0, signal: never })
  await delay(500)
  isStalled = false
  for (const answer of waiting) answer()
  const result = await running
  const { all, unsent } = result
  expect([all.requests, all.sampled, unsent, countUnexpected(result)]).toEqual([100, 100, 0, 0])
  // About fifty of the hundred requests were due within the half second, and waited 250 ms on average.
  expect(all.percentile(75)).toBeGreaterThan(150)
})

test('a failure on purpose is expected; any other failure, or no answer, is not', async () => {
  await using api = await ProviderServer.start((request, response) => {
    if (request.url === '/rollbar/test') response.writeHead(500).end('{}')
    else if (request.url?.startsWith('/api/activities/search')) response.writeHead(503).end('{}')
    else if (request.url === '/api/message_groups') request.socket.destroy()
    else response.writeHead(200).end('{}')
  })
  const load = { ...STEADY, rate: 400, durationS: 0.5, errorShare: 0.2 }
  const result = await runLoad({ ...load, api: api.url, signal: never })
  const count = (name: string, status: number) => result.routes.get(name)?.statuses.get(status) ?? 0
  expect(count('GET /rollbar/test', 500)).toBeGreaterThan(0)
  expect(countUnexpected(result)).toBe(
    count('GET /api/activities/search', 503) + count('GET /api/message_groups', 0),
  )
})

test('an aborted load ends early, with the results so far', async () => {
  await using api = await ProviderServer.start((_request, response) => response.end('{}'))
  const load = { ...STEADY, durationS: 60, errorShare: 0, signal: AbortSignal.timeout(100) }
  const { all, elapsedS } = await runLoad({ ...load, api: api.url })
  expect(elapsedS).toBeLessThan(5)
  expect(all.requests).toBeLessThan(100)
})
