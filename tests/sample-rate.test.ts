import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type RunningProcess, startProcess } from './support/process.ts'
import { scaled } from './support/scale.ts'
import type { StoredSegment } from './support/stored-trace.ts'
import { createWorkspace, type TestWorkspace } from './support/workspace.ts'

const REQUESTS = scaled(300, 5_000)
const AT_ONCE = 20
const RATIO = 0.2
/** What was dropped since the last kept root is not yet counted: some 1/RATIO, and one in a billion runs a hundred. */
const TAIL = 100

describe(`${REQUESTS} requests, of which a fifth is kept`, () => {
  let workspace: TestWorkspace
  const running: RunningProcess[] = []

  beforeAll(async () => {
    workspace = await createWorkspace({
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: String(RATIO),
    })
    const start = async (file: string, port: number) =>
      running.push(await startProcess([file], workspace.env, `http://127.0.0.1:${port}/health`))
    await start('sandbox/server.ts', workspace.ports.sandbox)
    await start('backend/profiles/server.ts', workspace.ports.profiles)
    await start('backend/api/server.ts', workspace.ports.api)
  })

  afterAll(async () => {
    for (const process of running.reverse()) await process.stop()
    await workspace.dispose()
  })

  test('SampleRate adds up to all of them, in the api and in profiles, and X-Ray has it as metadata', async () => {
    const kept: string[] = []
    for (let i = 0; i < REQUESTS; i += AT_ONCE) {
      const answers = Array.from({ length: AT_ONCE }, async () => {
        const { headers, body } = await fetch(`${workspace.api}/api/activities/home`)
        await body?.cancel()
        const [, traceId = '', , flags] = headers.get('traceresponse')?.split('-') ?? []
        if (flags === '01') kept.push(traceId)
      })
      await Promise.all(answers)
    }
    // An end sends all that is left.
    for (const process of running.splice(1).reverse()) expect(await process.stop()).toBe(0)

    const sums = new Map<string, number>()
    for (const traceId of kept) {
      const { honeycomb, xray } = await workspace.trace(traceId)
      const rates = new Set(honeycomb.spans.map(({ attributes }) => attributes.SampleRate))
      expect(rates.size, 'every span of a trace bears the same').toBe(1)
      for (const { kind, service, attributes } of honeycomb.spans) {
        if (kind === 'SERVER') sums.set(service, (sums.get(service) ?? 0) + Number(attributes.SampleRate))
      }
      for (const segment of xray.segments as (StoredSegment & Record<string, unknown>)[]) {
        expect(segment).toMatchObject({ metadata: { otel: { SampleRate: [...rates][0] } } })
        expect(segment.annotations ?? {}, JSON.stringify(segment)).not.toHaveProperty('SampleRate')
      }
    }
    expect(kept.length).toBeLessThan(REQUESTS / 2)
    expect(sums.get('cruddur-backend')).toBeLessThanOrEqual(REQUESTS)
    expect(sums.get('cruddur-backend')).toBeGreaterThan(REQUESTS - TAIL)
    expect(sums.get('cruddur-backend-profiles')).toBe(sums.get('cruddur-backend'))
  })
})
