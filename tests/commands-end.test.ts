import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT, spawnProcess } from './harness/process.ts'
import { ProviderServer } from './harness/provider-server.ts'
import { run } from './harness/run.ts'
import { scaled } from './harness/scale.ts'
import { temporaryFolder } from './harness/temporary-folder.ts'
import { bareEnvironment } from './harness/workspace.ts'

function environment(more: Record<string, string> = {}) {
  const folder = temporaryFolder()
  const state = { WORKSPACE_STATE_DIR: join(folder, 'state'), WORKSPACE_ENV_FILE: join(folder, '.env') }
  return { ...bareEnvironment(), ...state, ...more }
}

describe('invalid settings are JSON too', () => {
  /** Every npm script whose help has --json, with arguments that make it work. */
  const COMMANDS = [
    'status',
    'doctor',
    'verify',
    'load',
    'ask',
    'traces find',
    'workshop',
    'workshop class x',
  ]

  test('each command with --json is among them', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const files = Object.keys(scripts).map((name) => join(ROOT, 'scripts', 'commands', `${name}.ts`))
    const withJson = files
      .filter((file) => existsSync(file) && /\bjson: \{/.test(readFileSync(file, 'utf8')))
      .map((file) => file.replace(/.*\/(.+)\.ts$/, '$1'))
    expect(new Set(COMMANDS.map((command) => command.split(' ')[0]))).toEqual(new Set(withJson))
  })

  // One for each way in which a command prints its error.
  const RUN = scaled(['status', 'doctor', 'ask', 'workshop class x'], COMMANDS)
  test.concurrent.each(RUN)('npm run %s -- --json', async (command) => {
    const [name, ...args] = command.split(' ')
    const env = environment({ PORT: 'none' })
    const file = `scripts/commands/${name}.ts`
    const { stdout, stderr, code } = await run(process.execPath, [file, ...args, '--json'], {
      cwd: ROOT,
      env,
    })
    const text = JSON.stringify(JSON.parse(stdout))
    expect(text, stderr).toContain('SETTING_INVALID')
    expect(text).toContain('is not a port number')
    if (name !== 'status') expect(code).toBe(1)
    if (text.startsWith('{"error"')) {
      expect(JSON.parse(stdout).error).toEqual({
        code: 'SETTING_INVALID',
        what: 'PORT "none" (environment) is not a port number.',
        fix: expect.stringContaining('Correct the value in the environment'),
      })
    }
  })
})

describe('a signal ends a command with one line', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)('%s', async (signal) => {
    // Honeycomb that does not answer: the command waits for it.
    await using silent = await ProviderServer.start(() => {})
    const env = environment({
      PORT: new URL(silent.url).port,
      PROFILES_URL: silent.url,
      SANDBOX_PORT: new URL(silent.url).port,
    })
    const command = spawnProcess(['scripts/bootstrap.mjs', 'verify'], env)
    await expect.poll(command.output, { timeout: 10_000 }).toContain('Sending two requests')
    command.child.kill(signal)
    await command.exited
    expect(command.child.signalCode).toBe(signal)
    expect(command.stderr()).toBe(
      '✗ npm run verify was interrupted.\n  → npm run verify sends its requests again.\n',
    )
  })
})
