import { setTimeout as delay } from 'node:timers/promises'
import {
  GetGroupCommand,
  GetSamplingStatisticSummariesCommand,
  GetTraceSummariesCommand,
  type XRayClient,
} from '@aws-sdk/client-xray'
import { describe, test } from 'vitest'
import { parseTraceId } from '../contracts/trace-id.ts'
import { xrayClientOf } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

/** The sampler reads the rules every 10 to 15 s and reports what it counted every 10 s. */
const REPORTED_MS = 45_000

/**
 * The bootcamp used four names, so that its rule counted nothing and its group found nothing. For each way of naming
 * the service, the rule must count requests that have no caller's decision, and the group's filter must find them.
 */
describe.concurrent('one name', () => {
  test.for<[string, Record<string, string>, string]>([
    ...scaled<[string, Record<string, string>, string][]>(
      [],
      [
        ['the default', {}, 'cruddur-backend'],
        ['HONEYCOMB_SERVICE_NAME=Cruddur', { HONEYCOMB_SERVICE_NAME: 'Cruddur' }, 'Cruddur'],
      ],
    ),
    [
      'AWS_XRAY_URL set, as in the bootcamp',
      { AWS_XRAY_URL: '*localhost*', HONEYCOMB_SERVICE_NAME: 'Cruddur' },
      'Cruddur',
    ],
  ])(
    '%s: the rules count the requests, and the group finds the failing one',
    { timeout: 90_000 },
    async ([_name, env, service], { expect }) => {
      const workspace = await createWorkspace(env)
      try {
        await workspace.startSandboxHere()
        await workspace.createRules()
        await workspace.startServices()
        const xray = xrayClientOf(workspace.sandbox)
        const api = `http://localhost:${workspace.ports.api}`

        await expect
          .poll(
            async () => {
              await Promise.all([fetch(`${api}/api/activities/home`), fetch(`${api}/rollbar/test`)])
              return countsOf(xray)
            },
            { timeout: REPORTED_MS, interval: 1_000, message: 'requests counted by each rule' },
          )
          .toSatisfy(({ Cruddur = 0, CruddurRollbar = 0 }) => Cruddur > 0 && CruddurRollbar > 0)

        const failing = await fetch(`${api}/rollbar/test`)
        const { trace_id: traceId, sampled } = (await failing.json()) as {
          trace_id: string
          sampled: boolean
        }
        expect(sampled).toBe(true)
        const { Group } = await xray.send(new GetGroupCommand({ GroupName: 'Cruddur' }))
        await expect
          .poll(() => found(xray, Group?.FilterExpression ?? ''), {
            timeout: 5_000,
            message: `found by ${Group?.FilterExpression}`,
          })
          .toContain(traceId)

        const { xray: stored } = await workspace.trace(traceId)
        const names = stored.segments.map(({ name }) => name)
        expect(names).toContain(env.AWS_XRAY_URL ? `localhost:${workspace.ports.api}` : service)
        xray.destroy()
      } finally {
        await workspace.dispose()
      }
    },
  )
})

/** The bootcamp's rule keeps five requests a second, and 10 % of the rest. */
describe.concurrent('the reservoir', () => {
  test('keeps the first requests after a start and after a restart, and a steady five a second', {
    timeout: 90_000,
  }, async ({ expect }) => {
    const workspace = await createWorkspace()
    try {
      await workspace.startSandboxHere()
      await workspace.createRules()
      for (const start of ['the first', 'the second']) {
        const api = await workspace.start('api')
        expect(await keptOf(workspace, 4), `${start} start`).toEqual([true, true, true, true])
        await api.stop()
      }
      await workspace.start('api')
      const seconds = scaled(2, 20)
      const kept: boolean[] = []
      for (let second = 0; second < seconds; second++) {
        for (let i = 0; i < 5; i++) {
          kept.push(...(await keptOf(workspace, 1)))
          await delay(200)
        }
      }
      expect(kept.filter((isKept) => !isKept)).toEqual([])
    } finally {
      await workspace.dispose()
    }
  })
})

/** Sends requests, and returns for each whether its trace is kept. */
function keptOf({ api }: TestWorkspace, count: number): Promise<boolean[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const response = await fetch(`${api}/api/activities/notifications`)
      await response.text()
      return response.headers.get('traceresponse')?.endsWith('-01') ?? false
    }),
  )
}

async function countsOf(xray: XRayClient): Promise<Record<string, number>> {
  const { SamplingStatisticSummaries = [] } = await xray.send(new GetSamplingStatisticSummariesCommand({}))
  const counts: Record<string, number> = {}
  for (const { RuleName = '', RequestCount = 0 } of SamplingStatisticSummaries) {
    counts[RuleName] = (counts[RuleName] ?? 0) + RequestCount
  }
  return counts
}

async function found(xray: XRayClient, filter: string): Promise<(string | undefined)[]> {
  const now = Date.now()
  const { TraceSummaries = [] } = await xray.send(
    new GetTraceSummariesCommand({
      StartTime: new Date(now - 120_000),
      EndTime: new Date(now + 1_000),
      FilterExpression: filter,
    }),
  )
  return TraceSummaries.map(({ Id }) => parseTraceId(Id ?? ''))
}
