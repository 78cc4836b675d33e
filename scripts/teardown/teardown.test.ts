import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { UserError } from '../../contracts/user-error.ts'
import { createGpStandIn } from '../../tests/harness/gp.ts'
import { ProviderServer, sts } from '../../tests/harness/provider-server.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { removeState } from './local-state.ts'
import { type TeardownOptions, tearDown } from './teardown.ts'

let folder: string
let state: string
let file: string
beforeEach(() => {
  folder = temporaryFolder()
  state = join(folder, 'state')
  file = join(folder, '.env')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

function run(options: TeardownOptions, more: Record<string, string> = {}) {
  const environment = { WORKSPACE_ENV_FILE: file, WORKSPACE_STATE_DIR: state, ...more }
  return tearDown(silentTerminal(), options, environment)
}

test('a person’s lines in .env, files in the state folder, and the target of a link stay', async () => {
  const elsewhere = join(folder, 'elsewhere')
  mkdirSync(elsewhere)
  writeFileSync(join(elsewhere, 'precious'), 'x')
  mkdirSync(join(state, 'logs'), { recursive: true })
  symlinkSync(elsewhere, join(state, 'data'))
  const logs = ['api.log', 'api.log.1', 'api.log.1.partial', 'daemon.log.7', 'supervisor.log']
  for (const name of logs) writeFileSync(join(state, 'logs', name), 'x')
  writeFileSync(join(state, 'mine.txt'), 'x')
  writeFileSync(file, '# mine\nAWS_REGION=eu-west-1\nMY_OWN=1\n')
  expect(await run({ yes: true })).toBe(true)
  expect(readFileSync(file, 'utf8')).toBe('# mine\nMY_OWN=1\n')
  expect(readdirSync(folder)).not.toContain('.env.lock')
  expect([existsSync(join(state, 'logs')), existsSync(join(state, 'mine.txt'))]).toEqual([false, true])
  expect(readFileSync(join(elsewhere, 'precious'), 'utf8')).toBe('x')
})

test('a learner’s progress and code stay, and the last words say so', async () => {
  const yours = join(state, 'workshop', 'yours')
  mkdirSync(yours, { recursive: true })
  mkdirSync(join(state, 'logs'))
  for (const path of [
    join(yours, 'a.ts'),
    join(state, 'workshop', 'progress.json'),
    join(state, 'logs', 'api.log'),
  ])
    writeFileSync(path, 'x')
  const lines: string[] = []
  const terminal = {
    ...silentTerminal(),
    line: (text = '') => lines.push(text),
    warn: (text: string) => lines.push(text),
  }
  const environment = { WORKSPACE_ENV_FILE: file, WORKSPACE_STATE_DIR: state }
  expect(await tearDown(terminal as never, { yes: true }, environment)).toBe(true)
  expect(readdirSync(state)).toEqual(['workshop'])
  expect(readdirSync(join(state, 'workshop')).toSorted()).toEqual(['progress.json', 'yours'])
  expect(lines.join('\n')).not.toContain('not the workspace')
  expect(lines.at(-2)).toContain(`${join(state, 'workshop')}: npm run workshop shows it`)
})

test('a person’s files in folders with the workspace’s names stay', async () => {
  for (const [name, child] of [
    ['data', 'thesis.txt'],
    ['bin', 'tool'],
    ['logs', 'diary.log'],
    ['run', 'marathon'],
  ] as const) {
    mkdirSync(join(state, name), { recursive: true })
    writeFileSync(join(state, name, child), 'precious')
  }
  mkdirSync(join(state, 'data', 'postgres'))
  writeFileSync(join(state, 'data', 'sandbox.sqlite-wal'), 'x')
  writeFileSync(join(state, 'data', 'postgresql-notes.md'), 'precious')
  expect(await run({ yes: true })).toBe(true)
  expect(readdirSync(join(state, 'data')).toSorted()).toEqual(['postgresql-notes.md', 'thesis.txt'])
  expect(readdirSync(state).toSorted()).toEqual(['bin', 'data', 'logs', 'run'])
})

test('a state folder that is a link, a file in a folder’s place, and a linked .env are no errors', async () => {
  const real = join(folder, 'real')
  mkdirSync(join(real, 'logs'), { recursive: true })
  writeFileSync(join(real, 'logs', 'api.log'), 'x')
  writeFileSync(join(real, 'data'), 'a file')
  symlinkSync(real, state)
  writeFileSync(join(folder, 'real.env'), 'AWS_REGION=eu-west-1\n')
  symlinkSync(join(folder, 'real.env'), file)
  expect(await run({ yes: true })).toBe(true)
  expect(readdirSync(real)).toEqual(['data'])
  expect([lstatSync(state).isSymbolicLink(), lstatSync(file).isSymbolicLink()]).toEqual([true, true])
  expect(readFileSync(join(folder, 'real.env'), 'utf8')).toBe('')
})

test('the built viewer is removed too, unless the state folder is not the repository’s own', () => {
  for (const name of ['dist', 'dist-4fX2', 'distance'])
    mkdirSync(join(folder, 'viewer', name), { recursive: true })
  removeState(state, folder)
  expect(existsSync(join(folder, 'viewer', 'dist'))).toBe(true)
  removeState(join(folder, '.workspace'), folder)
  expect(readdirSync(join(folder, 'viewer'))).toEqual(['distance'])
})

test('when the account cannot be read nothing is removed, because the keys are still needed', async () => {
  writeFileSync(file, 'AWS_ACCESS_KEY_ID=AKIAX\nAWS_SECRET_ACCESS_KEY=y\n')
  await using aws = await ProviderServer.start(sts('ExpiredToken'))
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url)
  expect(await run({ dryRun: true })).toBe(true)
  expect(await run({ yes: true })).toBe(false)
  expect(existsSync(file)).toBe(true)
  expect(await run({ yes: true }, { XRAY_ENABLED: 'local' })).toBe(true)
  expect(existsSync(file)).toBe(false)
})

test('a dry run, and a run without a terminal, remove nothing', async () => {
  writeFileSync(file, 'AWS_REGION=eu-west-1\n')
  expect(await run({ dryRun: true })).toBe(true)
  await expect(run({})).rejects.toBeInstanceOf(UserError)
  expect(readFileSync(file, 'utf8')).toBe('AWS_REGION=eu-west-1\n')
  await run({ yes: true, keepSettings: true })
  expect(existsSync(file)).toBe(true)
})

test('on Gitpod the variables are removed from its store too', async () => {
  const gp = createGpStandIn()
  writeFileSync(file, 'AWS_REGION=eu-west-1\n')
  await run(
    { yes: true },
    {
      PATH: `${gp.folder}:/usr/bin:/bin`,
      GITPOD_WORKSPACE_ID: 'amber-otter-1',
      GITPOD_WORKSPACE_URL: 'https://a.ws.gitpod.io',
    },
  )
  expect(existsSync(file)).toBe(false)
  expect(gp.calls()[0]).toEqual(['env'])
})
