import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parse } from 'dotenv'
import { beforeEach, describe, expect, test, vi } from 'vitest'
import { createGpStandIn } from '../../tests/harness/gp.ts'
import { type Finished, run } from '../../tests/harness/run.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { createTerminal, type Terminal } from '../command-line/terminal.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { readAssignment } from './ask.ts'
import { forgetSetting, keepSetting, saveEnvironment } from './keep.ts'

const ROOT = resolve(import.meta.dirname, '../..')
const CANARY = 'canary-5f3a-secret-0042'

let folder: string
let file: string

beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder, '.env')
})

const environment = (more: Record<string, string> = {}): Record<string, string> => ({
  PATH: '/usr/bin:/bin',
  HOME: folder,
  WORKSPACE_ENV_FILE: file,
  WORKSPACE_STATE_DIR: join(folder, 'state'),
  ...more,
})

const inFile = () => parse(readFileSync(file))

async function withOutput<T>(
  work: (terminal: Terminal) => Promise<T>,
): Promise<{ result: T; output: string }> {
  const stream = new PassThrough()
  const result = await work(createTerminal(stream as unknown as NodeJS.WriteStream))
  stream.end()
  return { result, output: await text(stream) }
}

/** What `npm run env -- NAME=value` does. */
const assign = (argument: string, env = environment()) =>
  withOutput(async (terminal) => {
    const { name, value } = await readAssignment(argument, terminal, env)
    await keepSetting(detectWorkspace(env), terminal, name, value, env)
  })

