import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UpdateSamplingRuleCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SETTING_NAMES, SETTINGS } from '../settings/catalogue.ts'
import type { Finished } from './harness/run.ts'
import { xrayClientOf } from './harness/sandbox.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const SECRETS = SETTING_NAMES.filter((name) => SETTINGS[name].secret && name !== 'DATABASE_URL')
const CANARIES = Object.fromEntries(
  SECRETS.map((name) => {
    const value = `canary-${name.toLowerCase()}`
    return [name, name === 'OTEL_EXPORTER_OTLP_HEADERS' ? `x-other=${value}` : value]
  }),
)

interface Report {
  readonly ok: boolean
  readonly checks: readonly {
    readonly findings: readonly { readonly severity: string; readonly what: string }[]
  }[]
}

/** The second where the machine is small, which is a warning. */
const WELL = /✓ (All is well|Nothing is broken)/

let workspace: TestWorkspace
/** The output of all commands. */
let said = ''

beforeAll(async () => {
  const local = { HONEYCOMB_ENABLED: 'local', XRAY_ENABLED: 'local', ROLLBAR_ENABLED: 'local' }
  workspace = await createWorkspace({ ...CANARIES, ...local })
})

afterAll(() => workspace.dispose())

async function command(
  name: string,
  args: string[] = [],
  env: Record<string, string> = {},
): Promise<Finished> {
  const finished = await workspace.command(name, args, env)
  said += `${finished.stdout}${finished.stderr}`
  return finished
}

async function problems(env: Record<string, string> = {}): Promise<string[]> {
  const { stdout } = await command('doctor', ['--json'], env)
  const { checks } = JSON.parse(stdout) as Report
  return checks
    .flatMap(({ findings }) => findings)
    .flatMap(({ severity, what }) => (severity === 'problem' ? what : []))
}

