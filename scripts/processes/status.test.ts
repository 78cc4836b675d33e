import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recordingTerminal, TestWorkspace, until } from '../../tests/harness/processes.ts'
import { isAlive } from '../machine/identity.ts'
import { readState } from './state.ts'
import { readStatus } from './status.ts'
import { describeDuration, showStatus } from './status-table.ts'

const TIMEOUT_MS = 60_000

let workspace: TestWorkspace

beforeEach(() => {
  workspace = new TestWorkspace()
})

afterEach(async () => {
  expect(await workspace.dispose()).toEqual([])
}, TIMEOUT_MS)

async function look(environment: Record<string, string> = {}) {
  const { specs } = workspace.options
  const status = await readStatus(workspace.directory, {
    environment: { ...workspace.environment, ...environment },
    specs,
  })
  const said: string[] = []
  showStatus(status, recordingTerminal(said))
  return { status, text: said.join('\n') }
}

// Looks for processes left behind, which Linux alone can.
describe.runIf(process.platform === 'linux')('status', { timeout: TIMEOUT_MS }, () => {
  test('nothing runs', async () => {
    await workspace.add('api')
    const { status, text } = await look()
    expect(status).toMatchObject({
      running: false,
      providers: { honeycomb: 'local', xray: 'local', rollbar: 'local' },
    })
    expect(status.processes).toMatchObject([{ name: 'api', state: 'stopped', pid: null }])
    expect(text).toContain('npm run setup')
  })

  test('what runs: pid, memory, time, and what it says of its telemetry', async () => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    const { status, text } = await look()
    expect(status).toMatchObject({ running: true, mode: 'background', findings: [] })
    const [api] = status.processes
    expect(api).toMatchObject({ name: 'api', state: 'ready', pid: workspace.pidOf('api'), url: spec.url })
    expect(api?.memoryBytes).toBeGreaterThan(10_000_000)
    expect(api?.uptimeSeconds).toBeLessThan(60)
    expect(text).toMatch(/^api +ready +\d+ +http:\/\/127\.0\.0\.1:\d+ +\d+ MB +\d+ s$/m)
    expect(text).toContain('api, logs: a 503 (1 refused)')
    expect(text).toContain('sampler xray: no rules from X-Ray')
  })

  test('a crash, with its last lines and the fix', async () => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    await fetch(`${spec.url}/exit`)
    await until(() => workspace.state.processes.every(({ identity }) => !isAlive(identity)), 'the crash')
    const { status, text } = await look()
    expect(status.processes).toMatchObject([{ state: 'crashed', pid: null, exit: null }])
    expect(status.processes[0]?.lastLines).toContain('a last word')
    expect(status.findings).toMatchObject([{ code: 'PROCESS_ENDED', message: expect.any(String) }])
    expect(text).toMatch(/^api +crashed/m)
    expect(text).toContain('api has crashed (ended; the end of its log may say why). → npm run setup starts')
    expect(text).toContain('a last word')
  })

  test('a crash that npm start has seen: with its exit code', async () => {
    const spec = await workspace.add('api')
    await workspace.add('profiles')
    const run = workspace.run('foreground')
    await until(
      () => run.output.includes('Everything runs'),
      'everything to run',
      () => run.output,
    )
    await fetch(`${spec.url}/exit`)
    await until(async () => (await look()).status.processes[0]?.exit === 'exit code 7', 'the crash')
    const { status, text } = await look()
    expect(status).toMatchObject({ running: true, mode: 'foreground', supervisorPid: run.child.pid })
    expect(text).toContain('api has crashed (exit code 7). → Ctrl-C where npm start runs')
  })

  test('a setup that was killed in the middle', async () => {
    await workspace.add('api')
    await workspace.add('profiles', 2, 'mute')
    const run = workspace.run('ensure')
    await until(
      () => readState(workspace.folders)?.processes.length === 2,
      'both',
      () => run.output,
    )
    run.child.kill('SIGKILL')
    await run.ended
    const { status } = await look()
    expect(status).toMatchObject({
      running: true,
      processes: [{ state: 'ready' }, { state: 'starting' }],
      findings: [{ code: 'START_INTERRUPTED' }],
    })
  })

  test('a start that failed', async () => {
    await workspace.add('api', 1, 'failing')
    await expect(workspace.ensure()).rejects.toThrow()
    const { text } = await look()
    expect(text).toContain('The last start failed: api did not start: it ended with exit code 3.')
    expect(text).toContain('what went wrong')
  })

  test('settings that cannot be are a finding', async () => {
    await workspace.add('api')
    await workspace.ensure()
    const { status, text } = await look({ PORT: 'none' })
    expect(status).toMatchObject({ running: true, providers: null })
    expect(text).toContain('PORT "none" (environment) is not a port number')
  })
})

test('durations', () => {
  expect([42, 200, 7500, 350_000].map(describeDuration)).toEqual(['42 s', '3 min', '2 h 5 min', '4 d 1 h'])
})
