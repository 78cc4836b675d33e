import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import type { Verification } from '../../scripts/verification/verify.ts'
import { DAEMON_KIND, placeDaemon } from '../harness/daemon.ts'
import { liveProviders, ProviderServer, sts } from '../harness/provider-server.ts'
import { step } from '../harness/step.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'

/**
 * All providers live. Their place is taken by the sandbox of another workspace, which this one knows by its address
 * only, like a provider.
 */
describe(`three live providers (${DAEMON_KIND})`, () => {
  let cloud: TestWorkspace
  let workspace: TestWorkspace
  let identity: ProviderServer

  beforeAll(async () => {
    cloud = await createWorkspace()
    await cloud.startSandboxHere()
    identity = await ProviderServer.start(sts())
    workspace = await createWorkspace(liveProviders(cloud.sandbox, identity.url))
    placeDaemon(join(workspace.folder, 'state'))
  })

  afterAll(async () => {
    await workspace.dispose()
    await cloud.dispose()
    await identity[Symbol.asyncDispose]()
  })

  test('from setup to teardown', { timeout: 240_000 }, async () => {
    await step(
      'with the OTLP pipeline and Transaction Search off, setup stops before it creates anything',
      async () => {
        const { code, stderr } = await workspace.command('setup', ['--yes'], { XRAY_PIPELINE: 'otlp' })
        expect(code).toBe(1)
        expect(stderr).toContain('Transaction Search is off')
        const rules = await (await fetch(`${cloud.sandbox}/GetSamplingRules`, { method: 'POST' })).json()
        expect(rules).toMatchObject({ SamplingRuleRecords: [{}] })
      },
    )

    await step('setup proves each: accepted where it cannot be read back, found where it can', async () => {
      await workspace.command('env', ['--unset', 'XRAY_PIPELINE'])
      const { stdout, stderr } = await workspace.setUp()
      expect(stdout).toContain('AWS account 123456789012, region us-east-1')
      expect(stdout).toMatch(
        /Honeycomb +live +accepted, not read back: the export was answered 2xx, and the dataset cruddur-backend was written to at/,
      )
      expect(stdout).toMatch(/AWS X-Ray +live +found: \d+ segments?/)
      expect(stdout).toMatch(/Rollbar +live +found: DeliberateError/)
      expect(stdout + stderr).not.toMatch(/canary|AKIACANARY/)
    })

    await step('verify --json has a link to each provider’s page', async () => {
      const { code, stdout, stderr } = await workspace.command('verify', ['--json'])
      expect(code, stdout + stderr).toBe(0)
      const { ok, traceId, xrayTraceId, providers }: Verification = JSON.parse(stdout)
      expect(ok).toBe(true)
      expect(providers).toMatchObject({
        honeycomb: { mode: 'live', state: 'accepted' },
        xray: { mode: 'live', state: 'found' },
        rollbar: { mode: 'live', state: 'found' },
      })
      expect(providers.honeycomb.url).toContain(`trace_id=${traceId}`)
      expect(providers.xray.url).toBe(
        `https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1#xray:traces/${xrayTraceId}`,
      )
      expect(providers.rollbar.url).toBe(
        `https://rollbar.com/occurrence/uuid/?uuid=${providers.rollbar.uuid}`,
      )
      const stored = await cloud.trace(traceId)
      expect(stored.honeycomb.spans.length).toBeGreaterThanOrEqual(4)
      expect(stored.xray.segments.length).toBeGreaterThanOrEqual(3)
      expect(stored.rollbar.items).toHaveLength(1)
    })

    await step(
      'the workshop’s checks read X-Ray’s API, and report of Honeycomb only that it accepted the trace',
      async () => {
        const live = await workspace.command('workshop', ['10'])
        expect(live.code, live.stdout + live.stderr).toBe(0)
        expect(live.stdout).toMatch(/Honeycomb has accepted [0-9a-f]{32}, which it does not let be read back/)
        expect(live.stdout).toMatch(/X-Ray has returned [0-9a-f]{32}; Rollbar has returned [0-9a-f]{32}/)
        expect((await workspace.command('workshop', ['4'])).stdout).toContain('No timeline has come yet')
        const home = await workspace.request('/api/activities/home')
        await expect
          .poll(async () => (await workspace.command('workshop', ['2', home.traceId])).stdout, {
            timeout: 20_000,
          })
          .toContain('Honeycomb: accepted; X-Ray: found')
        const [traceId, parent] = [newTraceId(), newSpanId()]
        await fetch(`${workspace.api}/rollbar/test`, {
          headers: { traceparent: `00-${traceId}-${parent}-01` },
        })
        await expect
          .poll(
            async () => (await workspace.command('workshop', ['7', traceId, `missing=${parent}`])).stdout,
            { timeout: 20_000 },
          )
          .toContain('Passed.')
      },
    )

    await step('doctor names the accounts; teardown removes the group and the rules from them', async () => {
      const doctor = await workspace.command('doctor')
      expect(doctor.code, doctor.stdout).toBe(0)
      expect(doctor.stdout).toContain('Honeycomb: team sandbox, environment local')
      expect(doctor.stdout).toContain('AWS: account 123456789012')
      expect(doctor.stdout).toContain('The clock agrees with')
      const teardown = await workspace.command('teardown', ['--yes'])
      expect(teardown.code, teardown.stdout + teardown.stderr).toBe(0)
      expect(teardown.stdout).toContain('group Cruddur, in AWS account 123456789012, us-east-1')
      expect(teardown.stdout).toContain('AWS has neither group nor rule of ours')
      for (const { stdout, stderr } of [doctor, teardown])
        expect(stdout + stderr).not.toMatch(/canary|AKIACANARY/)
    })
  })
})
