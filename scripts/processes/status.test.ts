import { expect } from 'vitest'
import {
  describeProcesses,
  type FixtureWorkspace,
  recordingTerminal,
  test,
} from '../../tests/harness/processes.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { ensureRunning } from './ensure-running.ts'
import { requireOwn } from './neighbour.ts'
import { readState, writeState } from './state.ts'
import { readStatus, withSentSegments } from './status.ts'
import { showStatus } from './status-table.ts'
import { findSuspended } from './suspended.ts'

async function look(workspace: FixtureWorkspace, environment: Record<string, string> = {}) {
  const { specs } = workspace.options
  const read = await readStatus(workspace.directory, {
    environment: { ...workspace.environment, ...environment },
    specs,
  })
  const status = await withSentSegments(read)
  const printed: string[] = []
  showStatus(status, recordingTerminal(printed))
  return { status, text: printed.join('\n') }
}

describeProcesses('status', () => {
  test('where nothing runs, every process is stopped, and setup is named', async ({ workspace }) => {
    await workspace.add('api')
    const { status, text } = await look(workspace)
    expect(status).toMatchObject({
      running: false,
      providers: { honeycomb: 'local', xray: 'local', rollbar: 'local' },
    })
    expect(status.processes).toMatchObject([{ name: 'api', state: 'stopped', pid: null }])
    expect(text).toContain('npm run setup')
  })

  test('of a sandbox that runs alone, nothing is missing, and every provider is local', async ({
    workspace,
  }) => {
    const sandbox = await workspace.add('sandbox', 1)
    const options = { ...workspace.options, scope: 'sandbox' as const }
    await ensureRunning(workspace.settings, workspace.terminal, options)
    const { status, text } = await look(workspace, { HONEYCOMB_API_KEY: 'hcaik_a-key' })
    expect(status).toMatchObject({
      scope: 'sandbox',
      providers: { honeycomb: 'local', xray: 'local', rollbar: 'local' },
      findings: [],
    })
    expect(status.processes.map(({ name }) => name)).toEqual(['sandbox'])
    expect(text).toContain('The sandbox runs alone, in the background; npm run setup adds the backend')
    await workspace.crash(sandbox)
    const crashed = await look(workspace)
    expect(crashed.status.findings).toMatchObject([
      { code: 'PROCESS_ENDED', fix: 'npm run sandbox starts what has to start again' },
    ])
  })

  test('a running process is shown with memory, uptime and failed telemetry', async ({ workspace }) => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    const { status, text } = await look(workspace)
    expect(status).toMatchObject({ running: true, mode: 'background', findings: [] })
    const [api] = status.processes
    expect(api).toMatchObject({ name: 'api', state: 'ready', pid: workspace.pidOf('api'), url: spec.url })
    expect(api?.memoryBytes).toBeGreaterThan(10_000_000)
    expect(api?.uptimeSeconds).toBeLessThan(60)
    expect(text).toMatch(/^api +ready +\d+ +http:\/\/127\.0\.0\.1:\d+ +\d+ MB +\d+ s$/m)
    expect(text).toMatch(/^api +Honeycomb logs +3 +0 +1 +0 +0$/m)
    expect(text).toMatch(
      /✗ api, Honeycomb logs: delivery fails \(1 refused\)\n +\d s ago, at \S+ UTC: a 503$/m,
    )
    expect(text).toMatch(/^ +Honeycomb metrics +9 +0 +2 +0 +0$/m)
    expect(text).toMatch(
      /^ {2}api, Honeycomb metrics: not failing now \(2 refused\)\n +the last error: .+: a 401$/m,
    )
    expect(text).toMatch(/^telemetry .+ dropped +pending$/m)
    expect(text).toContain('npm run status -- --help explains the columns.')
    expect(text).toMatch(/^Sampler of api: xray$/m)
    expect(text).toContain('! api, sampler xray: no rules from X-Ray')
    expect(Math.max(...text.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80)
  })

  test('a process of another version, which counts differently, is shown as unknown', async ({
    workspace,
  }) => {
    await workspace.add('api', 1, 'normal', { FIXTURE_TELEMETRY: 'older' })
    await workspace.ensure()
    const { status, text } = await look(workspace)
    expect(status.processes).toMatchObject([{ state: 'ready', telemetry: null }])
    expect(text).toContain('! api: what became of its telemetry is unknown.')
  })

  test('suspended processes are shown as such that do not answer, with or without an address for browsers', async ({
    workspace,
  }) => {
    const names = ['sandbox', 'database', 'daemon']
    for (const name of names) {
      const spec = await workspace.add(name)
      if (name !== 'sandbox') delete spec.url
    }
    await workspace.ensure()
    expect((await look(workspace)).status.processes.map(({ state }) => state)).toEqual(
      names.map(() => 'ready'),
    )
    for (const name of names) await workspace.suspend(name)
    try {
      const { status, text } = await look(workspace)
      for (const [index, name] of names.entries()) {
        expect(status.processes[index]).toMatchObject({
          name,
          state: 'no answer',
          pid: workspace.pidOf(name),
        })
        expect(text).toMatch(new RegExp(`^${name} +no answer +\\d+`, 'm'))
        expect(text).not.toContain(`${name} does not answer`)
      }
      expect(text).toMatch(/^✗ Suspended: sandbox, database, daemon\. → npm run setup starts them again$/m)
      const told = {
        code: 'PROCESS_SUSPENDED',
        what: 'Suspended: sandbox.',
        fix: 'npm run setup starts it again',
      }
      const settings = { WORKSPACE_STATE_DIR: workspace.folders.state }
      expect(findSuspended(settings, ['sandbox'])).toEqual(told)
      await expect(requireOwn('sandbox', 'http://127.0.0.1:1', settings)).rejects.toMatchObject({
        diagnosis: told,
      })
    } finally {
      for (const name of names) process.kill(workspace.pidOf(name), 'SIGCONT')
    }
  })

  test('a database is asked at its port: one that does not listen any more does not answer', async ({
    workspace,
  }) => {
    const spec = await workspace.add('database')
    delete spec.url
    await workspace.ensure()
    const { state } = workspace
    const ports = spec.ports.map((port) => ({ ...port, port: 1 }))
    writeState(workspace.folders, {
      ...state,
      processes: state.processes.map((one) => ({ ...one, ports })),
    })
    expect((await look(workspace)).status.processes).toMatchObject([{ name: 'database', state: 'no answer' }])
  })

  test('one error of several processes is shown once', async ({ workspace }) => {
    await workspace.add('profiles')
    await workspace.add('api')
    await workspace.ensure()
    const { text } = await look(workspace)
    expect(text).toMatch(
      /^✗ profiles, Honeycomb logs; api, Honeycomb logs: delivery fails \(2 refused\)\n +\d s ago, at \S+ UTC: a 503$/m,
    )
    expect(text.match(/delivery fails/g)).toHaveLength(1)
    expect(text).toMatch(/^Sampler of profiles and api: xray$/m)
  })

  test('segments that were sent by UDP are compared with what the sandbox has', async ({ workspace }) => {
    const { status } = await look(workspace)
    const sent = { process: 'api', traces: 40, missing: [], isCounted: false, isLosing: false }
    const missing = ['a'.repeat(32), 'b'.repeat(32)]
    const segments = [
      sent,
      { ...sent, process: 'profiles', missing },
      { ...sent, missing, isLosing: true },
      { ...sent, missing, isCounted: true, isLosing: true },
    ]
    const printed: string[] = []
    showStatus({ ...status, segments }, recordingTerminal(printed))
    const latest = `    the latest: ${'b'.repeat(32)};`
    expect(printed.slice(-7)).toEqual([
      '  X-Ray: the sandbox has the last 40 traces that api sent by UDP',
      '! X-Ray: the sandbox lacks 2 of the last 40 traces that profiles sent by UDP',
      `${latest} npm run doctor names the fix`,
      '✗ X-Ray: the sandbox lacks 2 of the last 40 traces that api sent by UDP',
      `${latest} npm run doctor names the fix`,
      '  X-Ray: the sandbox lacks 2 of the last 40 traces that api sent by UDP',
      `${latest} counted as refused or dropped`,
    ])
  })

  test('a crash is shown with its last lines and the fix', async ({ workspace }) => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    await workspace.crash(spec)
    const { status, text } = await look(workspace)
    expect(status.processes).toMatchObject([{ state: 'crashed', pid: null, exit: null }])
    expect(status.processes[0]?.lastLines).toContain('a last word')
    expect(status.findings).toMatchObject([{ code: 'PROCESS_ENDED', message: expect.any(String) }])
    expect(text).toMatch(/^api +crashed/m)
    expect(text).toContain(
      'api has crashed (its log has no error: perhaps killed by a signal (kill, kill -9) or for want of memory). → npm run setup starts',
    )
    expect(text).toContain('The last lines of api:')
    expect(text).toContain('a last word')
  })

  test('a crash under npm start is shown with its exit code', async ({ workspace }) => {
    const spec = await workspace.add('api')
    await workspace.add('profiles')
    const run = await workspace.runForeground()
    await workspace.crash(spec)
    const { status, text } = await eventually(
      () => look(workspace),
      (seen) => seen.status.processes[0]?.exit === 'exit code 7',
    )
    expect(status).toMatchObject({ running: true, mode: 'foreground', supervisorPid: run.child.pid })
    expect(text).toContain('api has crashed (exit code 7). → Ctrl-C where npm start runs')
  })

  test('a setup that was killed in the middle is reported', async ({ workspace }) => {
    await workspace.add('api')
    await workspace.add('profiles', 2, 'mute')
    const run = workspace.run('ensure')
    await eventually(
      () => readState(workspace.folders),
      (state) => state?.processes.length === 2,
    )
    await run.kill()
    const { status } = await look(workspace)
    expect(status).toMatchObject({
      running: true,
      processes: [{ state: 'ready' }, { state: 'starting' }],
      findings: [{ code: 'START_INTERRUPTED' }],
    })
  })

  test('a start that failed is reported with its reason and the last lines', async ({ workspace }) => {
    await workspace.add('api', 1, 'failing')
    await expect(workspace.ensure()).rejects.toThrow()
    const { text } = await look(workspace)
    expect(text).toContain('The last start failed: api did not start: it ended with exit code 3.')
    expect(text).toContain('what went wrong')
  })

  test('invalid settings are a finding', async ({ workspace }) => {
    const before = await readStatus(workspace.directory, { environment: { PORT: 'none' } })
    const printed: string[] = []
    showStatus({ ...before, segments: null }, recordingTerminal(printed))
    expect(printed).toEqual([expect.stringMatching(/^✗ PORT "none"/)])
    await workspace.add('api')
    await workspace.ensure()
    const { status, text } = await look(workspace, { PORT: 'none' })
    expect(status).toMatchObject({ running: true, providers: null })
    expect(text).toContain('PORT "none" (environment) is not a port number')
  })
})
