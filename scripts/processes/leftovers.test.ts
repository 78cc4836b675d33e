import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test as plain } from 'vitest'
import type { ProcessRecord } from '../../contracts/workspace-state.ts'
import {
  describeProcesses,
  type FixtureWorkspace,
  recordingTerminal,
  test,
} from '../../tests/harness/processes.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { isOfEarlierBoot } from '../machine/identity.ts'
import { readUptime } from '../machine/process-facts.ts'
import { diagnoseSystemError } from '../machine/system-error.ts'
import { ensureRunning } from './ensure-running.ts'
import { newState, writeState } from './state.ts'
import { readStatus } from './status.ts'
import { showStatus } from './status-table.ts'

const statusOf = ({ directory, options, environment }: FixtureWorkspace) =>
  readStatus(directory, { specs: options.specs, environment })

/** Changes what the state file has of each process. */
function rewrite(workspace: FixtureWorkspace, change: (record: ProcessRecord) => Partial<ProcessRecord>) {
  const { state } = workspace
  const processes = state.processes.map((record) => ({ ...record, ...change(record) }))
  writeState(workspace.folders, { ...state, processes })
}

describeProcesses('what an earlier command or boot has left', () => {
  test('processes whose state folder was deleted are named by the status, and replaced by a setup', async ({
    workspace,
  }) => {
    await workspace.add('api')
    await workspace.ensure()
    const pid = workspace.pidOf('api')
    rmSync(workspace.folders.state, { recursive: true })
    const status = await statusOf(workspace)
    const printed: string[] = []
    showStatus({ ...status, segments: null }, recordingTerminal(printed))
    expect(printed.join('\n')).not.toContain('Not running')
    expect(status.findings).toMatchObject([
      {
        code: 'LEFT_RUNNING',
        what: expect.stringContaining(`api (pid ${pid})`),
        fix: expect.stringContaining('npm stop ends them'),
      },
    ])
    await workspace.ensure()
    expect(workspace.text).toContain(`api (pid ${pid}) was left over by an earlier command and is stopped.`)
    expect(workspace.living()).toEqual(['api'])
    expect((await statusOf(workspace)).findings).toEqual([])
  })

  test('a state folder that is deleted during a start is an error with its fix, and nothing is left', async ({
    workspace,
  }) => {
    await workspace.add('sandbox', 1)
    await workspace.add('api', 2, 'mute')
    const { folders } = workspace
    const starting = ensureRunning(workspace.settings, workspace.terminal, {
      ...workspace.options,
      readyMs: 2_000,
    }).catch((error: unknown) => error)
    await workspace.waitForLiving('api', 'sandbox')
    rmSync(folders.state, { recursive: true })
    expect(() => writeState(folders, newState('workspace'))).toThrow(
      expect.objectContaining({ code: 'STATE_DIR_DELETED', fix: expect.stringContaining('npm stop') }),
    )
    expect(await starting).toMatchObject({ code: 'START_FAILED' })
    expect(workspace.living()).toEqual([])
  })

  test('after a restart of the machine nothing has crashed: the status says so, and setup starts it again', async ({
    workspace,
  }) => {
    const spec = await workspace.add('api')
    await workspace.ensure()
    await workspace.crash(spec)
    rewrite(workspace, ({ identity }) => ({ identity: { ...identity, startTime: '4711@an-earlier' } }))
    const { processes, findings } = await statusOf(workspace)
    expect(processes).toMatchObject([{ state: 'stopped', lastLines: [] }])
    expect(findings).toMatchObject([{ code: 'MACHINE_RESTARTED', fix: 'npm run setup starts them again' }])
    expect(await workspace.ensure()).toMatchObject({ outcome: 'started' })
    expect(workspace.text).not.toContain('crashed')
  })

  test('the uptime does not follow a clock that was set', async ({ workspace }) => {
    await workspace.add('api')
    await workspace.ensure()
    for (const startedAt of ['2099-01-01T00:00:00.000Z', '1999-01-01T00:00:00.000Z']) {
      rewrite(workspace, () => ({ startedAt }))
      const [api] = (await statusOf(workspace)).processes
      expect(api?.uptimeSeconds).toBeGreaterThanOrEqual(0)
      expect(api?.uptimeSeconds).toBeLessThan(60)
    }
  })

  test('a state file that cannot be read is a finding of the status, beside what runs', async ({
    workspace,
  }) => {
    await workspace.add('api')
    await workspace.ensure()
    const file = join(workspace.folders.run, 'processes.json')
    const { state } = workspace
    // A folder in the file's place: root may read every file.
    rmSync(file)
    mkdirSync(file)
    const { findings } = await statusOf(workspace)
    expect(findings.map(({ code }) => code)).toEqual(['STATE_FORBIDDEN', 'LEFT_RUNNING'])
    rmSync(file, { recursive: true })
    writeState(workspace.folders, state)
  })
})

plain('a process is of an earlier boot by the boot’s id, or where it is older than the first process', () => {
  const first = { startTime: '500@boot', group: 1, isZombie: false, isSuspended: false }
  const isEarlier = (startTime: string) => isOfEarlierBoot({ pid: 7, startTime }, first)
  expect([isEarlier('900@boot'), isEarlier('400@boot'), isEarlier('900@other')]).toEqual([false, true, true])
  expect(isEarlier('Mon Jan 5 10:00:00 2026')).toBe(false)
})

plain('an uptime that the system does not have is unknown', () => {
  expect(readUptime({ startTime: 'Mon Jan 5 10:00:00 2026' })).toBeUndefined()
})

plain('a file of another user is told from one of ours that is read-only', () => {
  const folder = temporaryFolder()
  const file = join(folder, 'file')
  writeFileSync(file, '')
  chmodSync(file, 0o400)
  const denied = Object.assign(new Error('EACCES'), { code: 'EACCES', path: file })
  expect(diagnoseSystemError(denied)).toMatchObject({
    code: 'FILE_READ_ONLY',
    // Of root's files the mode is not the reason.
    fix: process.getuid?.() === 0 ? 'Use a folder that you may write to' : `chmod -R u+rwX ${folder}`,
  })
})