describe('the command', () => {
  const env = (args: string[], more: Record<string, string> = {}, input = ''): Promise<Finished> =>
    run(process.execPath, [join(ROOT, 'scripts/commands/env.ts'), ...args], {
      cwd: ROOT,
      // The compile cache halves the time of a start, as in scripts/bootstrap.mjs.
      env: environment({ NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/node-compile'), ...more }),
      input,
    })

  test('without arguments shows each setting with its source, secrets masked', async () => {
    writeFileSync(file, `HONEYCOMB_API_KEY=${CANARY}\nROLLBAR_ACCESS_TOKEN=short\n`)
    const { code, stdout } = await env([], { AWS_REGION: 'eu-central-1' })
    expect(code).toBe(0)
    expect(stdout).toMatch(/HONEYCOMB_API_KEY +••••••••0042 +\.env/)
    expect(stdout).toMatch(/ROLLBAR_ACCESS_TOKEN +•••••••• +\.env/)
    expect(stdout).toMatch(/AWS_REGION +eu-central-1 +environment/)
    expect(stdout).toMatch(/PORT +4567 +default/)
    expect(stdout).toMatch(/AWS_PROFILE +– +unset/)
    expect(stdout).not.toContain('canary')
  })

  test('reads a value from standard input where there is no terminal, without its line break', async () => {
    const { code, stdout, stderr } = await env(['HONEYCOMB_API_KEY'], {}, `${CANARY}\n`)
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(inFile()).toEqual({ HONEYCOMB_API_KEY: CANARY })
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(stdout).not.toContain('canary')
  })

  test.each([
    ['no value on standard input', ['HONEYCOMB_API_KEY'], 1, 'no value for HONEYCOMB_API_KEY'],
    ['an unknown setting', [`HONEYCOMB_KEY=${CANARY}`], 1, 'Did you mean HONEYCOMB_API_KEY?'],
    [
      'two tasks at once',
      ['--save', 'PORT=1'],
      2,
      'Only one of NAME, --save, --unset and --ports can be given.',
    ],
  ])('fails with %s, and writes nothing', async (_what, args, exitCode, words) => {
    const { code, stderr } = await env(args, {}, '\n')
    expect(code).toBe(exitCode)
    expect(stderr).toContain(words)
    expect(stderr).not.toContain('canary')
    expect(existsSync(file)).toBe(false)
  })

  test('--save leaves out an invalid value, and says so', async () => {
    const { code, stdout } = await env(['--save'], { PORT: 'none', AWS_REGION: 'eu-central-1' })
    expect(code).toBe(1)
    expect(stdout).toContain('PORT is not kept: in the environment it is not a port number')
    expect(inFile().AWS_REGION).toBe('eu-central-1')
  })

  test('--unset takes a setting away', async () => {
    writeFileSync(file, 'A=1\nHONEYCOMB_API_KEY=x\n')
    expect((await env(['--unset', 'HONEYCOMB_API_KEY'])).code).toBe(0)
    expect(inFile()).toEqual({ A: '1' })
  })
})

test('NAME=value keeps a value in its place', async () => {
  writeFileSync(file, '# mine\nAWS_REGION=us-east-1 # home\n')
  await assign('AWS_REGION=eu-central-1')
  expect(readFileSync(file, 'utf8')).toBe('# mine\nAWS_REGION=eu-central-1 # home\n')
})

test.each(['npm_config_cache', 'npm_config_logs_dir'])(
  'a secret on the command line is kept too; a warning names npm’s log in %s, and the history, with how to remove them',
  async (variable) => {
    const logs = variable === 'npm_config_cache' ? join(folder, "it's", '_logs') : join(folder, 'own')
    mkdirSync(logs, { recursive: true })
    const log = join(logs, '2026-11-26T19_37_57_108Z-debug-0.log')
    writeFileSync(log, `7 verbose argv "run" "env" "--" "HONEYCOMB_API_KEY=${CANARY}"\n`)
    writeFileSync(join(logs, '2026-11-25T19_37_57_108Z-debug-0.log'), 'verbose argv "run" "env"\n')
    const cache = variable === 'npm_config_cache' ? join(folder, "it's") : logs
    const env = environment({ [variable]: cache, SHELL: '/bin/bash' })
    const { output } = await assign(`HONEYCOMB_API_KEY=${CANARY}`, env)
    expect(output).toContain('HONEYCOMB_API_KEY is a secret')
    expect(output).toContain('history -d -2')
    expect(output).toContain(`${folder}/.bash_history`)
    expect(output).not.toContain('canary')
    expect(inFile().HONEYCOMB_API_KEY).toBe(CANARY)
    const [command = ''] = /(?<=others can read: ).*/.exec(output) ?? []
    expect(spawnSync('sh', ['-c', command]).status).toBe(0)
    expect(readdirSync(logs)).toEqual(['2026-11-25T19_37_57_108Z-debug-0.log'])
  },
)

test('the warning comes for a mistyped name too, and for no other setting than a secret', async () => {
  const { output } = await withOutput(async (terminal) => {
    await expect(
      readAssignment(`HONEYCOMB_APIKEY=${CANARY}`, terminal, environment({ SHELL: '/usr/bin/fish' })),
    ).rejects.toThrow('There is no setting HONEYCOMB_APIKEY')
    await readAssignment('PORT=4000', terminal, environment())
  })
  expect(output).toContain('history delete --exact --case-sensitive --contains HONEYCOMB_APIKEY= (fish)')
  expect(output.match(/is a secret/g)).toHaveLength(1)
  expect(output).not.toContain('canary')
})

test.each(['<your-key>', '$HONEYCOMB_API_KEY', 'your-key-here', ''])(
  'the placeholder "%s" is no secret: the only line says what is wrong, and asks for the key',
  async (value) => {
    const { output } = await withOutput((terminal) =>
      expect(
        readAssignment(`HONEYCOMB_API_KEY=${value}`, terminal, environment()).then(({ name }) =>
          keepSetting(detectWorkspace(environment()), terminal, name, value, environment()),
        ),
      ).rejects.toMatchObject({
        message: expect.stringContaining('Nothing was written'),
        fix: expect.stringMatching(
          /npm run env -- (HONEYCOMB_API_KEY asks for it: |--unset HONEYCOMB_API_KEY)/,
        ),
      }),
    )
    expect(output).toBe('')
  },
)

test('a list with a placeholder may have a secret too', async () => {
  const argument = `OTEL_EXPORTER_OTLP_HEADERS=x-honeycomb-team=${CANARY},x-name=<your-name>`
  const { output } = await withOutput((terminal) => readAssignment(argument, terminal, environment()))
  expect(output).toContain('OTEL_EXPORTER_OTLP_HEADERS is a secret')
})

test.each([
  ['PORT=none', 'PORT "none" is not a port number'],
  ['AWS_REGION=', 'AWS_REGION is empty'],
  ['AWS_REGION=Ireland', 'is not a region'],
  ['WORKSPACE_ENV_FILE=other', 'cannot be kept in that file itself'],
])('%s is rejected with the reason, and nothing is written', async (argument, reason) => {
  await expect(assign(argument)).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringContaining(reason),
  })
  expect(existsSync(file)).toBe(false)
})

