import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunningProcess } from './harness/process.ts'
import { createRule, xrayClientOf } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const REQUESTS = scaled(240, 5_000)
const AT_ONCE = 20
const RATE = 0.1
/** The tolerance of the kept share: 0.02 for many requests, four standard deviations for fewer. */
const MARGIN = Math.max(0.02, 4 * Math.sqrt((RATE * (1 - RATE)) / REQUESTS))
/** Requests dropped since the last kept root are not counted yet: about 1/RATE, and 100 in one run of 20,000. */
const TAIL = 100

describe(`${REQUESTS} requests, with a rule that keeps a tenth and no reservoir`, () => {
  let workspace: TestWorkspace
  let services: readonly RunningProcess[]

  beforeAll(async () => {
    workspace = await createWorkspace()
    await workspace.startSandboxHere()
    await keepATenth()
    services = await Promise.all([workspace.start('profiles'), workspace.start('api')])
  })

  /** Called before the services start, because they read the rules then. */
  async function keepATenth(): Promise<void> {
    const client = xrayClientOf(workspace.sandbox)
    await createRule(client, { RuleName: 'Tenth', FixedRate: RATE })
    client.destroy()
  }

  afterAll(() => workspace.dispose())

  test('a tenth is in both stores, and its SampleRate adds up to all, in the api and in profiles', {
    timeout: scaled(90_000, 300_000),
  }, async () => {
    const kept: string[] = []
    for (let i = 0; i < REQUESTS; i += AT_ONCE) {
      const answers = Array.from({ length: AT_ONCE }, async () => {
        const response = await fetch(`${workspace.api}/api/activities/home`)
        expect(response.status, await response.text()).toBe(200)
        const [, traceId = '', , flags] = response.headers.get('traceresponse')?.split('-') ?? []
        const isKept = flags === '01'
        expect(response.headers.get('x-amzn-trace-id')).toContain(`Sampled=${isKept ? 1 : 0}`)
        if (isKept) kept.push(traceId)
      })
      await Promise.all(answers)
    }
    // SIGTERM sends what is left in the queues.
    for (const process of services.toReversed()) expect(await process.stop()).toBe(0)

    const share = kept.length / REQUESTS
    expect(Math.abs(share - RATE), `${kept.length} of ${REQUESTS} are kept`).toBeLessThan(MARGIN)
    expect(await storedTraces(workspace)).toEqual({ honeycomb: new Set(kept), xray: new Set(kept) })

    const sums = new Map<string, number>()
    for (const traceId of kept) {
      const { honeycomb, xray } = await workspace.trace(traceId)
      const rates = new Set(honeycomb.spans.map(({ attributes }) => attributes.SampleRate))
      expect(rates.size, 'every span of a trace has the same rate').toBe(1)
      for (const { kind, service, attributes } of honeycomb.spans) {
        if (kind === 'SERVER') sums.set(service, (sums.get(service) ?? 0) + Number(attributes.SampleRate))
      }
      for (const segment of xray.segments) {
        expect(segment).toMatchObject({ metadata: { otel: { SampleRate: [...rates][0] } } })
        expect(segment.annotations ?? {}, JSON.stringify(segment)).not.toHaveProperty('SampleRate')
      }
    }
    expect(sums.get('cruddur-backend')).toBeLessThanOrEqual(REQUESTS)
    expect(sums.get('cruddur-backend')).toBeGreaterThan(REQUESTS - TAIL)
    expect(sums.get('cruddur-backend-profiles')).toBe(sums.get('cruddur-backend'))
  })
})

/** The ids of the traces that each provider has. */
async function storedTraces({ sandbox }: TestWorkspace) {
  const response = await fetch(`${sandbox}/sandbox/traces?limit=1000`)
  const { traces } = (await response.json()) as {
    traces: { traceId: string; spans: number; segments: number }[]
  }
  const having = (lens: 'spans' | 'segments') =>
    new Set(traces.filter((trace) => trace[lens] > 0).map(({ traceId }) => traceId))
  return { honeycomb: having('spans'), xray: having('segments') }
}
