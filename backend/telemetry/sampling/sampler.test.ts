import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { SamplingDecision } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newTraceId } from '../../../contracts/trace-id.ts'
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

let server: Server
let sampler: RunningSampler | undefined
let rules: object[] | undefined

beforeEach(async () => {
  rules = []
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (!rules) response.writeHead(502).end()
      else
        response.end(JSON.stringify({ SamplingRuleRecords: rules.map((SamplingRule) => ({ SamplingRule })) }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})

afterEach(async () => {
  sampler?.stop()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

const start = () =>
  createSampler(
    {
      name: 'xray',
      rulesEndpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      rulesPollingSeconds: 10,
    },
    resourceFromAttributes({ 'service.name': 'orders' }),
  )

const decide = (of: RunningSampler, path: string) =>
  of.shouldSample(ROOT_CONTEXT, newTraceId(), 'GET', SpanKind.SERVER, { 'url.path': path }, []).decision

describe('X-Ray’s rules', () => {
  test('decide as soon as they arrive, by the service’s name and the path', async () => {
    rules = [
      {
        ...RULE,
        RuleName: 'Errors',
        Priority: 1,
        ServiceName: 'orders*',
        URLPath: '/rollbar/*',
        FixedRate: 1,
      },
      { ...RULE, RuleName: 'Others', Priority: 2, ServiceName: 'someone-else', FixedRate: 1 },
      { ...RULE, RuleName: 'Default', Priority: 10_000, FixedRate: 0 },
    ]
    sampler = await start()
    expect(await sampler.ready(5_000)).toBe(true)
    expect(sampler.report()).toEqual({ name: 'xray', fallback: false })
    expect(decide(sampler, '/rollbar/test')).toBe(SamplingDecision.RECORD_AND_SAMPLED)
    expect(decide(sampler, '/api/activities/home')).toBe(SamplingDecision.NOT_RECORD)
  })

  test('that are created just after the start decide soon, not after ten seconds', async () => {
    const keepNone = { ...RULE, RuleName: 'Default', Priority: 10_000, FixedRate: 0 }
    rules = [keepNone]
    const late = await start()
    sampler = late
    expect(await late.ready(5_000)).toBe(true)
    expect(decide(late, '/rollbar/test')).toBe(SamplingDecision.NOT_RECORD)
    rules = [{ ...RULE, RuleName: 'Rollbar', Priority: 1, FixedRate: 1, URLPath: '/rollbar/*' }, keepNone]
    await expect
      .poll(() => decide(late, '/rollbar/test'), { timeout: 7_000 })
      .toBe(SamplingDecision.RECORD_AND_SAMPLED)
  })

  test('that cannot be reached leave the fallback, which is reported', async () => {
    rules = undefined
    sampler = await start()
    expect(await sampler.ready(200)).toBe(false)
    expect(sampler.report()).toEqual({ name: 'xray', fallback: true })
    const decisions = Array.from({ length: 200 }, () => decide(sampler as RunningSampler, '/'))
    const kept = decisions.filter((decision) => decision === SamplingDecision.RECORD_AND_SAMPLED).length
    expect(kept).toBeGreaterThanOrEqual(1)
    expect(kept).toBeLessThan(60)
  })
})
