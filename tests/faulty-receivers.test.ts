import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type FaultProxy, startFaultProxy } from './harness/fault-proxy.ts'
import { states, verify } from './harness/verify.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

describe('verify names what is broken, and nothing else', () => {
  let workspace: TestWorkspace
  let proxy: FaultProxy

  beforeAll(async () => {
    proxy = await startFaultProxy(() => workspace.sandbox)
    workspace = await createWorkspace({
      OTEL_EXPORTER_OTLP_ENDPOINT: proxy.url,
      ROLLBAR_API_ENDPOINT: proxy.url,
    })
    const { code, stdout, stderr } = await workspace.command('setup', ['--yes'])
    expect(code, `${stdout}${stderr}${workspace.logs()}`).toBe(0)
  })

  afterAll(async () => {
    await workspace.dispose()
    await proxy.close()
  })

  afterEach(() => {
    proxy.fault = () => undefined
  })

  test('the OTLP door answers 401', async () => {
    proxy.fault = (_method, path) =>
      path.startsWith('/v1/traces') ? { status: 401, body: '{"message":"unknown API key"}' } : undefined
    const { code, verification, stderr } = await verify(workspace)
    expect(code).toBe(1)
    expect(states(verification), JSON.stringify(verification)).toEqual(['missing', 'found', 'found'])
    expect(verification.problems).toHaveLength(1)
    expect(verification.problems[0]?.what).toMatch(/^Honeycomb lacks the trace: Honeycomb answered 401/)
    expect(stderr).toContain('✗ Honeycomb lacks the trace')
  })

  test('Rollbar’s door answers 500', async () => {
    proxy.fault = (method, path) =>
      method === 'POST' && path.startsWith('/api/1/item')
        ? { status: 500, body: '{"err":1,"message":"internal error"}' }
        : undefined
    const { code, verification } = await verify(workspace)
    expect(code).toBe(1)
    expect(states(verification), JSON.stringify(verification)).toEqual(['found', 'found', 'missing'])
    expect(verification.problems).toHaveLength(1)
    expect(verification.problems[0]?.what).toMatch(/^Rollbar lacks the trace: Rollbar: .*internal error/)
  })

  test('all is well again when it is', async () => {
    const { code, verification } = await verify(workspace)
    expect(code, JSON.stringify(verification)).toBe(0)
  })

  test('profiles is down', async () => {
    const { stdout } = await workspace.command('status', ['--json'])
    const { processes } = JSON.parse(stdout) as { processes: { name: string; pid: number }[] }
    process.kill(processes.find(({ name }) => name === 'profiles')?.pid ?? Number.NaN, 'SIGKILL')
    await expect
      .poll(() =>
        fetch(`http://127.0.0.1:${workspace.ports.profiles}/health`).then(
          () => 'up',
          () => 'down',
        ),
      )
      .toBe('down')
    const { code, verification } = await verify(workspace)
    expect(code).toBe(1)
    expect(states(verification), JSON.stringify(verification)).toEqual(['found', 'found', 'found'])
    expect(verification.problems.map(({ what }) => what)).toEqual([
      `The profiles service does not answer at http://127.0.0.1:${workspace.ports.profiles}.`,
    ])
    const status = await workspace.command('status')
    expect(status.stdout).toMatch(/profiles +crashed/)
  })

  test('setup brings it back', async () => {
    const { code, stdout, stderr } = await workspace.command('setup', ['--yes'])
    expect(code, `${stdout}${stderr}`).toBe(0)
    expect(stdout).toContain('profiles')
  })

  test('nothing is up', async () => {
    await workspace.command('stop')
    const { code, verification } = await verify(workspace)
    expect(code).toBe(1)
    expect(verification.problems).toEqual([
      { what: `The api does not answer at ${workspace.api}.`, fix: expect.stringContaining('npm run setup') },
    ])
  })
})
