import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { CreateSamplingRuleCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTraceId } from '../trace/id.ts'
import { type RunningProcess, startProcess } from './support/process.ts'
import { scaled } from './support/scale.ts'
import type { StoredSegment } from './support/stored-trace.ts'
import { createWorkspace, type TestWorkspace } from './support/workspace.ts'
import { xrayClientOf } from './support/xray-client.ts'

const REQUESTS = scaled(600, 5_000)
const AT_ONCE = 20
const RATE = 0.1
/** Of the share that is kept: two in a hundred of many requests; of fewer, four standard deviations. */
const MARGIN = Math.max(0.02, 4 * Math.sqrt((RATE * (1 - RATE)) / REQUESTS))
/** What was dropped since the last kept root is not yet counted: some 1/RATE, and one run in 20,000 has a hundred. */
const TAIL = 100

describe(`${REQUESTS} requests, with a rule that keeps a tenth and no reservoir`, () => {
  let workspace: TestWorkspace
  const running: RunningProcess[] = []

  beforeAll(async () => {
    workspace = await createWorkspace()
    const start = async (file: string, port: number) =>
      running.push(await startProcess([file], workspace.env, `http://127.0.0.1:${port}/health`))
    await start('sandbox/server.ts', workspace.ports.sandbox)
    await createRule()
    await start('backend/profiles/server.ts', workspace.ports.profiles)
    await start('backend/api/server.ts', workspace.ports.api)
  })

  /** Before the services start, which read the rules as they do. */
  async function createRule(): Promise<void> {
    const client = xrayClientOf(workspace)
    const any = {
      ServiceName: '*',
      ServiceType: '*',
      Host: '*',
      HTTPMethod: '*',
      URLPath: '*',
      ResourceARN: '*',
    }
    const SamplingRule = {
      ...any,
      RuleName: 'Tenth',
      Priority: 1,
      FixedRate: RATE,
      ReservoirSize: 0,
      Version: 1,
    }
    await client.send(new CreateSamplingRuleCommand({ SamplingRule }))
    client.destroy()
  }

  afterAll(async () => {
    for (const process of running.reverse()) await process.stop()
    await workspace.dispose()
  })

  test('a tenth is in both stores, and its SampleRate adds up to all, in the api and in profiles', async () => {
    const kept: string[] = []
    for (let i = 0; i < REQUESTS; i += AT_ONCE) {
      const answers = Array.from({ length: AT_ONCE }, async () => {
        const response = await fetch(`${workspace.api}/api/activities/home`)
        await response.text()
        const [, traceId = '', , flags] = response.headers.get('traceresponse')?.split('-') ?? []
        const isKept = flags === '01'
        expect(response.headers.get('x-amzn-trace-id')).toContain(`Sampled=${isKept ? 1 : 0}`)
        if (isKept) kept.push(traceId)
      })
      await Promise.all(answers)
    }
    // An end sends all that is left.
    for (const process of running.splice(1).reverse()) expect(await process.stop()).toBe(0)

    const share = kept.length / REQUESTS
    expect(Math.abs(share - RATE), `${kept.length} of ${REQUESTS} are kept`).toBeLessThan(MARGIN)
    expect(storedTraces(workspace)).toEqual({ honeycomb: new Set(kept), xray: new Set(kept) })

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
    expect(sums.get('cruddur-backend')).toBeLessThanOrEqual(REQUESTS)
    expect(sums.get('cruddur-backend')).toBeGreaterThan(REQUESTS - TAIL)
    expect(sums.get('cruddur-backend-profiles')).toBe(sums.get('cruddur-backend'))
  })
})

/** The traces that each store has, in OpenTelemetry's notation. */
function storedTraces({ folder }: TestWorkspace): { honeycomb: Set<string>; xray: Set<string> } {
  const database = new DatabaseSync(join(folder, 'state', 'data', 'sandbox.sqlite'), { readOnly: true })
  const traces = (table: 'spans' | 'segments') =>
    new Set(
      database
        .prepare(`SELECT DISTINCT trace_id AS id FROM ${table}`)
        .all()
        .map(({ id }) => parseTraceId(String(id)) ?? String(id)),
    )
  try {
    return { honeycomb: traces('spans'), xray: traces('segments') }
  } finally {
    database.close()
  }
}
