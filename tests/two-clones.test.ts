import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { ROOT } from './harness/process.ts'
import { run } from './harness/run.ts'
import { sharedWorkspace } from './harness/shared-workspace.ts'
import { temporaryFolder } from './harness/temporary-folder.ts'
import type { TestWorkspace } from './harness/workspace.ts'

let first: Omit<TestWorkspace, 'dispose'>

beforeAll(async () => {
  first = await sharedWorkspace()
})

/** Runs a command of a second clone: it has its own state folder, and the ports of the first. */
function second(command: string) {
  const folder = temporaryFolder()
  const own = { WORKSPACE_STATE_DIR: join(folder, 'state'), WORKSPACE_ENV_FILE: join(folder, '.env') }
  const [name, ...args] = command.split(' ')
  return run(process.execPath, [`scripts/commands/${name}.ts`, ...args], {
    cwd: ROOT,
    env: { ...first.env, ...own },
  })
}

// Other systems do not show the environment of a process, which names its clone.
describe.runIf(process.platform === 'linux')('a second clone with the ports of the first, which runs', () => {
  test('setup names the first clone’s folder, and one command moves all ports', async () => {
    const { code, stderr } = await second('setup --yes')
    expect(code).toBe(1)
    const { api, profiles, sandbox } = first.ports
    for (const port of [api, profiles, sandbox]) expect(stderr).toContain(`${port} (TCP)`)
    expect(stderr).toContain(`✗ The workspace in ${join(first.folder, 'state')} has ports`)
    expect(stderr.match(/npm run env -- .*/g)).toEqual([
      expect.stringMatching(/^npm run env -- --ports 2\d{3}0$/),
    ])
  })

  test.each([
    'verify --json',
    'load --duration 1',
    'traces find --json',
    'ask --calculate COUNT --json',
    'aws',
  ])('npm run %s uses no process of the first clone', async (command) => {
    const { code, stdout, stderr } = await second(command)
    expect(code, stdout + stderr).toBe(1)
    expect(stderr).toContain(`is that of the workspace in ${join(first.folder, 'state')}, not of ${ROOT}.`)
    if (command.endsWith('--json')) expect(JSON.parse(stdout).error.code).toBe('OTHER_WORKSPACE')
  })
})
