import { once } from 'node:events'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import {
  CANARY,
  describeProcesses,
  type FixtureWorkspace,
  inTerminal,
  type TestSpec,
  test,
} from '../../tests/harness/processes.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { isAlive } from '../machine/identity.ts'
import { ensureRunning } from './ensure-running.ts'
import { readState, writeState } from './state.ts'
import { readStatus } from './status.ts'

describeProcesses('in the background', () => {
  test('the processes of a stage are ready before the next stage starts', async ({ workspace }) => {
    await workspace.add('sandbox', 1)
    await workspace.add('profiles', 2)
    await workspace.add('api', 2)

    const running = await workspace.ensure()

    expect(running).toMatchObject({ outcome: 'started', mode: 'background' })
    expect(running.processes.map(({ name }) => name)).toEqual(['sandbox', 'profiles', 'api'])
    expect(workspace.events()[0]).toBe('sandbox listens')
    expect(workspace.state.processes.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready'])
    for (const { url, identity } of running.processes) {
      const answer = await fetch(`${url}/health`)
      expect(await answer.json()).toEqual({ pid: identity.pid })
    }
  })

  test('a suspended process is ended in order, not killed, and starts again', async ({ workspace }) => {
    await workspace.addTwo()
    await workspace.ensure()
    const pid = workspace.pidOf('sandbox')
    await workspace.suspend('sandbox')
    expect(await workspace.ensure()).toMatchObject({ outcome: 'restarted' })
    expect(workspace.text).toContain('Starting again: sandbox (it was suspended)')
    expect(workspace.pidOf('sandbox')).not.toBe(pid)
    // One that was killed would not have noted it.
    expect(workspace.events()).toContain('sandbox ends')
  })

  test('a second start starts nothing', async ({ workspace }) => {
    await workspace.add('api')
    const first = await workspace.ensure()
    const second = await workspace.ensure()
    expect(second).toEqual({ ...first, outcome: 'found' })
    expect(workspace.living()).toEqual(['api'])
  })

  test('two starts at once end with one set of processes', async ({ workspace }) => {
    await workspace.addTwo()
    const both = await Promise.all([workspace.ensure(), workspace.ensure(), workspace.ensure()])
    const pids = both.map(({ processes }) => processes.map(({ identity }) => identity.pid).join())
    expect(new Set(pids).size).toBe(1)
    expect(workspace.living()).toEqual(['api', 'sandbox'])
  })

  test('a start leaves only processes that lead their own groups', async ({ workspace }) => {
    await workspace.add('api')
    const run = workspace.run('ensure')
    expect(await run.ended, run.output).toEqual([0, null])
    expect(workspace.living()).toEqual(['api'])
    const pid = workspace.pidOf('api')
    // proc_pid_stat(5), after the name: state, parent, group, session.
    const [, , group, session] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    expect([group, session]).toEqual([`${pid}`, `${pid}`])
  })

  test('a process outlives the terminal and the command that started it', async ({ workspace }) => {
    const spec = await workspace.add('api')
    await workspace.add('profiles', 2, 'mute')
    const starter = workspace.run('ensure', inTerminal)
    const isReady = ({ state }: { state: string }) => state === 'ready'
    await eventually(
      () => readState(workspace.folders),
      (state) => state?.processes.some(isReady) ?? false,
    )
    const pid = workspace.pidOf('api')
    await starter.kill() // Its pseudo-terminal closes, and its session gets a SIGHUP.
    workspace.options.specs.pop()
    const again = await workspace.ensure()
    expect(again.processes).toMatchObject([{ name: 'api', identity: { pid } }])
    expect(await (await fetch(`${spec.url}/health`)).json()).toEqual({ pid })
  })

  test.for<[string, (workspace: FixtureWorkspace, api: TestSpec) => unknown]>([
    ['its settings have changed', (_, api) => Object.assign(api.env, { HONEYCOMB_API_KEY: 'another-key' })],
    ['its code has changed', ({ directory }) => writeFileSync(join(directory, 'api.ts'), 'a change')],
    ['it has crashed', (workspace, api) => workspace.crash(api)],
  ])('a process starts again, and it alone: %s', async ([reason, change], { workspace }) => {
    const api = await workspace.add('api')
    await workspace.add('profiles')
    api.sources.push('api.ts')
    await workspace.ensure()
    const before = { api: workspace.pidOf('api'), profiles: workspace.pidOf('profiles') }
    await change(workspace, api)
    const { outcome } = await workspace.ensure()
    expect(outcome).toBe('restarted')
    expect(workspace.text).toContain(`Starting again: api (${reason}).`)
    expect(workspace.pidOf('api')).not.toBe(before.api)
    expect(workspace.pidOf('profiles')).toBe(before.profiles)
    expect(workspace.living()).toEqual(['api', 'profiles'])
  })

  test('a process that uses another one stops before it and starts after it', async ({ workspace }) => {
    const sandbox = await workspace.add('sandbox', 1)
    await workspace.add('database', 2)
    const api = await workspace.add('api', 3)
    api.uses = ['sandbox']
    await workspace.ensure()
    const database = workspace.pidOf('database')
    sandbox.env.HONEYCOMB_API_KEY = 'another-key'
    await workspace.ensure()
    expect(workspace.text).toContain(
      'Starting again: sandbox (its settings have changed), api (uses what starts again).',
    )
    expect(workspace.pidOf('database')).toBe(database)
    expect(workspace.events().slice(3)).toEqual([
      'api SIGTERM',
      'api ends',
      'sandbox SIGTERM',
      'sandbox ends',
      'sandbox listens',
      'api listens',
    ])
  })

  test('a process that is not needed is stopped, a new one is started', async ({ workspace }) => {
    await workspace.addTwo()
    await workspace.ensure()
    const api = workspace.pidOf('api')
    workspace.options.specs.shift()
    await workspace.add('profiles', 2)
    await workspace.ensure()
    expect(workspace.living()).toEqual(['api', 'profiles'])
    expect(workspace.pidOf('api')).toBe(api)
    expect(workspace.text).toContain('Stopping: sandbox (no longer needed).')
  })

  test('the sandbox alone keeps running when the rest is added, and a later request for it alone changes nothing', async ({
    workspace,
  }) => {
    await workspace.add('sandbox', 1)
    const alone = { ...workspace.options, specs: [...workspace.options.specs], scope: 'sandbox' as const }
    const ensureAlone = () => ensureRunning(workspace.settings, workspace.terminal, alone)
    expect(await ensureAlone()).toMatchObject({ outcome: 'started', scope: 'sandbox' })
    const pid = workspace.pidOf('sandbox')
    expect(await ensureAlone()).toMatchObject({ outcome: 'found', scope: 'sandbox' })

    await workspace.add('api', 2)
    expect(await workspace.ensure()).toMatchObject({ outcome: 'started', scope: 'workspace' })
    expect(await ensureAlone()).toMatchObject({ outcome: 'found', scope: 'workspace' })
    expect(workspace.living()).toEqual(['api', 'sandbox'])
    expect(workspace.pidOf('sandbox')).toBe(pid)
    expect(workspace.events().filter((event) => event.startsWith('sandbox'))).toEqual(['sandbox listens'])
  })

  test('the sandbox alone is started in place of a workspace that has crashed', async ({ workspace }) => {
    await workspace.add('sandbox', 1)
    const alone = { ...workspace.options, specs: [...workspace.options.specs], scope: 'sandbox' as const }
    const api = await workspace.add('api', 2)
    await workspace.ensure()
    const pid = workspace.pidOf('sandbox')
    await workspace.crash(api)
    const running = await ensureRunning(workspace.settings, workspace.terminal, alone)
    expect(running).toMatchObject({ scope: 'sandbox', processes: [{ name: 'sandbox', identity: { pid } }] })
    const status = await readStatus(workspace.directory, alone)
    expect(status).toMatchObject({ scope: 'sandbox', findings: [] })
  })

  test('where the rest cannot be added, the sandbox that ran alone stays', async ({ workspace }) => {
    await workspace.add('sandbox', 1)
    const alone = { ...workspace.options, specs: [...workspace.options.specs], scope: 'sandbox' as const }
    const ensureAlone = () => ensureRunning(workspace.settings, workspace.terminal, alone)
    await ensureAlone()
    const pid = workspace.pidOf('sandbox')
    await workspace.add('api', 2, 'failing')
    await expect(workspace.ensure()).rejects.toMatchObject({ code: 'START_FAILED' })
    const failed = await readStatus(workspace.directory, workspace.options)
    expect(failed.findings.map(({ code }) => code)).toEqual(['LAST_START_FAILED'])
    expect(await ensureAlone()).toMatchObject({ scope: 'sandbox', processes: [{ identity: { pid } }] })
    expect((await readStatus(workspace.directory, alone)).findings).toEqual([])
  })

  test('two starts at once, of everything and of the sandbox alone, end with everything', async ({
    workspace,
  }) => {
    await workspace.add('sandbox', 1)
    const alone = { ...workspace.options, specs: [...workspace.options.specs], scope: 'sandbox' as const }
    await workspace.add('api', 2)
    await Promise.all([
      ensureRunning(workspace.settings, workspace.terminal, alone),
      workspace.ensure(),
      ensureRunning(workspace.settings, workspace.terminal, alone),
    ])
    expect(workspace.living()).toEqual(['api', 'sandbox'])
    expect(workspace.state).toMatchObject({ scope: 'workspace', phase: 'running' })
  })

  test('a start that fails stops only the processes that it has started', async ({ workspace }) => {
    await workspace.add('sandbox', 1)
    await workspace.ensure()
    const sandbox = workspace.pidOf('sandbox')
    await workspace.add('profiles', 2)
    await workspace.add('api', 3, 'failing')
    await expect(workspace.ensure()).rejects.toMatchObject({ code: 'START_FAILED' })
    expect(workspace.living()).toEqual(['sandbox'])
    expect(workspace.pidOf('sandbox')).toBe(sandbox)
  })

  test('a setup that is killed at any moment is completed by the next one', async ({ workspace }) => {
    await workspace.addTwo('normal')
    for (const event of ['sandbox', 'api']) {
      const starter = workspace.run('ensure')
      await eventually(
        () => workspace.living(),
        (names) => names.includes(event),
      )
      await starter.kill()
    }
    await workspace.ensure()
    expect(workspace.living()).toEqual(['api', 'sandbox'])
    expect(workspace.state.phase).toBe('running')
  })

  test('a process that is still ending does not count as running', async ({ workspace }) => {
    await workspace.add('api', 1, 'normal', { FIXTURE_END_MS: '1000' })
    await workspace.ensure()
    const { pid } = workspace.identityOf('api')
    process.kill(pid, 'SIGTERM')
    // As `npm stop` has written it before the signal.
    writeState(workspace.folders, { ...workspace.state, phase: 'stopping' })
    const status = await readStatus(workspace.directory, workspace.options)
    expect(status.findings).toMatchObject([{ code: 'STOP_INTERRUPTED' }])
    await workspace.ensure()
    expect(workspace.pidOf('api')).not.toBe(pid)
    expect(workspace.living()).toEqual(['api'])
    expect(workspace.events()).toEqual([
      'api listens',
      'api SIGTERM',
      'api SIGTERM',
      'api ends',
      'api listens',
    ])
  })

  test('the processes of a killed npm start count as background processes', async ({ workspace }) => {
    await workspace.add('api')
    const run = await workspace.runForeground()
    const pid = workspace.pidOf('api')
    await run.kill()
    expect(await workspace.ensure()).toMatchObject({
      mode: 'background',
      processes: [{ identity: { pid } }],
    })
  })

  test('processes in no state file are found by their mark, and replaced', async ({ workspace }) => {
    await workspace.addTwo()
    await workspace.ensure()
    const orphan = workspace.identityOf('api')
    writeFileSync(join(workspace.folders.run, 'processes.json'), '{"version": 2, "run": "half a fi')

    await workspace.ensure()
    expect(workspace.text).toContain('cannot be understood')
    expect(workspace.text).toContain(
      `api (pid ${orphan.pid}) was left over by an earlier command and is stopped.`,
    )
    expect(isAlive(orphan)).toBe(false)
    expect(workspace.living()).toEqual(['api', 'sandbox'])
    expect(workspace.endEvents()).toEqual(['api SIGTERM', 'api ends', 'sandbox SIGTERM', 'sandbox ends'])
  })

  test('when a process ends before it is ready, all others are stopped', async ({ workspace }) => {
    await workspace.addTwo('failing')
    await expect(workspace.ensure()).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringMatching(/api did not start: it ended with exit code 3[\s\S]*what went wrong/),
      fix: expect.stringContaining(join(workspace.folders.logs, 'api.log')),
    })
    expect(workspace.living()).toEqual([])
    expect(workspace.events().at(-1)).toBe('sandbox ends')
  })

  test('when a process is not ready in time, all others are stopped', async ({ workspace }) => {
    await workspace.addTwo('mute')
    workspace.options = { ...workspace.options, readyMs: 1500 }
    await expect(workspace.ensure()).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('api did not start: it does not answer after 2 s'),
    })
    expect(workspace.living()).toEqual([])
  })

  test('a program that does not exist is an error', async ({ workspace }) => {
    const spec = await workspace.add('api')
    spec.command = join(workspace.directory, 'nothing')
    await expect(workspace.ensure()).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('ENOENT'),
    })
    spec.requires = {
      path: spec.command,
      code: 'DAEMON_MISSING',
      message: 'It is missing.',
      fix: 'npm run daemon',
    }
    await expect(workspace.ensure()).rejects.toMatchObject({ code: 'DAEMON_MISSING', fix: 'npm run daemon' })
  })

  test('where a port is taken, nothing is started, and status says so', async ({ workspace }) => {
    await workspace.add('sandbox', 1)
    const spec = await workspace.add('api', 2)
    const port = spec.ports[0]?.port ?? 0
    const stranger = createServer().listen(port, '0.0.0.0')
    try {
      await expect(workspace.ensure()).rejects.toMatchObject({
        code: 'PORT_TAKEN',
        message: `Port ${port} (TCP) is taken by node (pid ${process.pid}).`,
      })
      expect(workspace.living()).toEqual([])
      expect(workspace.events()).toEqual([])
      const status = await readStatus(workspace.directory, workspace.options)
      expect(status.findings).toMatchObject([
        { code: 'LAST_START_FAILED', what: expect.stringContaining(`${port}`) },
      ])
    } finally {
      stranger.close()
    }
  })

  test('a move to a taken port and back again starts nothing, and says so', async ({ workspace }) => {
    await workspace.add('sandbox', 1)
    const api = await workspace.add('api', 2)
    await workspace.ensure()
    const { ports } = api
    const pid = workspace.pidOf('api')
    await using stranger = createServer((socket) => socket.on('error', () => {}).resume()).listen(
      0,
      '127.0.0.1',
    )
    await once(stranger, 'listening')
    const { port } = stranger.address() as AddressInfo
    api.ports = ports.map((one) => ({ ...one, port }))
    api.env.FIXTURE_PORT = `${port}`
    await expect(workspace.ensure()).rejects.toMatchObject({ code: 'PORT_TAKEN' })
    workspace.printed.length = 0
    api.ports = ports
    api.env.FIXTURE_PORT = `${ports[0]?.port}`
    expect(await workspace.ensure()).toMatchObject({ outcome: 'found' })
    expect(workspace.printed).toEqual([])
    expect(workspace.pidOf('api')).toBe(pid)
    expect((await readStatus(workspace.directory, workspace.options)).findings).toEqual([])
  })

  test('a process gets the secrets of its spec alone, in its environment', async ({ workspace }) => {
    vi.stubEnv('SOME_TOKEN', 'canary-of-the-terminal')
    const cache = join(workspace.folders.state, 'compiled')
    vi.stubEnv('NODE_COMPILE_CACHE', cache)
    await workspace.add('api')
    await workspace.ensure().finally(() => vi.unstubAllEnvs())
    const proc = `/proc/${workspace.pidOf('api')}`
    const environment = readFileSync(`${proc}/environ`, 'utf8')
    expect(environment).toContain(CANARY)
    expect(environment).toContain(`PATH=${process.env.PATH}`)
    expect(environment).toContain(`NODE_COMPILE_CACHE=${cache}`)
    expect(environment).not.toContain('canary-of-the-terminal')
    expect(readFileSync(`${proc}/cmdline`, 'utf8')).not.toContain(CANARY)
    const path = join(workspace.folders.run, 'processes.json')
    expect(readFileSync(path, 'utf8')).not.toContain(CANARY)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(workspace.folders.run).mode & 0o777).toBe(0o700)
  })
})
