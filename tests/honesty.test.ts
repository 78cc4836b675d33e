import { createSocket, type Socket } from 'node:dgram'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type FaultProxy, startFaultProxy } from './support/fault-proxy.ts'
import { type RunningProcess, startProcess } from './support/process.ts'
import { scaled } from './support/scale.ts'
import type { Verification } from './support/stored-trace.ts'
import { createWorkspace, type TestWorkspace } from './support/workspace.ts'

const states = ({ providers }: Verification) => [
  providers.honeycomb.state,
  providers.xray.state,
  providers.rollbar.state,
]

async function verify(workspace: TestWorkspace, env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await workspace.command('verify', ['--json', '--timeout', '3'], env)
  return { code, stderr, verification: JSON.parse(stdout) as Verification }
}

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

describe('UDP 2000 belongs to a stranger', () => {
  let workspace: TestWorkspace
  let stranger: Socket
  const heard: string[] = []
  const running: RunningProcess[] = []

  beforeAll(async () => {
    workspace = await createWorkspace()
    stranger = createSocket('udp4')
    stranger.on('message', (message) => heard.push(message.toString()))
    await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.1', resolve))
  })

  afterAll(async () => {
    for (const one of running) await one.stop()
    stranger.close()
    await workspace.dispose()
  })

  test('setup refuses to start, and says whose port it is and how to move ours', async () => {
    const { port } = stranger.address()
    const env = { AWS_XRAY_DAEMON_ADDRESS: `udp:127.0.0.1:${port} tcp:127.0.0.1:${workspace.ports.daemon}` }
    const { code, stderr } = await workspace.command('setup', ['--yes'], env)
    expect(code).toBe(1)
    expect(stderr).toContain(`Port ${port} (UDP) is taken by`)
    expect(stderr).toContain(`pid ${process.pid}`)
    expect(stderr).toContain('AWS_XRAY_DAEMON_ADDRESS')
  })

  test('verify finds only X-Ray missing, and the stranger has the segments', async () => {
    const env = {
      ...workspace.env,
      AWS_XRAY_DAEMON_ADDRESS: `udp:127.0.0.1:${stranger.address().port} tcp:127.0.0.1:${workspace.ports.daemon}`,
    }
    running.push(await startProcess(['sandbox/server.ts'], workspace.env, `${workspace.sandbox}/health`))
    running.push(
      await startProcess(
        ['backend/profiles/server.ts'],
        env,
        `http://127.0.0.1:${workspace.ports.profiles}/health`,
      ),
    )
    running.push(await startProcess(['backend/api/server.ts'], env, `${workspace.api}/health`))
    const { code, verification } = await verify(workspace, env)
    expect(code).toBe(1)
    expect(states(verification), JSON.stringify(verification)).toEqual(['found', 'missing', 'found'])
    expect(verification.problems).toHaveLength(1)
    expect(verification.problems[0]?.what).toContain('another program listens there')
    const names = heard.map((text) => JSON.parse(text.split('\n')[1] ?? '{}').name)
    expect(names).toContain('cruddur-backend')
    expect(names).toContain('cruddur-backend-profiles')
  })
})

describe('a provider that is off', () => {
  test.each([
    ['X-Ray', { XRAY_ENABLED: 'false' }, ['found', 'off', 'found']],
    ['Honeycomb', { HONEYCOMB_ENABLED: 'false' }, ['off', 'found', 'found']],
    ...scaled([], [['Rollbar', { ROLLBAR_ENABLED: 'false' }, ['found', 'found', 'off']] as const]),
  ] as const)('%s: has nothing, while the others have all', async (_name, env, expected) => {
    const workspace = await createWorkspace(env)
    try {
      const { code, stdout, stderr } = await workspace.command('setup', ['--yes'])
      expect(code, `${stdout}${stderr}${workspace.logs()}`).toBe(0)
      const { verification } = await verify(workspace)
      expect(states(verification)).toEqual(expected)
      const stored = await workspace.trace(verification.traceId)
      const amounts = [
        stored.honeycomb.spans.length,
        stored.xray.segments.length,
        stored.rollbar.items.length,
      ]
      expect(amounts.map((amount) => (amount > 0 ? 'found' : 'off'))).toEqual(expected)
    } finally {
      await workspace.dispose()
    }
  })
})
