import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { SamplingDecision } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newTraceId } from '../../../contracts/trace-id.ts'
import { ProviderServer } from '../../../tests/harness/provider-server.ts'
import { createSampler, type RunningSampler } from './sampler.ts'

const RULE = {
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

let server: ProviderServer
let sampler: RunningSampler
/** Without rules the server answers 502. */
let rules: object[] | undefined

beforeEach(async () => {
  rules = []
  server = await ProviderServer.start((_request, response) => {
    const SamplingRuleRecords = rules?.map((SamplingRule) => ({ SamplingRule }))
    response.writeHead(rules ? 200 : 502).end(JSON.stringify({ SamplingRuleRecords }))
  })
})

afterEach(async () => {
  sampler.stop()
  await server[Symbol.asyncDispose]()
})

async function start(): Promise<void> {
  const options = { name: 'xray', rulesEndpoint: server.url, rulesPollingSeconds: 10 } as const
  sampler = await createSampler(options, resourceFromAttributes({ 'service.name': 'orders' }))
}

const decide = (path: string) =>
  sampler.shouldSample(ROOT_CONTEXT, newTraceId(), 'GET', SpanKind.SERVER, { 'url.path': path }, []).decision

describe('X-Ray’s rules', () => {
  test('decide as soon as they arrive, by the service’s name and the path', async () => {
    const errors = { RuleName: 'Errors', Priority: 1, ServiceName: 'orders*', URLPath: '/rollbar/*' }
    rules = [
      { ...RULE, ...errors, FixedRate: 1 },
      { ...RULE, RuleName: 'Others', Priority: 2, ServiceName: 'someone-else', FixedRate: 1 },
      { ...RULE, RuleName: 'Default', Priority: 10_000, FixedRate: 0 },
    ]
    await start()
    expect(await sampler.ready(5_000)).toBe(true)
    expect(sampler.report()).toEqual({ name: 'xray', fallback: false })
    expect(decide('/rollbar/test')).toBe(SamplingDecision.RECORD_AND_SAMPLED)
    expect(decide('/api/activities/home')).toBe(SamplingDecision.NOT_RECORD)
  })

  test('that are created just after the start decide soon, not after ten seconds', async () => {
    const keepNone = { ...RULE, RuleName: 'Default', Priority: 10_000, FixedRate: 0 }
    rules = [keepNone]
    await start()
    expect(await sampler.ready(5_000)).toBe(true)
    expect(decide('/rollbar/test')).toBe(SamplingDecision.NOT_RECORD)
    rules = [{ ...RULE, RuleName: 'Rollbar', Priority: 1, FixedRate: 1, URLPath: '/rollbar/*' }, keepNone]
    await expect
      .poll(() => decide('/rollbar/test'), { timeout: 7_000 })
      .toBe(SamplingDecision.RECORD_AND_SAMPLED)
  })

  test('that cannot be reached leave the fallback, which is reported', async () => {
    rules = undefined
    await start()
    expect(await sampler.ready(200)).toBe(false)
    expect(sampler.report()).toEqual({ name: 'xray', fallback: true })
    const decisions = Array.from({ length: 200 }, () => decide('/'))
    const kept = decisions.filter((decision) => decision === SamplingDecision.RECORD_AND_SAMPLED).length
    expect(kept).toBeGreaterThanOrEqual(1)
    expect(kept).toBeLessThan(60)
  })
})