test('every setting of the environment is kept in .env, and at the platform if it is not `perMachine`', async () => {
  const gp = createGpStandIn()
  const env = environment({
    PATH: `${gp.folder}:/usr/bin:/bin`,
    GITPOD_WORKSPACE_ID: 'amber-otter-1',
    HONEYCOMB_API_KEY: CANARY,
    AWS_PROFILE: 'work',
    ROLLBAR_ENVIRONMENT: '',
    ZX_VERBOSE: 'true',
    UNRELATED: 'x',
  })
  const { result, output } = await withOutput((terminal) =>
    saveEnvironment(detectWorkspace(env), terminal, env),
  )
  const saved = { HONEYCOMB_API_KEY: CANARY, AWS_PROFILE: 'work', WORKSPACE_STATE_DIR: join(folder, 'state') }
  expect(inFile()).toEqual(saved)
  expect(result).toEqual({ saved: 3, invalid: 0 })
  expect(gp.calls()).toEqual([['env', `HONEYCOMB_API_KEY=${CANARY}`]])
  expect(output).not.toContain('canary')
})

test('what npm run sandbox prints for an app is not kept', async () => {
  const env = environment({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=sandbox',
    ROLLBAR_ACCESS_TOKEN: 'sandbox',
  })
  await withOutput((terminal) => saveEnvironment(detectWorkspace(env), terminal, env))
  expect(inFile()).toEqual({ WORKSPACE_STATE_DIR: join(folder, 'state') })
})

test('forgetting a setting leaves the rest of the file', async () => {
  writeFileSync(file, '# mine\nPORT=5000\n')
  const env = environment({ PORT: '6000' })
  const { output } = await withOutput((terminal) =>
    forgetSetting(detectWorkspace(env), terminal, 'PORT', env),
  )
  expect(readFileSync(file, 'utf8')).toBe('# mine\n')
  expect(output).toContain('still set in this shell')
})

test('a file that others can read is made private, and a warning says that the environment’s other value wins', async () => {
  writeFileSync(file, '')
  chmodSync(file, 0o644)
  const { output } = await assign('PORT=5000', environment({ PORT: '6000' }))
  expect(output).toContain('mode 644')
  expect(output).toContain('wins over .env')
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a file that git would commit is warned about', async () => {
  spawnSync('git', ['init', '--quiet', folder])
  expect((await assign('PORT=5000')).output).toContain('git does not ignore')
  writeFileSync(join(folder, '.gitignore'), '.env\n')
  expect((await assign('PORT=5001')).output).not.toContain('git does not ignore')
})

test('after a change only what settings can have caused is warned about', async () => {
  const findings = ['SETTINGS_CHANGED', 'CODE_CHANGED'].map((code) => ({ code, what: `${code}.` }))
  vi.doMock('../processes/status.ts', () => ({
    readStatus: async () => ({ processes: [{ pid: 1 }], findings, scope: 'sandbox' }),
  }))
  const { applySettings } = await import('./apply.ts')
  const { output } = await withOutput((terminal) => applySettings(terminal, { restart: false }))
  expect(output).toContain('! SETTINGS_CHANGED.')
  expect(output).not.toContain('CODE_CHANGED')
  expect(output).toContain('npm run sandbox, makes')
})
