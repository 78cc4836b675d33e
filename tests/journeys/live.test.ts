import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import type { Verification } from '../../scripts/verification/verify.ts'
import { DAEMON_KIND, placeDaemon } from '../harness/daemon.ts'
import { readDocument } from '../harness/documents.ts'
import { missingLines } from '../harness/expected-output.ts'
import { honeycomb, liveProviders, ProviderServer, sts } from '../harness/provider-server.ts'
import { IS_LONG } from '../harness/scale.ts'
import { step } from '../harness/step.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'

/** The commands of docs/live-check.md whose output it shows: `npm run setup -- --yes`, after variables for it alone. */
const { blocks } = readDocument('docs/live-check.md')
const documented = blocks.flatMap(({ language, text }, index) => {
  const [, variables = '', name = '', args = ''] = /^(.*?)\s*npm run (\S+)(?: -- (.*))?$/.exec(text) ?? []
  const next = blocks[index + 1]
  const expected = next?.language === 'text' ? next.text : undefined
  return language === 'sh' && name && expected
    ? { text, variables, name, args: args.split(' '), expected }
    : []
})

/**
 * All providers live. Their place is taken by the sandbox of another workspace, which this one knows by its address
 * only, like a provider. Follows docs/live-check.md.
 */
describe(`three live providers (${DAEMON_KIND})`, () => {
  let cloud: TestWorkspace
  let workspace: TestWorkspace
  let identity: ProviderServer
  const rest = documented.values()

  /** Runs the next documented command, which must be this one, and compares its output. `more`: arguments of the test. */
  const follow = async (text: string, { code = 0, env = {}, more = [] as string[] } = {}) => {
    const { value: next } = rest.next()
    expect(next?.text).toBe(text)
    if (!next) return ''
    const variables = Object.fromEntries(
      next.variables
        .split(' ')
        .filter(Boolean)
        .map((pair) => pair.split('=')),
    )
    const finished = await workspace.command(next.name, [...next.args.filter(Boolean), ...more], {
      ...env,
      ...variables,
    })
    const output = finished.stdout + finished.stderr
    expect(finished.code, output).toBe(code)
    expect(missingLines(next.expected, output), `${text}\n${output}`).toEqual([])
    expect(output).not.toMatch(/canary|AKIACANARY/)
    return output
  }
  /** Of what other tests run too, the document's output is compared in the long run only. */
  const followIfLong = async (...[text, options]: Parameters<typeof follow>) =>
    IS_LONG ? follow(text, options) : expect(rest.next().value?.text).toBe(text)

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

  test('docs/live-check.md, from the first question to teardown', { timeout: 240_000 }, async () => {
    await step('doctor and a dry run show whose keys they are, and what would be created', async () => {
      await follow('npm run doctor', { code: 1 })
      await follow('npm run aws -- --dry-run')
    })

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
      await follow('npm run setup -- --yes')
      await followIfLong('npm run setup -- --yes')
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
        if (!IS_LONG) return
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

    await step('load is sampled, and counted', async () => {
      // Of the document's minute, three seconds are enough.
      await followIfLong('npm run load -- --rate 20 --duration 60 --errors 2 --seed 42', {
        more: ['--duration', '3'],
      })
      await follow('npm run status')
    })

    await step('doctor has counted all, and names a wrong key', async () => {
      await follow('npm run doctor')
      await using wrong = await ProviderServer.start(honeycomb({}))
      await follow('HONEYCOMB_API_KEY=wrong0000000000000000 npm run doctor', {
        code: 1,
        env: { HONEYCOMB_API_ENDPOINT: wrong.url },
      })
    })

    await step('the workshop accepts the proof; teardown removes the group and the rules', async () => {
      // The latest traces are those of the load, perhaps without an error.
      if (IS_LONG) await workspace.command('verify')
      await follow('npm run workshop -- 10')
      await follow('npm run teardown -- --yes')
      expect(rest.next().done).toBe(true)
    })
  })
})
