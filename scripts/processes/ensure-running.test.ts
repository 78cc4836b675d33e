import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CANARY, TestWorkspace, until } from '../../tests/harness/processes.ts'
import { identify, isAlive } from '../machine/identity.ts'

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
    for (const { url, pid } of running.processes) {
      const answer = await fetch(`${url}/health`)
      expect(await answer.json()).toEqual({ pid })
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
    expect(new Set(both.map(({ supervisorPid }) => supervisorPid)).size).toBe(1)
    expect(workspace.living().sort()).toEqual(['api', 'sandbox'])
  })

  test('goes on when the terminal closes and who started it is killed', async () => {
    await workspace.add('api')
    const starter = workspace.run('ensure', inTerminal)
    await until(
      () => workspace.living().includes('api'),
      'the api',
      () => starter.output,
    )
    starter.child.kill('SIGKILL') // With it goes the pseudo-terminal, and a SIGHUP to its session.
    await starter.ended
    await until(() => workspace.state.phase === 'running', 'everything to run')
    const again = await workspace.ensure()
    expect(again.outcome).toBe('found')
    expect(again.supervisorPid).toBe(workspace.state.supervisor.pid)
  })

  test('changed settings start it again, and it says why', async () => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    const before = workspace.pidOf('api')
    spec.env.HONEYCOMB_API_KEY = 'another-key'
    const { outcome } = await workspace.ensure()
    expect(outcome).toBe('restarted')
    expect(workspace.text).toContain('Starting again: the settings of api have changed.')
    expect(workspace.pidOf('api')).not.toBe(before)
    expect(workspace.living()).toEqual(['api'])
  })

  test('a process that crashes is kept in mind, not started again, until the next start', async () => {
    const spec = await workspace.add('api')
    await workspace.add('profiles')
    await workspace.ensure()
    await fetch(`${spec.url}/exit`)
    const api = () => workspace.state.processes[0]
    await until(() => api()?.state === 'crashed', 'the crash to be noticed')
    expect(api()).toMatchObject({ state: 'crashed', exit: { code: 7, signal: null } })
    expect(workspace.state.phase).toBe('running')

    const { outcome } = await workspace.ensure()
    expect(outcome).toBe('restarted')
    expect(workspace.text).toContain('Starting again: api has crashed (exit code 7).')
    expect(workspace.living().sort()).toEqual(['api', 'profiles'])
  })

  test('the supervisor stays when all its processes have crashed', async () => {
    const spec = await workspace.add('api')
    const { supervisorPid } = await workspace.ensure()
    await fetch(`${spec.url}/exit`)
    await until(() => workspace.state.processes[0]?.state === 'crashed', 'the crash to be noticed')
    expect(identify(supervisorPid)).toBeDefined()
  })

  test('after the supervisor was killed, the next start stops what it left and starts anew', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2)
    const { supervisorPid } = await workspace.ensure()
    const orphan = identify(workspace.pidOf('api'))
    process.kill(supervisorPid, 'SIGKILL')
    await until(() => identify(supervisorPid) === undefined, 'the supervisor to be dead')
    expect(workspace.living().sort()).toEqual(['api', 'sandbox'])

    await workspace.ensure()
    expect(orphan && isAlive(orphan)).toBe(false)
    expect(workspace.text).toContain('left over by a supervisor that was killed')
    expect(workspace.living().sort()).toEqual(['api', 'sandbox'])
    const stopped = workspace.diary().filter(({ event }) => event === 'SIGTERM')
    expect(stopped.map(({ name }) => name)).toEqual(['api', 'sandbox'])
  })

  test('orphans are found without a state file, too', async () => {
    await workspace.add('api')
    const { supervisorPid } = await workspace.ensure()
    process.kill(supervisorPid, 'SIGKILL')
    await until(() => identify(supervisorPid) === undefined, 'the supervisor to be dead')
    writeFileSync(join(workspace.folders.run, 'supervisor.json'), '{"version": 1, "run": "half a fi')

    await workspace.ensure()
    expect(workspace.text).toContain('cannot be understood')
    expect(workspace.living()).toEqual(['api'])
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

  test('the state is the owner’s alone, and no secret is in it or in the logs', async () => {
    await workspace.add('api')
    await workspace.ensure()
    const path = join(workspace.folders.run, 'supervisor.json')
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(statSync(workspace.folders.run).mode & 0o777).toBe(0o700)
    for (const file of [path, join(workspace.folders.logs, 'supervisor.log')]) {
      expect(readFileSync(file, 'utf8')).not.toContain(CANARY)
    }
    const commandLine = readFileSync(`/proc/${workspace.state.supervisor.pid}/cmdline`, 'utf8')
    expect(commandLine).not.toContain(CANARY)
  })
})

function inTerminal(command: string[]): string[] {
  return ['script', '-qec', command.join(' '), '/dev/null']
}
