import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UpdateSamplingRuleCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { silentTerminal } from '../../scripts/command-line/terminal.ts'
import { diagnose } from '../../scripts/doctor/doctor.ts'
import { SETTING_NAMES, SETTINGS } from '../../settings/catalogue.ts'
import type { Environment } from '../harness/process.ts'
import type { Finished } from '../harness/run.ts'
import { xrayClientOf } from '../harness/sandbox.ts'
import { IS_LONG } from '../harness/scale.ts'
import { sharedWorkspace } from '../harness/shared-workspace.ts'
import { step } from '../harness/step.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'

const SECRETS = SETTING_NAMES.filter((name) => SETTINGS[name].secret && name !== 'DATABASE_URL')
const CANARIES = Object.fromEntries(
  SECRETS.map((name) => {
    const value = `canary-${name.toLowerCase()}`
    return [name, name === 'OTEL_EXPORTER_OTLP_HEADERS' ? `x-other=${value}` : value]
  }),
)

/** The second where doctor has a warning, as about a small machine. */
const WELL = /✓ (All is well|Nothing is broken)/

let workspace: TestWorkspace
/** The output of all commands. */
let said = ''

beforeAll(async () => {
  const local = { HONEYCOMB_ENABLED: 'local', XRAY_ENABLED: 'local', ROLLBAR_ENABLED: 'local' }
  workspace = await createWorkspace({ ...CANARIES, ...local })
})

afterAll(() => workspace.dispose())

async function command(name: string, args: string[] = [], env: Environment = {}): Promise<Finished> {
  const finished = await workspace.command(name, args, env)
  said += `${finished.stdout}${finished.stderr}`
  return finished
}

/** The problems that `npm run doctor` would print, found in this process. */
async function problems(env: Environment = {}): Promise<string[]> {
  const { checks } = await diagnose(silentTerminal(), { ...workspace.env, ...env })
  return checks
    .flatMap(({ findings }) => findings)
    .flatMap(({ severity, what }) => (severity === 'problem' ? what : []))
}

/** Runs `npm run doctor -- --fix`, which must end with 0. Returns its output. */
async function fixes(env: Environment = {}): Promise<string> {
  const { code, stdout, stderr } = await command('doctor', ['--fix'], env)
  expect(code, `${stdout}${stderr}${workspace.logs()}`).toBe(0)
  return stdout
}

