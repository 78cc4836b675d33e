import { UpdateIndexingRuleCommand, UpdateTraceSegmentDestinationCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../contracts/trace-id.ts'
import { readTelemetryHealth } from '../scripts/providers/own-processes.ts'
import { expectTrace, HOME_TIMELINE } from './harness/expect-trace.ts'
import { xrayClientOf } from './harness/sandbox.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

describe('XRAY_PIPELINE=otlp', () => {
  let workspace: TestWorkspace

  beforeAll(async () => {
    workspace = await createWorkspace({ XRAY_PIPELINE: 'otlp' })
    await workspace.startSandboxHere()
    await workspace.createRules()
    await workspace.startServices()
  })

  afterAll(() => workspace.dispose())

  test('the home timeline is the same tree in Honeycomb and in X-Ray', async () => {
    const traceId = newTraceId()
    const headers = {
      traceparent: `00-${traceId}-${newSpanId()}-01`,
      cookie: 'cruddur_session=nkechi',
      'x-client-version': '2.4.0',
    }
    expect((await fetch(`${workspace.api}/api/activities/home`, { headers })).status).toBe(200)
    const { xray } = await expectTrace(workspace, traceId, HOME_TIMELINE)
    expect(xray.segments.find(({ name }) => name === 'cruddur-backend')).toMatchObject({
      annotations: {
        user_id: 'nkechi',
        app_user_plan: 'team',
        app_user_region: expect.any(String),
        app_client_version: '2.4.0',
        app_feature_ranked_feed: expect.any(Boolean),
      },
    })
  })

  test('the failing request is a fault, with its exception and the occurrence’s uuid', async () => {
    const verification = await workspace.verify()
    expect(verification.ok, JSON.stringify(verification)).toBe(true)
    const { traceId, providers } = verification
    const { xray } = await workspace.trace(traceId)
    const named = (name: string) => xray.segments.find((segment) => segment.name === name)
    expect(named('cruddur-backend')).toMatchObject({
      fault: true,
      annotations: { rollbar_uuid: providers.rollbar.uuid },
      cause: { exceptions: [{ type: 'DeliberateError', stack: expect.arrayContaining([]) }] },
    })
    expect(named('cruddur-backend-profiles')).toBeDefined()
  })

  test('with Transaction Search on, and nothing indexed, verify retrieves the traces', async () => {
    const client = xrayClientOf(workspace.sandbox)
    await client.send(new UpdateTraceSegmentDestinationCommand({ Destination: 'CloudWatchLogs' }))
    const Rule = { Probabilistic: { DesiredSamplingPercentage: 0 } }
    await client.send(new UpdateIndexingRuleCommand({ Name: 'Default', Rule }))
    const verification = await workspace.verify()
    Rule.Probabilistic.DesiredSamplingPercentage = 100
    await client.send(new UpdateIndexingRuleCommand({ Name: 'Default', Rule }))
    client.destroy()
    expect(verification).toMatchObject({ ok: true, providers: { xray: { state: 'found', segments: 3 } } })
  })

  test('/health/telemetry counts what was accepted', async () => {
    await workspace.verify()
    const xray = (await readTelemetryHealth(workspace.api))?.providers.xray
    if (!xray?.enabled) throw new Error('X-Ray is off')
    expect(xray.refused).toBe(0)
    expect(xray.accepted).toBeGreaterThan(0)
    expect(xray.recentTraceIds.length).toBeGreaterThan(0)
  })
})
