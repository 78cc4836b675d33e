import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { CANARY, TestWorkspace, until } from '../../tests/harness/processes.ts'
import { isAlive } from '../machine/identity.ts'
import { tryProcessesLock } from './lock.ts'
import { readState } from './state.ts'

const TIMEOUT_MS = 60_000

let workspace: TestWorkspace

beforeEach(() => {
  workspace = new TestWorkspace()
})

afterEach(async () => {
  expect(await workspace.dispose()).toEqual([])
}, TIMEOUT_MS)

// Looks for processes left behind, which Linux alone can.
describe.runIf(process.platform === 'linux')('in the background', { timeout: TIMEOUT_MS }, () => {
  test('starts every process, stage after stage, each ready before the next', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('profiles', 2)
    await workspace.add('api', 2)

    const running = await workspace.ensure()

    expect(running).toMatchObject({ outcome: 'started', mode: 'background' })
    expect(running.processes.map(({ name }) => name)).toEqual(['sandbox', 'profiles', 'api'])
    expect(workspace.diary()[0]).toMatchObject({ name: 'sandbox', event: 'listens' })
    expect(workspace.state.processes.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready'])
    for (const { url, identity } of running.processes) {
      const answer = await fetch(`${url}/health`)
      expect(await answer.json()).toEqual({ pid: identity.pid })
    }
  })

  test('starting twice starts nothing new', async () => {
    await workspace.add('api')
    const first = await workspace.ensure()
    const second = await workspace.ensure()
    expect(second).toEqual({ ...first, outcome: 'found' })
    expect(workspace.living()).toEqual(['api'])
  })

  test('two starts at once end with one set of processes', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2)
    const both = await Promise.all([workspace.ensure(), workspace.ensure(), workspace.ensure()])
    expect(
      new Set(both.map(({ processes }) => processes.map(({ identity }) => identity.pid).join())).size,
    ).toBe(1)
    expect(workspace.living().sort()).toEqual(['api', 'sandbox'])
  })

  test('leaves no process beside those of the workspace, each the leader of its own group', async () => {
    await workspace.add('api')
    const run = workspace.run('ensure')
    expect(await run.ended, run.output).toEqual([0, null])
    expect(workspace.living()).toEqual(['api'])
    const pid = workspace.pidOf('api')
    // proc_pid_stat(5), after the name: state, parent, group, session.
    const [, , group, session] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    expect([group, session]).toEqual([`${pid}`, `${pid}`])
  })

  test('outlives the terminal and the command that started it', async () => {
    const spec = await workspace.add('api')
    await workspace.add('profiles', 2, 'mute')
    const starter = workspace.run('ensure', inTerminal)
    const isReady = () =>
      readState(workspace.folders)?.processes.some(({ state }) => state === 'ready') ?? false
    await until(isReady, 'the api', () => starter.output)
    const pid = workspace.pidOf('api')
    starter.child.kill('SIGKILL') // Its pseudo-terminal closes, and its session gets a SIGHUP.
    await starter.ended
    workspace.options.specs.pop()
    await until(() => !isLocked(), 'the starter to be dead')
    const again = await workspace.ensure()
    expect(again.processes).toMatchObject([{ name: 'api', identity: { pid } }])
    expect(await (await fetch(`${spec.url}/health`)).json()).toEqual({ pid })
  })

  test('changed settings start it again, with the reason', async () => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    const before = workspace.pidOf('api')
    spec.env.HONEYCOMB_API_KEY = 'another-key'
    const { outcome } = await workspace.ensure()
    expect(outcome).toBe('restarted')
    expect(workspace.text).toContain('Starting again: api (its settings have changed).')
    expect(workspace.pidOf('api')).not.toBe(before)
    expect(workspace.living()).toEqual(['api'])
  })

  test('changed code starts it again, and leaves the others alone', async () => {
    const spec = await workspace.add('api')
    await workspace.add('profiles')
    spec.sources.push('api.ts')
    await workspace.ensure()
    const [api, profiles] = [workspace.pidOf('api'), workspace.pidOf('profiles')]
    writeFileSync(join(workspace.directory, 'api.ts'), 'a change')
    const { outcome } = await workspace.ensure()
    expect(outcome).toBe('restarted')
    expect(workspace.text).toContain('Starting again: api (its code has changed).')
    expect(workspace.pidOf('api')).not.toBe(api)
    expect(workspace.pidOf('profiles')).toBe(profiles)
  })

  test('what uses a process stops before it and starts after it', async () => {
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
    expect(
      workspace
        .diary()
        .map(({ name, event }) => `${name} ${event}`)
        .slice(3),
    ).toEqual([
      'api SIGTERM',
      'api ends',
      'sandbox SIGTERM',
      'sandbox ends',
      'sandbox listens',
      'api listens',
    ])
  })

  test('a process that is no longer needed is stopped, one that is new is started', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2)
    await workspace.ensure()
    const api = workspace.pidOf('api')
    workspace.options.specs.shift()
    await workspace.add('profiles', 2)
    await workspace.ensure()
    expect(workspace.living().sort()).toEqual(['api', 'profiles'])
    expect(workspace.pidOf('api')).toBe(api)
    expect(workspace.text).toContain('Starting again: sandbox (no longer needed).')
  })

  test('a process that has crashed is started again, and it alone', async () => {
    const spec = await workspace.add('api')
    await workspace.add('profiles')
    await workspace.ensure()
    const profiles = workspace.pidOf('profiles')
    const identity = workspace.state.processes[0]?.identity
    await fetch(`${spec.url}/exit`)
    await until(() => identity !== undefined && !isAlive(identity), 'the crash')

    const { outcome } = await workspace.ensure()
    expect(outcome).toBe('restarted')
    expect(workspace.text).toContain('Starting again: api (it has crashed).')
    expect(workspace.living().sort()).toEqual(['api', 'profiles'])
    expect(workspace.pidOf('profiles')).toBe(profiles)
  })

  test('a start that failed stops what it started, and what ran before stays', async () => {
    await workspace.add('sandbox', 1)
    await workspace.ensure()
    const sandbox = workspace.pidOf('sandbox')
    await workspace.add('profiles', 2)
    await workspace.add('api', 3, 'failing')
    await expect(workspace.ensure()).rejects.toMatchObject({ code: 'START_FAILED' })
    expect(workspace.living()).toEqual(['sandbox'])
    expect(workspace.pidOf('sandbox')).toBe(sandbox)
  })

  test('a setup that is killed at any moment is completed by the next one', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'normal')
    for (const event of ['sandbox', 'api']) {
      const starter = workspace.run('ensure')
      await until(
        () => workspace.living().includes(event),
        event,
        () => starter.output,
      )
      starter.child.kill('SIGKILL')
      await starter.ended
    }
    await workspace.ensure()
    expect(workspace.living().sort()).toEqual(['api', 'sandbox'])
    expect(workspace.state.phase).toBe('running')
  })

  test('processes that npm start left behind when it was killed go on in the background', async () => {
    await workspace.add('api')
    const run = workspace.run('foreground')
    await until(
      () => run.output.includes('Everything runs'),
      'everything to run',
      () => run.output,
    )
    const pid = workspace.pidOf('api')
    run.child.kill('SIGKILL')
    await run.ended
    expect(await workspace.ensure()).toMatchObject({
      mode: 'background',
      processes: [{ identity: { pid } }],
    })
  })

  test('processes that no state file knows are found by their environment, and replaced', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2)
    await workspace.ensure()
    const orphan = workspace.state.processes[1]?.identity
    writeFileSync(join(workspace.folders.run, 'processes.json'), '{"version": 2, "run": "half a fi')

    await workspace.ensure()
    expect(workspace.text).toContain('cannot be understood')
    expect(workspace.text).toContain(
      `api (pid ${orphan?.pid}) was left over by an earlier command and is stopped.`,
    )
    expect(orphan && isAlive(orphan)).toBe(false)
    expect(workspace.living().sort()).toEqual(['api', 'sandbox'])
    const stopped = workspace.diary().filter(({ event }) => event === 'SIGTERM')
    expect(stopped.map(({ name }) => name)).toEqual(['api', 'sandbox'])
  })

  test('a process that ends before it is ready: the others are stopped again, and its last lines are shown', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'failing')
    await expect(workspace.ensure()).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringMatching(/api did not start: it ended with exit code 3[\s\S]*what went wrong/),
      fix: expect.stringContaining(join(workspace.folders.logs, 'api.log')),
    })
    expect(workspace.living()).toEqual([])
    expect(workspace.diary().at(-1)).toMatchObject({ name: 'sandbox', event: 'ends' })
  })

  test('a process that never becomes ready is given up', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'mute')
    workspace.options = { ...workspace.options, readyMs: 1500 }
    await expect(workspace.ensure()).rejects.toMatchObject({
      code: 'START_FAILED',
      message: expect.stringContaining('api did not start: it does not answer after 2 s'),
    })
    expect(workspace.living()).toEqual([])
  })

  test('a program that is not there', async () => {
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

  test('a taken port stops everything before anything is started', async () => {
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
      expect(() => workspace.diary()).toThrow('ENOENT')
    } finally {
      stranger.close()
    }
  })

  test('the state is the owner’s alone, and no secret is in it or in a command line', async () => {
    await workspace.add('api')
    await workspace.ensure()
    const path = join(workspace.folders.run, 'processes.json')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(workspace.folders.run).mode & 0o777).toBe(0o700)
    expect(readFileSync(path, 'utf8')).not.toContain(CANARY)
    expect(readFileSync(`/proc/${workspace.pidOf('api')}/cmdline`, 'utf8')).not.toContain(CANARY)
  })

  test('a process gets what its spec says, and no other secret of the terminal', async () => {
    vi.stubEnv('SOME_TOKEN', 'canary-of-the-terminal')
    await workspace.add('api')
    await workspace.ensure().finally(() => vi.unstubAllEnvs())
    const environment = readFileSync(`/proc/${workspace.pidOf('api')}/environ`, 'utf8')
    expect(environment).toContain(CANARY)
    expect(environment).toContain(`PATH=${process.env.PATH}`)
    expect(environment).not.toContain('canary-of-the-terminal')
  })
})

function isLocked(): boolean {
  const lock = tryProcessesLock(workspace.folders)
  lock?.release()
  return lock === undefined
}

function inTerminal(command: string[]): string[] {
  return ['script', '-qec', command.join(' '), '/dev/null']
}
