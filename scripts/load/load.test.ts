import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ProviderServer } from '../../tests/harness/provider-server.ts'
import { readLoadOptions } from './prepare.ts'
import { countUnexpected } from './result.ts'
import { createMix, FAILING, ROUTES, SIGN_IN } from './routes.ts'
import { dueAfter, dueAt, runLoad } from './run-load.ts'
import { createTraffic, type LoadRequest } from './traffic.ts'

const STEADY = { rate: 50, durationS: 10, isRamp: false }
const RAMP = { ...STEADY, isRamp: true }
const SEED = 7
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
  expect(createMix(1, Math.random)()).toBe(FAILING)
})

test('a stall counts for every request that it delays, not for one', async () => {
  let isStalled = true
  const waiting: (() => void)[] = []
  await using api = await ProviderServer.start((_request, response) => {
    const answer = () => response.writeHead(200, { 'x-amzn-trace-id': 'Root=1-a-b;Sampled=1' }).end('{}')
    if (isStalled) waiting.push(answer)
    else answer()
  })
  const running = runLoad({
    ...STEADY,
    rate: 100,
    durationS: 1,
    seed: SEED,
    api: api.url,
    errorShare: 0,
    signal: never,
  })
  await delay(500)
  isStalled = false
  for (const answer of waiting) answer()
  const result = await running
  const { all, routes, unsent } = result
  const signIns = routes.get(SIGN_IN.name)?.requests ?? 0
  const requests = 100 + signIns
  expect([all.requests, all.sampled, unsent, countUnexpected(result)]).toEqual([requests, requests, 0, 0])
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
  const load = { ...STEADY, rate: 400, durationS: 0.5, errorShare: 0.2, seed: SEED }
  const result = await runLoad({ ...load, api: api.url, signal: never })
  const count = (name: string, status: number) => result.routes.get(name)?.statuses.get(status) ?? 0
  expect(count('GET /rollbar/test', 500)).toBeGreaterThan(0)
  expect(countUnexpected(result)).toBe(
    count('GET /api/activities/search', 503) + count('GET /api/message_groups', 0),
  )
})

test('an aborted load ends early, with the results so far', async () => {
  await using api = await ProviderServer.start((_request, response) => response.end('{}'))
  const load = { ...STEADY, durationS: 60, errorShare: 0, seed: SEED, signal: AbortSignal.timeout(100) }
  const { all, elapsedS } = await runLoad({ ...load, api: api.url })
  expect(elapsedS).toBeLessThan(5)
  expect(all.requests).toBeLessThan(100)
})

test('without a seed it is random, and a seed that is no whole number is an error', () => {
  expect(readLoadOptions({ seed: '42' }).seed).toBe(42)
  expect(readLoadOptions({}).seed).not.toBe(readLoadOptions({}).seed)
  for (const seed of ['', '-1', '1.5', 'x', '1000000000']) {
    expect(() => readLoadOptions({ seed }), seed).toThrow('is not a whole number from 0 to 999999999')
  }
})

const take = (count: number, seed: number, errorShare = 0.02): LoadRequest[] =>
  Array.from({ length: count }, createTraffic(seed, errorShare))

test('with the same seed the requests are the same, with another they are not', () => {
  const lines = (seed: number) =>
    take(500, seed).map(({ path, body, person }) =>
      [path, JSON.stringify(body), person.user.handle, person.clientVersion].join(' '),
    )
  expect(lines(7)).toEqual(lines(7))
  expect(lines(8)).not.toEqual(lines(7))
})

test.each([1, 42, 999_999_999])(
  'with seed %i some users, plans, regions and versions have far more requests',
  (seed) => {
    const requests = take(10_000, seed)
    const share = (is: (request: LoadRequest) => boolean) => requests.filter(is).length / requests.length
    const byUser = [...Map.groupBy(requests, ({ person }) => person.user.handle).values()]
      .map(({ length }) => length)
      .toSorted((a, b) => b - a)
    expect(byUser.length).toBeGreaterThan(290)
    // The ten most active users of 300, and the less active half.
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0) / 10_000
    expect(sum(byUser.slice(0, 10))).toBeGreaterThan(0.2)
    expect(sum(byUser.slice(150))).toBeLessThan(0.3)

    const isTeam = ({ person }: LoadRequest) => person.user.plan === 'team'
    const isSouth = ({ person }: LoadRequest) => person.user.region === 'ap-south'
    const isNewest = ({ person }: LoadRequest) => person.clientVersion === '2.4.0'
    for (const [is, expected] of [
      [isTeam, 0.36],
      [isSouth, 0.34],
      [isNewest, 0.4],
    ] as const) {
      expect(Math.abs(share(is) - expected)).toBeLessThan(0.06)
    }
    // Those of fault d (contracts/planted-faults.ts). The three are independent: their product is 4.9 %.
    const affected = share((request) => isTeam(request) && isSouth(request) && isNewest(request))
    expect(affected).toBeGreaterThan(0.03)
    expect(affected).toBeLessThan(0.06)
  },
)

const FAILING_SIGN_INS = 30

test('a request whose sign-in fails is not sent, and the next one of the user signs in again', async () => {
  const failed = new Set<string>()
  const seen: string[] = []
  await using api = await ProviderServer.start(async (request, response) => {
    const { handle } =
      request.url === '/api/session' ? JSON.parse(await text(request)) : { handle: undefined }
    if (handle === undefined) seen.push(request.headers.cookie ?? 'nobody')
    // Some users' first sign-in fails: where the machine stalls, all requests start at once, each with a sign-in.
    else if (failed.has(handle) || failed.size === FAILING_SIGN_INS)
      response.setHeader('set-cookie', `cruddur_session=${handle}; Path=/`)
    else {
      failed.add(handle)
      response.statusCode = 503
    }
    response.end('{}')
  })
  const load = { ...STEADY, rate: 400, durationS: 0.5, errorShare: 0, seed: SEED, signal: never }
  const result = await runLoad({ ...load, api: api.url })
  const signIns = result.routes.get(SIGN_IN.name)
  expect(signIns?.statuses.get(503)).toBe(failed.size)
  expect(result.withoutSession).toBeGreaterThanOrEqual(failed.size)
  expect(seen.length).toBe(200 - result.withoutSession)
  expect(seen.length).toBeGreaterThan(0)
  expect(seen).not.toContain('nobody')
})

test('a person signs in once, and sends the cookie and the version with each request', async () => {
  const handleIn = (cookie = '') => cookie.replace('cruddur_session=', '')
  const signedIn: string[] = []
  const seen: string[] = []
  await using api = await ProviderServer.start(async (request, response) => {
    const { cookie, 'x-client-version': version } = request.headers
    seen.push(`${request.url} ${handleIn(cookie)} ${version}`)
    if (request.url !== '/api/session') return void response.end('{}')
    const { handle } = JSON.parse(await text(request)) as { handle: string }
    signedIn.push(handle)
    response.setHeader('set-cookie', `cruddur_session=${handle}; Path=/; HttpOnly`).end('{}')
  })
  await runLoad({
    ...STEADY,
    rate: 200,
    durationS: 0.5,
    errorShare: 0,
    seed: SEED,
    api: api.url,
    signal: never,
  })
  const planned = take(100, SEED, 0)
  expect(signedIn.toSorted()).toEqual(
    [...new Set(planned.map(({ person }) => person.user.handle))].toSorted(),
  )
  const expected = planned.map(({ path, person }) => `${path} ${person.user.handle} ${person.clientVersion}`)
  expect(seen.filter((line) => !line.startsWith('/api/session')).toSorted()).toEqual(expected.toSorted())
})