test('doctor takes a workspace from nothing, through everything that breaks, to nothing', {
  timeout: 300_000,
}, async () => {
  const changed = { ROLLBAR_ENVIRONMENT: 'staging' }

  await step('when nothing runs, that is the only problem, and --fix starts everything', async () => {
    const before = await command('doctor', ['--json'])
    expect(before.code).toBe(1)
    expect(JSON.parse(before.stdout)).toMatchObject({ ok: false })
    const told = await command('doctor')
    expect(told.stdout).toContain('✗ Nothing runs.')
    expect(told.stdout).toContain('→ npm run setup')
    expect(told.stdout).toContain('1 problem.')
    // Setup, which creates the group and the rules, has not run: they are missing once everything runs.
    const fixed = await fixes()
    expect(fixed).toContain('✓ The group and the sampling rules are as aws/json/ has them')
    expect(fixed).toMatch(WELL)
  })

  await step(
    'doctor names a changed rule, a crashed process, and a setting that the api does not have yet',
    async () => {
      const client = xrayClientOf(workspace.sandbox)
      const SamplingRuleUpdate = { RuleName: 'Cruddur', FixedRate: 1 }
      await client.send(new UpdateSamplingRuleCommand({ SamplingRuleUpdate }))
      client.destroy()
      process.kill(workspace.pidOf('profiles'), 'SIGKILL')
      await expect
        .poll(() => problems(changed), { timeout: 20_000, interval: 500 })
        .toEqual([
          expect.stringMatching(/^profiles has crashed/),
          'The settings of api have changed.',
          'The sampling rule Cruddur differs from aws/json/: FixedRate: 1 → 0.1.',
        ])
      expect((await command('env', [], changed)).stdout).toContain('! The settings of api have changed.')
    },
  )

  await step(
    'env --restart restarts only changed processes; doctor names an unreachable database',
    async () => {
      const noDatabase = { ...changed, DATABASE_URL: 'postgresql://user:pw@127.0.0.1:1/none' }
      const restarted = await command('env', ['--restart'], noDatabase)
      expect(restarted.stdout).toContain(
        'Starting again: profiles (it has crashed), api (its settings have changed).',
      )
      await expect
        .poll(() => problems(noDatabase), { timeout: 20_000, interval: 500 })
        .toEqual([
          'api answers, but is not ready: it cannot reach database.',
          'The sampling rule Cruddur differs from aws/json/: FixedRate: 1 → 0.1.',
        ])
      const good = await command('env', ['--restart'], changed)
      expect(good.code, `${good.stdout}${good.stderr}${workspace.logs()}`).toBe(0)
      await fixes(changed)
    },
  )

  await step(
    'doctor names a suspended process; --fix stops nothing where the settings cannot start',
    async () => {
      const sandbox = workspace.pidOf('sandbox')
      process.kill(sandbox, 'SIGSTOP')
      try {
        await expect.poll(() => problems(changed), { timeout: 20_000 }).toEqual(['Suspended: sandbox.'])
      } finally {
        process.kill(sandbox, 'SIGCONT')
      }

      const clash = await command('doctor', ['--fix'], { ...changed, PORT: String(workspace.ports.profiles) })
      expect([clash.code, clash.stdout]).toEqual([1, expect.stringContaining('both want port')])
      expect(await problems(changed), 'nothing was stopped').toEqual([])
    },
  )

  // In the short run ensure-running.test.ts replaces processes that no state names.
  await step('with an unreadable state file, --fix starts everything again', async () => {
    if (!IS_LONG) return
    writeFileSync(join(workspace.folder, 'state', 'run', 'processes.json'), '{}')
    await fixes(changed)
  })

  await step('teardown lists what it will remove, asks, removes it, and checks that it is gone', async () => {
    const dry = await command('teardown', ['--dry-run'])
    expect(dry.stdout).toContain('processes: sandbox, profiles, api')
    const unasked = await command('teardown')
    expect([unasked.code, unasked.stderr]).toEqual([1, expect.stringContaining('npm run teardown -- --yes')])
    expect(await problems(changed)).toEqual([])
    const done = await command('teardown', ['--yes'])
    expect(done.code, `${done.stdout}${done.stderr}`).toBe(0)
    expect(done.stdout).toContain('✓ no process of ours runs, their ports are free')
    expect(existsSync(join(workspace.folder, 'state'))).toBe(false)
    expect((await command('teardown', ['--yes'])).stdout).toContain('There is nothing to remove.')
  })

  await step('no secret was printed, or is in a command line', () => {
    expect(said).toMatch(WELL)
    expect(said).not.toContain('canary-')
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      expect(commandLine(pid)).not.toContain('canary-')
    }
  })
})

test('load sends to all routes, fails where it should, and counts the sampled requests', async () => {
  const shared = await sharedWorkspace()
  const { code, stdout, stderr } = await shared.command('load', [
    // More would be too many for two cores that run other tests at the same time.
    '--rate',
    '25',
    '--duration',
    '3',
    '--errors',
    '10',
    '--seed',
    '42',
    '--json',
  ])
  expect(code, `${stdout}${stderr}${shared.logs()}`).toBe(0)
  const { seed, all, routes } = JSON.parse(stdout)
  expect(seed).toBe(42)
  expect(all.requests - routes['POST /api/session'].requests).toBe(75)
  expect(Object.keys(routes).length).toBeGreaterThanOrEqual(6)
  expect(routes['GET /rollbar/test'].statuses).toEqual({ 500: routes['GET /rollbar/test'].requests })
  expect(all.sampled).toBeGreaterThan(0)
  expect(all.sampled).toBeLessThan(all.requests)
  expect(all.latencyMs.p50).toBeGreaterThan(0)
})

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return ''
  }
}
