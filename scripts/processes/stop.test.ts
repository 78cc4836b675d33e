import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { isFree } from '../../tests/harness/ports.ts'
import { recordingTerminal, TestWorkspace, until } from '../../tests/harness/processes.ts'
import { identify, isAlive } from '../machine/identity.ts'
import { newState, writeState } from './state.ts'
import { stopAll } from './stop.ts'

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
  // The api takes longest to end, so that a stop which does not wait for it is seen to be too early.
  await workspace.add('sandbox', 1)
  await workspace.add('profiles', 3, 'normal', { FIXTURE_LAST_WORK_MS: '100' })
  await workspace.add('api', 3, 'normal', { FIXTURE_LAST_WORK_MS: '400' })
}

// Looks for processes left behind, which Linux alone can.
describe.runIf(process.platform === 'linux')('stop', { timeout: TIMEOUT_MS }, () => {
  test('stops in order, each when the one before has ended, and leaves nothing behind', async () => {
    await addThree()
    await workspace.ensure()
    const report = await workspace.stop()
    expect(report).toEqual({ stopped: ['api', 'profiles', 'sandbox'], killed: [] })
    expectOrderOfStopping()
    expect(workspace.living()).toEqual([])
    expect(existsSync(join(workspace.folders.run, 'processes.json'))).toBe(false)
  })

  test('a folder that was deleted under them: stop finds them, in order', async () => {
    await addThree()
    await workspace.ensure()
    expect(workspace.living().length).toBeGreaterThanOrEqual(3)
    rmSync(workspace.folders.state, { recursive: true, force: true })
    const report = await workspace.stop()
    expect(report.stopped).toEqual(['api', 'profiles', 'sandbox'])
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

  test('two at once, and a start', async () => {
    await addThree()
    await workspace.ensure()
    const [first, second] = await Promise.all([workspace.stop(), workspace.stop()])
    expect([...first.stopped, ...second.stopped].sort()).toEqual(['api', 'profiles', 'sandbox'])
    expectOrderOfStopping()
    expect(workspace.living()).toEqual([])

    await workspace.ensure()
    await Promise.all([workspace.stop(), workspace.ensure()])
    expect(workspace.living().sort()).toEqual(['api', 'profiles', 'sandbox'])
  })

  test('after npm start was killed: the same order', async () => {
    await addThree()
    const run = workspace.run('foreground')
    await until(
      () => run.output.includes('Everything runs'),
      'everything to run',
      () => run.output,
    )
    run.child.kill('SIGKILL')
    await run.ended
    expect(await workspace.stop()).toEqual({ stopped: ['api', 'profiles', 'sandbox'], killed: [] })
    expectOrderOfStopping()
  })

  test('processes that a process has started end with it', async () => {
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

  test('a process that ignores SIGTERM is killed after the deadline, with a warning', async () => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'stubborn')
    workspace.options = { ...workspace.options, stopMs: 300 }
    await workspace.ensure()
    const report = await workspace.stop()
    expect(report).toEqual({ stopped: ['api', 'sandbox'], killed: ['api'] })
    expect(workspace.text).toContain('api did not end in time and was killed')
    expect(workspace.living()).toEqual([])
  })

  test('a stop with a shorter deadline kills sooner', async () => {
    await workspace.add('api', 1, 'stubborn')
    await workspace.ensure()
    const report = await stopAll(workspace.settings, workspace.terminal, { stopMs: 300 })
    expect(report).toEqual({ stopped: ['api'], killed: ['api'] })
    expect(workspace.living()).toEqual([])
  })

  test('another program that has been given the pid of one of ours is left alone', async () => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { detached: true })
    await once(stranger, 'spawn')
    const identity = identify(stranger.pid ?? 0)
    const stale = { pid: stranger.pid ?? 0, startTime: '1@earlier' }
    const record = {
      state: 'ready',
      startedAt: new Date().toISOString(),
      settings: '',
      code: '',
      ports: [],
      log: '',
    } as const
    try {
      writeState(workspace.folders, {
        ...newState(300),
        phase: 'running',
        supervisor: stale,
        processes: [
          { ...record, name: 'api', identity: stale, ports: [] },
          { ...record, name: 'profiles', identity: { pid: process.pid, startTime: '1@earlier' }, ports: [] },
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

  test('a port that another program has taken meanwhile is named', async () => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    const port = spec.ports[0]?.port ?? 0
    process.kill(workspace.pidOf('api'), 'SIGKILL')
    // A killed process is a zombie a moment before its last thread has given up the port.
    await until(() => isFree(port), 'the api’s port to be free')
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
