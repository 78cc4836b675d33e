import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { findMarked } from '../../scripts/processes/living.ts'
import { spawnProcess } from '../harness/process.ts'
import { IS_LONG, scaled } from '../harness/scale.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'

/** From the first line of code to the moment after the proof (ms). */
const KILLED_AFTER_MS = scaled([300, 1_500], [100, 200, 400, 700, 1_000, 1_400, 1_900, 2_500, 3_300, 4_200])

let workspace: TestWorkspace

beforeAll(async () => {
  workspace = await createWorkspace({ ROLLBAR_ENVIRONMENT: 'a # b' }, { database: 'embedded' })
})

afterAll(() => workspace.dispose())

function expectOneSet(): void {
  const marked = findMarked(resolve(workspace.folder, 'state'))
  expect(marked.map(({ name }) => name).sort()).toEqual(['api', 'database', 'profiles', 'sandbox'])
  const envFile = resolve(workspace.folder, '.env')
  expect(statSync(envFile).mode & 0o777).toBe(0o600)
  expect(readFileSync(envFile, 'utf8').match(/ROLLBAR_ENVIRONMENT=/g)).toHaveLength(1)
}

test('one setup completes what setups have left that were killed at any step', async () => {
  for (const ms of KILLED_AFTER_MS) {
    const { child, exited } = spawnProcess(['scripts/commands/setup.ts', '--yes'], workspace.env)
    await Promise.race([delay(ms), exited])
    child.kill('SIGKILL')
    await exited
  }
  await workspace.setUp()
  expectOneSet()
})

// ensure-running.test.ts starts small processes twice at once.
test.runIf(IS_LONG)('two setups at once end with one set of processes', async () => {
  await workspace.command('stop')
  await Promise.all([workspace.setUp(), workspace.setUp()])
  expectOneSet()
})