// One workspace from nothing to nothing: each step begins where the one before has ended.
describe('a workspace’s life with its doctor', { timeout: 120_000 }, () => {
  test('before anything runs, that is the only problem; --fix starts everything', async () => {
    const before = await command('doctor')
    expect(before.code).toBe(1)
    expect(before.stdout).toContain('✗ Nothing runs.')
    expect(before.stdout).toContain('→ npm run setup')
    expect(before.stdout).toContain('1 problem.')
    // Setup, which creates the group and the rules, has not run: they are missing once everything runs.
    const fixed = await command('doctor', ['--fix'])
    expect(fixed.code, `${fixed.stdout}${workspace.logs()}`).toBe(0)
    expect(fixed.stdout).toContain('✓ The group and the sampling rules are as aws/json/ has them')
    expect(fixed.stdout).toMatch(WELL)
  })

  test('load sends to all routes, fails where it should, and counts the sampled requests', async () => {
    const { code, stdout, stderr } = await command('load', [
      // More would be too many for two cores that run other tests beside.
      '--rate',
      '25',
      '--duration',
      '3',
      '--errors',
      '10',
      '--json',
    ])
    expect(code, `${stdout}${stderr}${workspace.logs()}`).toBe(0)
    const { all, routes } = JSON.parse(stdout)
    expect(all.requests).toBe(75)
    expect(Object.keys(routes).length).toBeGreaterThanOrEqual(6)
    expect(routes['GET /rollbar/test'].statuses).toEqual({ 500: routes['GET /rollbar/test'].requests })
    expect(all.sampled).toBeGreaterThan(0)
    expect(all.sampled).toBeLessThan(all.requests)
    expect(all.latencyMs.p50).toBeGreaterThan(0)
  })

  test('a changed rule, a killed process, and a setting that has not arrived', async () => {
    const client = xrayClientOf(workspace.sandbox)
    await client.send(
      new UpdateSamplingRuleCommand({ SamplingRuleUpdate: { RuleName: 'Cruddur', FixedRate: 1 } }),
    )
    client.destroy()
    const { stdout } = await command('status', ['--json'])
    const { processes } = JSON.parse(stdout) as { processes: { name: string; pid: number }[] }
    process.kill(processes.find(({ name }) => name === 'profiles')?.pid ?? 0, 'SIGKILL')
    const changed = { ROLLBAR_ENVIRONMENT: 'staging' }
    await expect
      .poll(() => problems(changed), { timeout: 20_000, interval: 1_500 })
      .toEqual([
        expect.stringMatching(/^profiles has crashed \(signal SIGKILL/),
        'The settings of sandbox, profiles, api have changed.',
        'The sampling rule Cruddur differs from aws/json/: FixedRate: 1 → 0.1.',
      ])
    expect((await command('env', [], changed)).stdout).toContain(
      '! The settings of sandbox, profiles, api have changed.',
    )
    const restarted = await command('env', ['--restart'], { ROLLBAR_ENVIRONMENT: 'qa' })
    expect(restarted.stdout).toContain('Starting again: profiles has crashed')
    const fixed = await command('doctor', ['--fix'], changed)
    expect(fixed.code, `${fixed.stdout}${workspace.logs()}`).toBe(0)
  })

  test('a suspended process, a missing database, and settings that cannot start', async () => {
    const { stdout } = await command('status', ['--json'])
    const { processes } = JSON.parse(stdout) as { processes: { name: string; pid: number }[] }
    const sandbox = processes.find(({ name }) => name === 'sandbox')?.pid ?? 0
    process.kill(sandbox, 'SIGSTOP')
    const changed = { ROLLBAR_ENVIRONMENT: 'staging' }
    const hung = await problems(changed)
    process.kill(sandbox, 'SIGCONT')
    expect(hung).toEqual([expect.stringMatching(/^sandbox \(pid \d+\) runs, and does not answer/)])

    const clash = await command('doctor', ['--fix'], { ...changed, PORT: String(workspace.ports.profiles) })
    expect([clash.code, clash.stdout]).toEqual([1, expect.stringContaining('both want port')])
    expect(await problems(changed), 'and nothing was stopped for it').toEqual([])

    const noDatabase = { ...changed, DATABASE_URL: 'postgresql://user:pw@127.0.0.1:1/none' }
    await command('env', ['--restart'], noDatabase)
    await expect
      .poll(() => problems(noDatabase), { timeout: 20_000, interval: 1_500 })
      .toEqual(['api answers, but is not ready: it cannot reach database.'])
    expect((await command('env', ['--restart'], changed)).code).toBe(0)
  })

  test('a spoilt state file: --fix starts everything again', async () => {
    writeFileSync(join(workspace.folder, 'state', 'run', 'supervisor.json'), '{}')
    const changed = { ROLLBAR_ENVIRONMENT: 'staging' }
    const fixed = await command('doctor', ['--fix'], changed)
    expect(fixed.code, `${fixed.stdout}${fixed.stderr}${workspace.logs()}`).toBe(0)
  })

  test('teardown lists what it removes, asks, removes it, and proves it', async () => {
    const dry = await command('teardown', ['--dry-run'])
    expect(dry.stdout).toContain('processes: sandbox, profiles, api')
    const unasked = await command('teardown')
    expect([unasked.code, unasked.stderr]).toEqual([1, expect.stringContaining('npm run teardown -- --yes')])
    expect(await problems({ ROLLBAR_ENVIRONMENT: 'staging' })).toEqual([])
    const done = await command('teardown', ['--yes'])
    expect(done.code, `${done.stdout}${done.stderr}`).toBe(0)
    expect(done.stdout).toContain('✓ no process of ours runs, their ports are free')
    expect(existsSync(join(workspace.folder, 'state'))).toBe(false)
    expect((await command('teardown', ['--yes'])).stdout).toContain('There is nothing to remove.')
  })

  test('no secret is in any output or command line', () => {
    expect(said).toMatch(WELL)
    expect(said).not.toContain('canary-')
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      expect(commandLine(pid)).not.toContain('canary-')
    }
  })
})

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
