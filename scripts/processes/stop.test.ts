import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { describeProcesses, recordingTerminal, test } from '../../tests/harness/processes.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { isFree } from '../machine/free-ports.ts'
import { identify, isAlive } from '../machine/identity.ts'
import { newState, writeState } from './state.ts'
import { stopAll } from './stop.ts'

const ORDER = [
  'api SIGTERM',
  'api ends',
  'profiles SIGTERM',
  'profiles ends',
  'sandbox SIGTERM',
  'sandbox ends',
]

describeProcesses('stop', () => {
  test('stops in order, each process when the one before has ended', async ({ workspace }) => {
    await workspace.addThree()
    await workspace.ensure()
    const report = await workspace.stop()
    expect(report).toEqual({ stopped: ['api', 'profiles', 'sandbox'], killed: [] })
    expect(workspace.endEvents()).toEqual(ORDER)
    expect(workspace.living()).toEqual([])
    expect(existsSync(join(workspace.folders.run, 'processes.json'))).toBe(false)
  })

  test('stops the processes of a folder that was deleted, in order', async ({ workspace }) => {
    await workspace.addThree()
    await workspace.ensure()
    expect(workspace.living().length).toBeGreaterThanOrEqual(3)
    rmSync(workspace.folders.state, { recursive: true, force: true })
    const report = await workspace.stop()
    expect(report.stopped).toEqual(['api', 'profiles', 'sandbox'])
    expect(workspace.living()).toEqual([])
  })

  test('two stops at once end each process once, and a start waits', async ({ workspace }) => {
    await workspace.addThree()
    await workspace.ensure()
    const [first, second] = await Promise.all([workspace.stop(), workspace.stop()])
    expect([...first.stopped, ...second.stopped].sort()).toEqual(['api', 'profiles', 'sandbox'])
    expect(workspace.endEvents()).toEqual(ORDER)
    expect(workspace.living()).toEqual([])
    expect(await workspace.stop()).toEqual({ stopped: [], killed: [] })
    expect(workspace.printed.at(-1)).toBe('Nothing is running.')

    await workspace.ensure()
    await Promise.all([workspace.stop(), workspace.ensure()])
    expect(workspace.living()).toEqual(['api', 'profiles', 'sandbox'])
  })

  test('stops in order after npm start was killed', async ({ workspace }) => {
    await workspace.addThree()
    const run = await workspace.runForeground()
    await run.kill()
    expect(await workspace.stop()).toEqual({ stopped: ['api', 'profiles', 'sandbox'], killed: [] })
    expect(workspace.endEvents()).toEqual(ORDER)
  })

  test('ends the processes that a process has started', async ({ workspace }) => {
    await workspace.add('api', 1, 'parent')
    await workspace.ensure()
    expect(workspace.living()).toEqual(['api', 'api'])
    await workspace.stop()
    expect(workspace.living()).toEqual([])
  })

  test('stops the processes of version 0.1.0', async ({ workspace }) => {
    const env = { WORKSPACE_SUPERVISOR: `a-run 3 api ${workspace.directory}` }
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { env })
    await once(child, 'spawn')
    expect(await workspace.stop()).toEqual({ stopped: ['api'], killed: [] })
  })

  test('ends the supervisor of version 0.1.0, and no other process with its pid', async ({ workspace }) => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'])
    try {
      await once(child, 'spawn')
      const identity = identify(child.pid ?? 0)
      const path = join(workspace.folders.run, 'supervisor.json')
      writeFileSync(path, JSON.stringify({ version: 1, supervisor: { ...identity, startTime: '1@earlier' } }))
      await workspace.stop()
      expect([identity && isAlive(identity), existsSync(path)]).toEqual([true, false])
      writeFileSync(path, JSON.stringify({ version: 1, supervisor: identity }))
      await workspace.stop()
      expect([identity && isAlive(identity), existsSync(path)]).toEqual([false, false])
    } finally {
      child.kill('SIGKILL')
    }
  })

  test('says at once that a process is another user’s, and how to end it', async ({ workspace }) => {
    await workspace.add('api')
    await workspace.ensure()
    const pid = workspace.pidOf('api')
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('kill EPERM'), { code: 'EPERM' })
    })
    try {
      await expect(workspace.stop()).rejects.toMatchObject({
        code: 'STOP_FAILED',
        fix: expect.stringContaining(`sudo kill ${pid}`),
      })
    } finally {
      kill.mockRestore()
    }
    expect(await workspace.stop()).toEqual({ stopped: ['api'], killed: [] })
  })

  test('makes no folder where nothing has run', async ({ workspace }) => {
    const directory = join(workspace.directory, 'none')
    const printed: string[] = []
    await stopAll({ WORKSPACE_STATE_DIR: directory }, recordingTerminal(printed))
    expect(printed).toEqual(['Nothing is running.'])
    expect(existsSync(directory)).toBe(false)
  })

  test('ends a start that is under way', async ({ workspace }) => {
    await workspace.addTwo('mute')
    const starting = workspace.ensure().catch((error: unknown) => error)
    await workspace.waitForLiving('api', 'sandbox')
    await workspace.stop()
    expect(await starting).toMatchObject({ code: 'START_STOPPED' })
    expect(workspace.text).toContain('Waiting for another start or stop that is under way')
    expect(workspace.living()).toEqual([])
  })

  test('kills a process that ignores SIGTERM after the deadline, with a warning', async ({ workspace }) => {
    await workspace.addTwo('stubborn')
    await workspace.ensure()
    const report = await stopAll(workspace.settings, workspace.terminal, { stopMs: 300 })
    expect(report).toEqual({ stopped: ['api', 'sandbox'], killed: ['api'] })
    expect(workspace.text).toContain('api did not end in time and was killed')
    expect(workspace.living()).toEqual([])
  })

  test('leaves a program alone that has the pid of an ended process', async ({ workspace }) => {
    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60000)'], { detached: true })
    await once(stranger, 'spawn')
    const identity = identify(stranger.pid ?? 0)
    const stale = { pid: stranger.pid ?? 0, startTime: '1@earlier' }
    const started = {
      state: 'ready',
      startedAt: new Date().toISOString(),
      settingsHash: '',
      codeHash: '',
    } as const
    const record = { ...started, ports: [], log: '' }
    try {
      writeState(workspace.folders, {
        ...newState('workspace'),
        phase: 'running',
        supervisor: stale,
        processes: [
          { ...record, name: 'api', identity: stale },
          { ...record, name: 'profiles', identity: { ...stale, pid: process.pid } },
        ],
      })
      const printed: string[] = []
      await stopAll(workspace.settings, recordingTerminal(printed))
      expect(printed).toEqual(['Nothing is running.'])
      await workspace.add('api')
      await workspace.ensure()
      expect(identity && isAlive(identity)).toBe(true)
    } finally {
      stranger.kill('SIGKILL')
    }
  })

  test('names a port that another program has taken meanwhile', async ({ workspace }) => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    const port = spec.ports[0]?.port ?? 0
    process.kill(workspace.pidOf('api'), 'SIGKILL')
    // A killed process is a zombie a moment before its last thread has given up the port.
    await eventually(() => isFree(port), Boolean)
    const stranger = createServer().listen(port, '127.0.0.1')
    try {
      await workspace.stop()
      expect(workspace.text).toContain(
        `Held by node (pid ${process.pid}), which is none of ours: port ${port} (TCP).`,
      )
    } finally {
      stranger.close()
    }
  })
})
