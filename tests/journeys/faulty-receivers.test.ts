import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { silentTerminal } from '../../scripts/command-line/terminal.ts'
import { diagnose } from '../../scripts/doctor/doctor.ts'
import { isFree } from '../../scripts/machine/free-ports.ts'
import type { Verification } from '../../scripts/verification/verify.ts'
import { startProxy, type TestProxy } from '../harness/proxy.ts'
import { IS_LONG } from '../harness/scale.ts'
import { eventually } from '../harness/wait-for.ts'
import { createWorkspace, states, type TestWorkspace } from '../harness/workspace.ts'

const PAGE = 'https://sandbox.example'

describe('verify names what is broken, and nothing else', () => {
  let workspace: TestWorkspace
  let proxy: TestProxy

  beforeAll(async () => {
    proxy = await startProxy(() => workspace.sandbox)
    workspace = await createWorkspace({
      OTEL_EXPORTER_OTLP_ENDPOINT: proxy.url,
      ROLLBAR_API_ENDPOINT: proxy.url,
      SANDBOX_PAGE_URL: PAGE,
    })
    const { stdout } = await workspace.setUp()
    expect(stdout).toContain(`See them:                 ${PAGE}\n`)
  })

  afterAll(async () => {
    await workspace.dispose()
    await proxy[Symbol.asyncDispose]()
  })

  afterEach(() => {
    proxy.fault = () => undefined
  })

  test('when the OTLP receiver answers 401, only Honeycomb lacks the trace, and links lead to SANDBOX_PAGE_URL', async () => {
    proxy.fault = (_method, path) =>
      path.startsWith('/v1/traces') ? { status: 401, body: '{"message":"unknown API key"}' } : undefined
    const { code, stdout, stderr } = await workspace.command('verify', ['--json', '--timeout', '3'])
    const verification: Verification = JSON.parse(stdout)
    expect(code).toBe(1)
    expect(states(verification), stdout).toEqual(['missing', 'found', 'found'])
    expect(verification.problems).toHaveLength(1)
    expect(verification.problems[0]?.what).toMatch(/^Honeycomb lacks the trace: Honeycomb answered 401/)
    expect(stderr).toContain('✗ Honeycomb lacks the trace')
    expect(Object.values(verification.providers).map(({ url }) => url)).toEqual(
      ['honeycomb', 'xray', 'rollbar'].map((lens) => `${PAGE}/trace/${verification.traceId}#${lens}`),
    )
  })

  test('a delivery that fails is a problem with its time, and history once it has recovered', async () => {
    const logs = /\bapi, .*Honeycomb logs/
    const findTelemetry = async () => {
      await workspace.request('/api/activities/home')
      const { ok, checks } = await diagnose(silentTerminal(), workspace.env)
      const findings = checks.flatMap((check) => (check.title === 'Telemetry' ? check.findings : []))
      const said = findings.map(({ severity, what }) => `${severity}: ${what}`)
      return { ok, ofLogs: said.find((what) => logs.test(what)) ?? '' }
    }
    await eventually(findTelemetry, ({ ok, ofLogs }) => ok && ofLogs === '')
    proxy.fault = (_method, path) =>
      path.startsWith('/v1/logs') ? { status: 401, body: '{"message":"unknown API key"}' } : undefined
    const during = await eventually(findTelemetry, ({ ofLogs }) => ofLogs.startsWith('problem'))
    expect(during.ok).toBe(false)
    expect(during.ofLogs).toMatch(
      /^problem: (profiles, Honeycomb logs; )?api, Honeycomb logs: delivery fails \(\d+ refused.*\)\. The last error was \d+ s ago, at \S+ UTC: Honeycomb answered 401/,
    )
    proxy.fault = () => undefined
    const after = await eventually(findTelemetry, ({ ok }) => ok)
    expect(after.ofLogs).toMatch(
      /^note: api, not failing now: .*Honeycomb logs \(\d+ refused\).*\. The last error was .* UTC: Honeycomb answered 401/,
    )
    const { stdout } = await workspace.command('status')
    expect(stdout).toMatch(
      /^ {2}api, Honeycomb logs: not failing now \(\d+ refused\)\n +the last error: \d+ s ago, at /m,
    )
    expect(stdout).toMatch(/^ {2}X-Ray: the sandbox has the last \d+ traces that api sent by UDP$/m)
    const tooLong = stdout
      .split('\n')
      .filter((line) => line.length > 80 && !/ the last error: |^✗|^!| → /.test(line))
    expect(tooLong).toEqual([])
  })

  test('when Rollbar answers 500, only Rollbar lacks the trace; afterwards it is found again', async () => {
    proxy.fault = (method, path) =>
      method === 'POST' && path.startsWith('/api/1/item')
        ? { status: 500, body: '{"err":1,"message":"internal error"}' }
        : undefined
    const verification = await workspace.verify()
    expect(verification.ok).toBe(false)
    expect(states(verification), JSON.stringify(verification)).toEqual(['found', 'found', 'missing'])
    expect(verification.problems).toHaveLength(1)
    expect(verification.problems[0]?.what).toMatch(
      /^Rollbar lacks the trace: Rollbar answered 500: internal error/,
    )

    proxy.fault = () => undefined
    expect(await workspace.verify()).toMatchObject({ ok: true, problems: [] })
  })

  // In the short run faults/rollbar.test.ts has this answer.
  test.runIf(IS_LONG)('when Rollbar answers `null`, it is asked once, and the api continues', async () => {
    let posts = 0
    proxy.fault = (method, path) => {
      if (method !== 'POST' || !path.startsWith('/api/1/item')) return undefined
      posts++
      return { status: 200, body: 'null' }
    }
    const verification = await workspace.verify()
    expect(states(verification), JSON.stringify(verification)).toEqual(['found', 'found', 'missing'])
    expect(verification.problems[0]?.what).toContain('a 2xx that is not Rollbar’s: null')
    expect(posts).toBe(1)
    expect((await fetch(`${workspace.api}/health`)).status).toBe(200)
  })

  test('when profiles is down, verify and status say so; setup starts it again, and names what was lost', async () => {
    proxy.fault = (_method, path) => (path.startsWith('/v1/logs') ? { status: 401, body: '{}' } : undefined)
    process.kill(workspace.pidOf('profiles'), 'SIGKILL')
    await expect.poll(() => isFree(workspace.ports.profiles), { timeout: 20_000 }).toBe(true)
    const verification = await workspace.verify()
    expect(verification.ok).toBe(false)
    expect(states(verification), JSON.stringify(verification)).toEqual(['found', 'found', 'found'])
    expect(verification.problems.map(({ what }) => what)).toEqual([
      `The profiles service does not answer at ${workspace.profiles}.`,
    ])
    const status = await workspace.command('status')
    expect(status.stdout).toMatch(/profiles +crashed/)
    const setup = await workspace.setUp()
    expect(setup.stdout).toContain('profiles')
    expect(setup.stdout).toMatch(
      /^! Lost since the processes started: .*\d+ Honeycomb logs.* \(npm run status\)$/m,
    )
  })

  test('when nothing runs, the one problem is that the api does not answer', async () => {
    await workspace.command('stop')
    const verification = await workspace.verify()
    expect(verification.ok).toBe(false)
    expect(verification.problems).toEqual([
      {
        code: 'API_DOWN',
        what: `The api does not answer at ${workspace.api}.`,
        fix: expect.stringContaining('npm run setup'),
      },
    ])
  })
})
