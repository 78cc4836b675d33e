import { spawn } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findMarked } from '../scripts/processes/marker.ts'
import { scaled } from './harness/scale.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const ROOT = resolve(import.meta.dirname, '..')
/** From the first line of code to the proof, and past it. */
const KILLED_AFTER_MS = scaled([300, 1_500], [100, 200, 400, 700, 1_000, 1_400, 1_900, 2_500, 3_300, 4_200])

let workspace: TestWorkspace

beforeAll(async () => {
  workspace = await createWorkspace({ ROLLBAR_ENVIRONMENT: 'a # b' }, { database: 'embedded' })
})

afterAll(() => workspace.dispose())

describe('setup, killed at any step', () => {
  test('and run again, ends well with one set of processes', async () => {
    for (const ms of KILLED_AFTER_MS) {
      const child = spawn(process.execPath, ['scripts/commands/setup.ts', '--yes'], {
        cwd: ROOT,
        env: { ...workspace.env },
        stdio: 'ignore',
      })
      const exited = new Promise((done) => child.once('exit', done))
      await Promise.race([delay(ms), exited])
      child.kill('SIGKILL')
      await exited
    }
    const { code, stdout, stderr } = await workspace.command('setup', ['--yes'])
    expect(code, `${stdout}${stderr}${workspace.logs()}`).toBe(0)
    const names = findMarked(resolve(workspace.folder, 'state'))
      .map(({ name }) => name)
      .sort()
    expect(names).toEqual(['api', 'database', 'profiles', 'sandbox'])
    const envFile = resolve(workspace.folder, '.env')
    expect(statSync(envFile).mode & 0o777).toBe(0o600)
    expect(readFileSync(envFile, 'utf8').match(/ROLLBAR_ENVIRONMENT=/g)).toHaveLength(1)
  })

  test('two at once end well together', async () => {
    await workspace.command('stop')
    const both = await Promise.all([
      workspace.command('setup', ['--yes']),
      workspace.command('setup', ['--yes']),
    ])
    for (const { code, stdout, stderr } of both) expect(code, `${stdout}${stderr}${workspace.logs()}`).toBe(0)
    expect(findMarked(resolve(workspace.folder, 'state'))).toHaveLength(4)
  })
})
