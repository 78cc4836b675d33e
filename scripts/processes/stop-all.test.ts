import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recordingTerminal, TestWorkspace, until } from '../../tests/harness/processes.ts'
import { identify, isAlive } from '../machine/identity.ts'
import { writeState } from './state-file.ts'
import { stopAll } from './stop-all.ts'

const TIMEOUT_MS = 60_000

let workspace: TestWorkspace

beforeEach(() => {
  workspace = new TestWorkspace()
})

afterEach(async () => {
  expect(await workspace.dispose()).toEqual([])
}, TIMEOUT_MS)

function expectOrderOfStopping() {
  const order = workspace
    .diary()
    .filter(({ event }) => event !== 'listens')
    .map(({ name, event }) => `${name} ${event}`)
  expect(order).toEqual([
    'api SIGTERM',
    'api ends',
    'profiles SIGTERM',
    'profiles ends',
    'sandbox SIGTERM',
    'sandbox ends',
  ])
}

async function addThree() {
  // The api has most left to do: whoever does not wait for it is told too early.
  await workspace.add('sandbox', 1)
  await workspace.add('profiles', 3, 'normal', { FIXTURE_LAST_WORK_MS: '100' })
  await workspace.add('api', 3, 'normal', { FIXTURE_LAST_WORK_MS: '400' })
}

// Looks for processes left behind, which Linux alone can.
describe.runIf(process.platform === 'linux')('stop', { timeout: TIMEOUT_MS }, () => {
  test('stops in order, each when the one before has ended, and leaves nothing behind', async () => {
    await addThree()
    const { supervisorPid } = await workspace.ensure()
    const report = await workspace.stop()
    expect(report).toEqual({ stopped: ['api', 'profiles', 'sandbox'], killed: [] })
    expectOrderOfStopping()
    expect(workspace.living()).toEqual([])
    expect(identify(supervisorPid)).toBeUndefined()
    expect(existsSync(join(workspace.folders.run, 'supervisor.json'))).toBe(false)
  })

  test('a folder that was deleted under them: stop finds them, and the supervisor goes by itself', async () => {
    await addThree()
    const { supervisorPid } = await workspace.ensure()
    const living = workspace.living()
    expect(living.length).toBeGreaterThanOrEqual(3)
    rmSync(workspace.folders.state, { recursive: true, force: true })
    await workspace.stop()
    expect(workspace.living()).toEqual([])
    await until(() => identify(supervisorPid) === undefined, 'the supervisor to end')
  })

  test('a supervisor that was killed: the same order', async () => {
    await addThree()
    const { supervisorPid } = await workspace.ensure()
    process.kill(supervisorPid, 'SIGKILL')
    const report = await workspace.stop()
    expect(report).toEqual({ stopped: ['api', 'profiles', 'sandbox'], killed: [] })
    expectOrderOfStopping()
    expect(workspace.living()).toEqual([])
  })

  test('two at once, and again', async () => {
    await addThree()
    await workspace.ensure()
    await Promise.all([workspace.stop(), workspace.stop()])
    expectOrderOfStopping()
    expect(await workspace.stop()).toEqual({ stopped: [], killed: [] })
    expect(workspace.said.at(-1)).toBe('Nothing is running.')
  })

  test('two at once, and a start, after the supervisor was killed', async () => {
    await addThree()
    const { supervisorPid } = await workspace.ensure()
    process.kill(supervisorPid, 'SIGKILL')
    await until(() => identify(supervisorPid) === undefined, 'the supervisor to be dead')
    const [first, second] = await Promise.all([workspace.stop(), workspace.stop()])
    expect([...first.stopped, ...second.stopped].sort()).toEqual(['api', 'profiles', 'sandbox'])
    expectOrderOfStopping()
    expect(workspace.living()).toEqual([])

    const again = await workspace.ensure()
    process.kill(again.supervisorPid, 'SIGKILL')
    await until(() => identify(again.supervisorPid) === undefined, 'the supervisor to be dead')
    await Promise.all([workspace.stop(), workspace.ensure()])
    expect(workspace.living().sort()).toEqual(['api', 'profiles', 'sandbox'])
  })

  test('what a process has started itself ends with it', async () => {
    await workspace.add('api', 1, 'parent')
    await workspace.ensure()
    expect(workspace.living()).toEqual(['api', 'api'])
    await workspace.stop()
    expect(workspace.living()).toEqual([])
  })

  test('where nothing ever ran, it makes nothing', async () => {
    const directory = join(workspace.directory, 'none')
    const said: string[] = []
    await stopAll({ WORKSPACE_STATE_DIR: directory }, recordingTerminal(said))
    expect(said).toEqual(['Nothing is running.'])
    expect(existsSync(directory)).toBe(false)
  })

  test('while everything is being started', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'mute')
    const starting = workspace.ensure().catch((error: unknown) => error)
    await until(() => workspace.living().includes('api'), 'the api')
    await workspace.stop()
    expect(await starting).toMatchObject({ code: 'START_STOPPED' })
    expect(workspace.living()).toEqual([])
  })

  test('what does not end when asked to is killed after the deadline, and that is said', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'stubborn')
    workspace.options = { ...workspace.options, stopMs: 300 }
    await workspace.ensure()
    const report = await workspace.stop()
    expect(report).toEqual({ stopped: ['api', 'sandbox'], killed: ['api'] })
    expect(workspace.text).toContain('api did not end in time and was killed')
    expect(workspace.living()).toEqual([])
  })

  test('what does not end and has no supervisor is killed, too', async () => {
    await workspace.add('api', 1, 'stubborn')
    const { supervisorPid } = await workspace.ensure()
    process.kill(supervisorPid, 'SIGKILL')
    const report = await stopAll(workspace.settings, workspace.terminal, { stopMs: 300 })
    expect(report).toEqual({ stopped: ['api'], killed: ['api'] })
    expect(workspace.living()).toEqual([])
  })

  test('a pid that has become somebody else’s is left alone', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { detached: true })
    await once(stranger, 'spawn')
    const identity = identify(stranger.pid ?? 0)
    const stale = { pid: stranger.pid ?? 0, startTime: '1@earlier' }
    try {
      writeState(workspace.folders, {
        version: 1,
        run: 'stale',
        mode: 'background',
        phase: 'running',
        supervisor: stale,
        startedAt: new Date().toISOString(),
        key: '',
        stopMs: 300,
        processes: [
          {
            name: 'api',
            state: 'ready',
            fingerprint: '',
            identity: stale,
            killed: false,
            ports: [],
            log: '',
          },
          {
            name: 'profiles',
            state: 'ready',
            fingerprint: '',
            identity: { pid: process.pid, startTime: '1@earlier' },
            killed: false,
            ports: [],
            log: '',
          },
        ],
      })
      const said: string[] = []
      await stopAll(workspace.settings, recordingTerminal(said))
      expect(said).toEqual(['Nothing is running.'])
      await workspace.add('api')
      await workspace.ensure()
      expect(identity && isAlive(identity)).toBe(true)
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  test('a port that somebody else has taken meanwhile is named', async () => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    const port = spec.ports[0]?.port ?? 0
    process.kill(workspace.pidOf('api'), 'SIGKILL')
    await until(() => workspace.state.processes[0]?.state === 'crashed', 'the crash to be noticed')
    const stranger = createServer().listen(port, '127.0.0.1')
    try {
      await workspace.stop()
      expect(workspace.text).toContain(
        `Port ${port} (TCP) is held by node (pid ${process.pid}), which is none of ours.`,
      )
    } finally {
      stranger.close()
    }
  })
})
