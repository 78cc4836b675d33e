import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, expect, test } from 'vitest'
import { createMix, FAILING, ROUTES } from './routes.ts'
import { dueAfter, dueAt, runLoad, unexpected } from './run-load.ts'

const STEADY = { rate: 50, durationS: 10, isRamp: false }
const RAMP = { rate: 50, durationS: 10, isRamp: true }
const never = new AbortController().signal

let server: ReturnType<typeof createServer> | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

async function listen(listener: Parameters<typeof createServer>[1]): Promise<string> {
  server = createServer(listener as never)
  await new Promise<void>((done) => server?.listen(0, '127.0.0.1', done))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

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
  const api = await listen((_request, response) => {
    const answer = () => response.writeHead(200, { 'x-amzn-trace-id': 'Root=1-a-b;Sampled=1' }).end('{}')
    if (isStalled) waiting.push(answer)
    else answer()
  })
  const running = runLoad({ rate: 100, durationS: 1, isRamp: false, api, errorShare: 0, signal: never })
  await delay(500)
  isStalled = false
  for (const answer of waiting) answer()
  const { tally, unsent } = await running
  expect([tally.all.requests, tally.all.sampled, unsent, unexpected(tally)]).toEqual([100, 100, 0, 0])
  // About fifty of the hundred requests were due within the half second, and waited 250 ms on average.
  expect(tally.all.latency.percentile(75) / 1000).toBeGreaterThan(150)
})

test('a failure on purpose is expected; any other failure, or no answer, is not', async () => {
  const api = await listen((request, response) => {
    if (request.url === '/rollbar/test') response.writeHead(500).end('{}')
    else if (request.url?.startsWith('/api/activities/search')) response.writeHead(503).end('{}')
    else if (request.url === '/api/message_groups') request.socket.destroy()
    else response.writeHead(200).end('{}')
  })
  const { tally } = await runLoad({
    rate: 400,
    durationS: 0.5,
    isRamp: false,
    api,
    errorShare: 0.2,
    signal: never,
  })
  const count = (name: string, status: number) =>
    tally.routes.find((route) => route.name === name)?.statuses.get(status) ?? 0
  expect(count('GET /rollbar/test', 500)).toBeGreaterThan(0)
  expect(unexpected(tally)).toBe(
    count('GET /api/activities/search', 503) + count('GET /api/message_groups', 0),
  )
})

test('an aborted load ends early, with the results so far', async () => {
  const api = await listen((_request, response) => response.end('{}'))
  const stop = new AbortController()
  setTimeout(() => stop.abort(), 100)
  const { tally, elapsedS } = await runLoad({
    rate: 50,
    durationS: 60,
    isRamp: false,
    api,
    errorShare: 0,
    signal: stop.signal,
  })
  expect(elapsedS).toBeLessThan(5)
  expect(tally.all.requests).toBeLessThan(100)
})
