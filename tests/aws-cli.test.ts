import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { run } from './support/run.ts'
import { createWorkspace, type TestWorkspace } from './support/workspace.ts'

const aws = findAws()

/** The real AWS CLI, as the bootcamp used it, with the sandbox for an endpoint. */
describe.skipIf(!aws)(`the AWS CLI${aws ? '' : ' (skipped: there is no `aws` on this machine)'}`, () => {
  let workspace: TestWorkspace
  let traceId: string

  beforeAll(async () => {
    workspace = await createWorkspace()
    const { code, stdout, stderr } = await workspace.command('setup', ['--yes'])
    expect(code, `${stdout}${stderr}${workspace.logs()}`).toBe(0)
    const verified = await workspace.command('verify', ['--json'])
    traceId = JSON.parse(verified.stdout).xrayTraceId
  })

  afterAll(() => workspace.dispose())

  async function xray(...args: string[]): Promise<Record<string, unknown[]>> {
    const { code, stdout, stderr } = await run(
      aws ?? '',
      ['xray', ...args, '--endpoint-url', workspace.sandbox],
      {
        cwd: workspace.folder,
        env: {
          ...workspace.env,
          AWS_ACCESS_KEY_ID: 'sandbox',
          AWS_SECRET_ACCESS_KEY: 'sandbox',
          AWS_DEFAULT_REGION: 'us-east-1',
          AWS_PAGER: '',
        },
      },
    )
    expect(code, stderr).toBe(0)
    return JSON.parse(stdout)
  }

  test('lists the group', async () => {
    const { Groups } = await xray('get-groups')
    expect(Groups).toMatchObject([
      { GroupName: 'Cruddur', FilterExpression: 'service("cruddur-backend") { fault OR error }' },
    ])
  })

  test('lists the sampling rules', async () => {
    const { SamplingRuleRecords = [] } = await xray('get-sampling-rules')
    const rules = (SamplingRuleRecords as { SamplingRule: { RuleName: string; ServiceName: string } }[]).map(
      ({ SamplingRule: { RuleName, ServiceName } }) => `${RuleName} ${ServiceName}`,
    )
    expect(rules.sort()).toEqual(['Cruddur cruddur-backend*', 'CruddurRollbar cruddur-backend*', 'Default *'])
  })

  test('reads the trace', async () => {
    const { Traces } = await xray('batch-get-traces', '--trace-ids', traceId)
    expect(Traces).toMatchObject([{ Id: traceId }])
    expect(Traces).toMatchObject([{ Segments: [{}, {}, {}] }])
  })

  test('finds the failing trace by the group’s filter', async () => {
    const now = Math.floor(Date.now() / 1000)
    const { TraceSummaries = [] } = await xray(
      'get-trace-summaries',
      '--start-time',
      String(now - 300),
      '--end-time',
      String(now + 5),
      '--filter-expression',
      'service("cruddur-backend") { fault OR error }',
    )
    expect((TraceSummaries as { Id: string }[]).map(({ Id }) => Id)).toContain(traceId)
  })
})

function findAws(): string | undefined {
  try {
    const path = execFileSync('sh', ['-c', 'command -v aws'], { encoding: 'utf8' }).trim()
    execFileSync(path, ['--version'], { stdio: 'ignore' })
    return path
  } catch {
    return undefined
  }
}
