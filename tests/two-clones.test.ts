import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Report } from '../scripts/doctor/doctor.ts'
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
function second(command: string, folder = temporaryFolder()) {
  const own = { WORKSPACE_STATE_DIR: join(folder, 'state'), WORKSPACE_ENV_FILE: join(folder, '.env') }
  const [name, ...args] = command.split(' ')
  return run(process.execPath, [`scripts/commands/${name}.ts`, ...args], {
    cwd: ROOT,
    env: { ...first.env, ...own },
  })
}

// Other systems do not show the environment of a process, which names its clone.
describe.runIf(process.platform === 'linux')('a second clone with the ports of the first, which runs', () => {
  test('setup names the first clone’s folder, and one command moves all ports; doctor then says it once', async () => {
    const folder = temporaryFolder()
    const { code, stderr } = await second('setup --yes', folder)
    expect(code).toBe(1)
    expect(stderr).toContain(`✗ The workspace in ${join(first.folder, 'state')} has our ports `)
    expect(stderr.match(/npm run env -- .*/g)).toEqual([
      expect.stringMatching(/^npm run env -- --ports 2\d{3}0$/),
    ])
    const doctor = JSON.parse((await second('doctor --json', folder)).stdout) as Report
    const findings = doctor.checks.flatMap((check) => check.findings)
    expect(findings.filter(({ severity }) => severity === 'problem')).toMatchObject([{ code: 'PORT_TAKEN' }])
    // What the first clone's sandbox has is no news of this one.
    for (const title of ['X-Ray daemon', 'Sampling rules and group', 'Telemetry']) {
      expect(doctor.checks.find((check) => check.title === title)).toMatchObject({ good: [], findings: [] })
    }
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

  test('env warns at once of a port that the first clone has', async () => {
    const { code, stdout } = await second(`env PORT=${first.ports.api}`)
    expect(code).toBe(0)
    expect(stdout).toContain(`! The workspace in ${join(first.folder, 'state')} has `)
    expect(stdout).toMatch(/npm run env -- --ports 2\d{3}0\n/)
  })

  test('mcp answers with the first clone’s folder, and nothing of its telemetry', async () => {
    const folder = temporaryFolder()
    const transport = new StdioClientTransport({
      ...{ command: process.execPath, args: ['scripts/commands/mcp.ts'], cwd: ROOT, stderr: 'ignore' },
      env: {
        ...first.env,
        WORKSPACE_STATE_DIR: join(folder, 'state'),
        WORKSPACE_ENV_FILE: join(folder, '.env'),
      },
    })
    const client = new Client({ name: 'test', version: '1' })
    await client.connect(transport)
    const answers = await Promise.all(
      ['find_traces', 'list_providers'].map((name) => client.callTool({ name, arguments: {} })),
    ).finally(() => client.close())
    for (const { isError, content } of answers) {
      expect(isError).toBe(true)
      expect(JSON.stringify(content)).toContain(
        `is that of the workspace in ${join(first.folder, 'state')}, not of ${ROOT}.`,
      )
    }
  })
})
