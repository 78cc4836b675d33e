import type { RequestListener, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { type DiagLogger, diag, ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { SamplingDecision } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newTraceId } from '../../../../contracts/trace-id.ts'
import { ROOT } from '../../../../tests/harness/process.ts'
import { ProviderServer } from '../../../../tests/harness/provider-server.ts'
import { run } from '../../../../tests/harness/run.ts'
import { createSampler, type RunningSampler } from '../sampler.ts'

const ANY = {
  ResourceARN: '*',
  ServiceType: '*',
  Host: '*',
  HTTPMethod: '*',
  URLPath: '*',
  ServiceName: '*',
  ReservoirSize: 0,
  Version: 1,
  Attributes: {},
}
const KEEP_NONE = { ...ANY, RuleName: 'Default', Priority: 10_000, FixedRate: 0 }
const FIVE_A_SECOND = { ...ANY, RuleName: 'Cruddur', Priority: 100, FixedRate: 0, ReservoirSize: 5 }

interface Document {
  readonly RuleName: string
  readonly ClientID: string
  readonly RequestCount: number
  readonly SampledCount: number
  readonly BorrowCount: number
}
type Target = Readonly<Record<string, unknown>>

let server: ProviderServer
let sampler: RunningSampler
let rules: object[]
/** X-Ray's answer to a report, for each rule in it. */
let targetFor: (document: Document) => Target | undefined
let lastRuleModification: number
/** Every report so far. */
let reports: Document[][]
/** Where it is set, it answers every request. */
let fault: RequestListener | undefined
/** What the sampler has logged. */
let lines: string[]

const quota = (ReservoirQuota: number): Target => ({
  ReservoirQuota,
  ReservoirQuotaTTL: Math.floor(Date.now() / 1_000) + 30,
  Interval: 10,
})

beforeEach(async () => {
  rules = [FIVE_A_SECOND, KEEP_NONE]
  targetFor = ({ RuleName }) => (RuleName === 'Cruddur' ? quota(5) : undefined)
  lastRuleModification = 1
  reports = []
  fault = undefined
  lines = []
  const log = (message: string) => lines.push(message)
  const logger: DiagLogger = { error: log, warn: log, info: log, debug() {}, verbose() {} }
  diag.setLogger(logger, { suppressOverrideMessage: true })
  server = await ProviderServer.start(async (request, response) => {
    if (fault) return fault(request, response)
    const input = JSON.parse((await text(request)) || '{}')
    if (request.url === '/GetSamplingRules') {
      return answer(response, { SamplingRuleRecords: rules.map((SamplingRule) => ({ SamplingRule })) })
    }
    const documents: Document[] = input.SamplingStatisticsDocuments
    reports.push(documents)
    return answer(response, {
      SamplingTargetDocuments: documents.flatMap((document) => {
        const target = targetFor(document)
        return target ? [{ RuleName: document.RuleName, ...target }] : []
      }),
      LastRuleModification: lastRuleModification,
    })
  })
})

afterEach(async () => {
  sampler.stop()
  diag.disable()
  await server[Symbol.asyncDispose]()
})

function answer(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
}

async function start(rulesEndpoint = server.url): Promise<void> {
  const options = { name: 'xray', rulesEndpoint, rulesPollingSeconds: 10 } as const
  sampler = await createSampler(options, resourceFromAttributes({ 'service.name': 'orders' }))
}

async function startAndWait(): Promise<void> {
  await start()
  expect(await sampler.ready(5_000)).toBe(true)
}

const isKept = (path = '/', more = {}) =>
  sampler.shouldSample(ROOT_CONTEXT, newTraceId(), 'GET', SpanKind.SERVER, { 'url.path': path, ...more }, [])
    .decision === SamplingDecision.RECORD_AND_SAMPLED

const keptOf = (count: number) => Array.from({ length: count }, () => isKept()).filter(Boolean).length

describe('X-Ray’s rules', () => {
  test('decide as soon as they arrive, by the service’s name and the path', async () => {
    rules = [
      {
        ...ANY,
        RuleName: 'Errors',
        Priority: 1,
        ServiceName: 'orders*',
        URLPath: '/rollbar/*',
        FixedRate: 1,
      },
      { ...ANY, RuleName: 'Others', Priority: 2, ServiceName: 'someone-else', FixedRate: 1 },
      KEEP_NONE,
    ]
    await startAndWait()
    expect(sampler.report()).toMatchObject({ name: 'xray', fallback: false })
    expect(isKept('/rollbar/test')).toBe(true)
    expect(isKept('/api/activities/home')).toBe(false)
  })

  test('that are created just after the start decide soon, not after ten seconds', async () => {
    rules = [KEEP_NONE]
    await startAndWait()
    expect(isKept('/rollbar/test')).toBe(false)
    rules = [{ ...ANY, RuleName: 'Rollbar', Priority: 1, FixedRate: 1, URLPath: '/rollbar/*' }, KEEP_NONE]
    await expect.poll(() => isKept('/rollbar/test'), { timeout: 7_000 }).toBe(true)
  })

  test('are read again when a report’s answer says that they have changed', async () => {
    targetFor = () => ({ ...quota(5), Interval: 0.1 })
    await startAndWait()
    rules = [{ ...KEEP_NONE, FixedRate: 1 }]
    await expect.poll(() => reports.length).toBeGreaterThan(1)
    lastRuleModification = 2
    await expect.poll(() => keptOf(20), { timeout: 1_000 }).toBe(20)
  })

  test('are the first that match, by priority and then by name', async () => {
    const rule = { ...ANY, FixedRate: 0, Priority: 5 }
    rules = [
      KEEP_NONE,
      { ...rule, RuleName: 'B', FixedRate: 1 },
      { ...rule, RuleName: 'A', HTTPMethod: 'get', Host: 'shop.*', Attributes: { 'app.tier': 'gol?' } },
      { ...rule, RuleName: 'C', Priority: 4, ServiceType: 'AWS::ECS::Container', FixedRate: 1 },
    ]
    await startAndWait()
    const shop = { 'http.request.method': 'GET', 'server.address': 'shop.example', 'app.tier': 'gold' }
    expect(isKept('/', shop)).toBe(false)
    expect(isKept('/', { ...shop, 'http.request.method': 'PUT' })).toBe(true)
    expect(isKept('/', { ...shop, 'app.tier': 'silver' })).toBe(true)
  })
})

describe('a rule’s reservoir', () => {
  test('is in force when the sampler is ready: all of the first five requests are kept, and no more', async () => {
    await startAndWait()
    expect(keptOf(20)).toBe(5)
    await expect.poll(() => isKept(), { timeout: 1_000 }).toBe(true)
  })

  test('without a share for a process without requests: one is borrowed, and reported a second later', async () => {
    const { RuleName } = FIVE_A_SECOND
    targetFor = (document) => {
      if (document.RuleName !== RuleName) return undefined
      return quota(document.RequestCount > 0 ? 5 : 0)
    }
    await startAndWait()
    expect(keptOf(3)).toBe(1)
    await expect.poll(() => reports.length, { timeout: 2_000 }).toBe(2)
    expect(reports[1]).toContainEqual(
      expect.objectContaining({ RuleName, RequestCount: 3, SampledCount: 1, BorrowCount: 1 }),
    )
    await expect.poll(() => keptOf(5), { timeout: 1_500, interval: 1_100 }).toBe(5)
  })

  test.each([
    ['has expired', { ReservoirQuota: 5, ReservoirQuotaTTL: 1 }],
    ['is not part of the target', { FixedRate: 0 }],
    ['is no number', { ReservoirQuota: '5', ReservoirQuotaTTL: 9e9, Interval: 'soon' }],
  ])('is borrowed from when the quota %s', async (_what, target) => {
    targetFor = () => target
    await startAndWait()
    expect(keptOf(20)).toBe(1)
  })

  test('and the rate are counted in the sampler’s report, from when the rule was read as it is now', async () => {
    rules = [{ ...FIVE_A_SECOND, FixedRate: 1 }, KEEP_NONE]
    targetFor = () => ({ ...quota(5), Interval: 0.05 })
    await startAndWait()
    expect(keptOf(20)).toBe(20)
    const decided = () => sampler.report().rules?.find(({ name }) => name === FIVE_A_SECOND.RuleName)
    expect(decided()).toMatchObject({
      fixedRate: 1,
      requests: 20,
      sampled: 20,
      fromReservoir: 5,
      borrowed: 0,
    })
    const before = decided()?.since
    rules = [{ ...FIVE_A_SECOND, FixedRate: 0.5 }, KEEP_NONE]
    lastRuleModification++
    await expect.poll(() => decided()).toMatchObject({ fixedRate: 0.5, requests: 0, fromReservoir: 0 })
    expect(decided()?.since).not.toBe(before)
  })

  test('does not start again with a new quota', async () => {
    targetFor = () => ({ ...quota(5), Interval: 0.05 })
    await startAndWait()
    const startedAt = performance.now()
    expect(keptOf(5)).toBe(5)
    const before = reports.length
    await expect.poll(() => reports.length).toBeGreaterThan(before + 1)
    const kept = keptOf(5)
    const elapsedS = (performance.now() - startedAt) / 1_000
    expect(kept).toBeLessThanOrEqual(Math.ceil(elapsedS * 5))
  })

  test('is reported for at most 25 rules at once, all with the same ClientID of 24 hex digits', async () => {
    rules = Array.from({ length: 30 }, (_, i) => ({ ...FIVE_A_SECOND, RuleName: `R${i}`, Priority: i + 1 }))
    await startAndWait()
    expect(reports.map(({ length }) => length)).toEqual([25, 5])
    const ids = new Set(reports.flat().map(({ ClientID }) => ClientID))
    expect([...ids]).toEqual([expect.stringMatching(/^[0-9a-f]{24}$/)])
  })
})

describe('without X-Ray’s rules', () => {
  const FAULTS: Readonly<Record<string, RequestListener>> = {
    'an HTTP error': (_request, response) =>
      response.writeHead(403, { 'x-amzn-errortype': 'AccessDeniedException' }).end('{}'),
    'a proxy’s page': (_request, response) => answer(response, '<html>sign in</html>'),
    null: (_request, response) => answer(response, 'null'),
    'records that are no list': (_request, response) => answer(response, { SamplingRuleRecords: 5 }),
    'records of any type': (_request, response) =>
      answer(response, { SamplingRuleRecords: [null, 1, 'x', {}, { SamplingRule: { RuleName: 'x' } }] }),
    'an endless answer': (_request, response) => {
      const write = () => {
        while (response.write('x'.repeat(65_536)));
      }
      response.on('drain', write)
      write()
    },
    'no answer': () => {},
    'an answer that is cut': (request, response) => {
      response.writeHead(200, { 'content-length': 1_000 }).write('{"Sampl')
      setTimeout(() => request.socket.destroy(), 10)
    },
    'a reset': (request) => request.socket.resetAndDestroy(),
  }

  test.each(Object.keys(FAULTS))(
    '(%s) the fallback decides; one line is logged, and one when they arrive',
    async (what) => {
      fault = FAULTS[what]
      await start()
      expect(await sampler.ready(120)).toBe(false)
      expect(sampler.report()).toMatchObject({ name: 'xray', fallback: true })
      const kept = keptOf(200)
      expect(kept).toBeGreaterThanOrEqual(1)
      expect(kept).toBeLessThan(60)
      expect(lines).toEqual([
        expect.stringMatching(/^X-Ray’s sampling rules cannot be read from .+ one trace a second and 5 %/),
      ])

      fault = undefined
      await expect
        .poll(() => sampler.report(), { timeout: 5_000 })
        .toMatchObject({ name: 'xray', fallback: false })
      await expect.poll(() => lines).toHaveLength(2)
      expect(lines[1]).toContain('in force')
    },
  )

  test('where nothing listens, the reason is reported', async () => {
    await start('http://127.0.0.1:9')
    expect(await sampler.ready(50)).toBe(false)
    expect(sampler.report()).toMatchObject({ fallback: true, failure: expect.stringMatching(/ECONNREFUSED/) })
  })

  test('that come up during the start, the start waits for them', async () => {
    fault = FAULTS['an HTTP error']
    await start()
    setTimeout(() => {
      fault = undefined
    }, 150)
    expect(await sampler.ready(2_000)).toBe(true)
    expect(lines).toEqual([])
  })

  test('after they had arrived, the last ones stay in force, and no count is lost', async () => {
    targetFor = ({ RuleName }) => ({ ...(RuleName === 'Cruddur' && quota(5)), Interval: 0.2 })
    await startAndWait()
    fault = FAULTS['an HTTP error']
    await expect.poll(() => lines).toHaveLength(1)
    expect(lines[0]).toMatch(/HTTP 403 AccessDeniedException; the last ones stay in force/)
    expect(sampler.report()).toMatchObject({ fallback: false, failure: 'HTTP 403 AccessDeniedException' })
    expect(keptOf(7)).toBe(5)
    fault = undefined
    await expect
      .poll(() => reports.flat().reduce((sum, { RequestCount }) => sum + RequestCount, 0), { timeout: 5_000 })
      .toBe(7)
    await expect.poll(() => lines).toHaveLength(2)
  })

  test('an open call does not keep the process running', async () => {
    const blackHole = await ProviderServer.start(() => {})
    await start()
    const script = `
      import { resourceFromAttributes } from '@opentelemetry/resources'
      import { createSampler } from './backend/telemetry/sampling/sampler.ts'
      const options = { name: 'xray', rulesEndpoint: '${blackHole.url}', rulesPollingSeconds: 10 }
      const sampler = await createSampler(options, resourceFromAttributes({}))
      await sampler.ready(100)
      const readyAt = performance.now()
      process.on('exit', () => console.log(performance.now() - readyAt))`
    const { code, stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: ROOT,
      env: { PATH: process.env.PATH ?? '' },
    })
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringMatching(/\d/) })
    // The call itself ends after two seconds.
    expect(Number(stdout)).toBeLessThan(1_000)
    expect(blackHole.requests).toHaveLength(1)
    await blackHole[Symbol.asyncDispose]()
  })
})
