import { spawn } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { parse } from 'dotenv'
import { beforeEach, expect, test } from 'vitest'
import { createGpStandIn } from '../../tests/harness/gp.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'

const COMMAND = resolve(import.meta.dirname, '../commands/env.ts')
const CANARY = 'canary-5f3a-secret-0042'

let folder: string
let file: string

beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder, '.env')
})

interface Run {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** `npm run env`, in an environment that has nothing of the one the tests run in. */
async function env(args: string[], environment: Record<string, string> = {}, input = ''): Promise<Run> {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      // As the bootstrap does: half the time of a start.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(folder, 'compile-cache'),
      WORKSPACE_ENV_FILE: file,
      WORKSPACE_STATE_DIR: join(folder, 'state'),
      ...environment,
    },
  })
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const closed = new Promise<number | null>((done) => child.once('close', done))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  return { code, stdout, stderr }
}

const kept = () => parse(readFileSync(file))

test('without arguments each setting is shown with its source, secrets masked', async () => {
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

test('a value is read from standard input where there is no terminal, without its line break', async () => {
  const { code, stdout, stderr } = await env(['HONEYCOMB_API_KEY'], {}, `${CANARY}\n`)
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(kept()).toEqual({ HONEYCOMB_API_KEY: CANARY })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(stdout).not.toContain('canary')
})

test('empty input is an error, and nothing is written', async () => {
  const { code, stderr } = await env(['HONEYCOMB_API_KEY'], {}, '\n')
  expect(code).toBe(1)
  expect(stderr).toContain('no value for HONEYCOMB_API_KEY')
  expect(existsSync(file)).toBe(false)
})

test('NAME=value keeps a value in its place', async () => {
  writeFileSync(file, '# mine\nAWS_REGION=us-east-1 # home\n')
  expect((await env(['AWS_REGION=eu-central-1'])).code).toBe(0)
  expect(readFileSync(file, 'utf8')).toBe('# mine\nAWS_REGION=eu-central-1 # home\n')
})

test('a secret so given is kept too, with a word on the shell’s history', async () => {
  const { code, stdout } = await env([`HONEYCOMB_API_KEY=${CANARY}`])
  expect(code).toBe(0)
  expect(stdout).toContain('history')
  expect(stdout).not.toContain('canary')
  expect(kept().HONEYCOMB_API_KEY).toBe(CANARY)
})

test.each([
  ['PORT=none', 'PORT "none" is not a port number'],
  ['AWS_REGION=', 'AWS_REGION is empty'],
  ['AWS_REGION=Ireland', 'is not a region'],
  ['WORKSPACE_ENV_FILE=other', 'cannot be kept in that file itself'],
])('%s is refused with the reason, and nothing is written', async (argument, reason) => {
  const { code, stderr } = await env([argument])
  expect(code).toBe(1)
  expect(stderr).toContain(reason)
  expect(existsSync(file)).toBe(false)
})

test('an unknown name is refused with the nearest one', async () => {
  const { code, stderr } = await env([`HONEYCOMB_KEY=${CANARY}`])
  expect(code).toBe(1)
  expect(stderr).toContain('Did you mean HONEYCOMB_API_KEY?')
  expect(stderr).not.toContain('canary')
})

test('--unset takes a setting away', async () => {
  writeFileSync(file, 'A=1\nHONEYCOMB_API_KEY=x\n')
  expect((await env(['--unset', 'HONEYCOMB_API_KEY'])).code).toBe(0)
  expect(kept()).toEqual({ A: '1' })
})

test('--save keeps what the environment has; the platform gets what is not of this machine', async () => {
  const gp = createGpStandIn()
  const { code, stdout, stderr } = await env(['--save'], {
    PATH: `${gp.folder}:/usr/bin:/bin`,
    GITPOD_WORKSPACE_ID: 'amber-otter-1',
    HONEYCOMB_API_KEY: CANARY,
    AWS_PROFILE: 'work',
    ROLLBAR_ENVIRONMENT: '',
    ZX_VERBOSE: 'true',
    UNRELATED: 'x',
  })
  expect(code).toBe(0)
  expect(kept()).toEqual({
    HONEYCOMB_API_KEY: CANARY,
    AWS_PROFILE: 'work',
    WORKSPACE_STATE_DIR: join(folder, 'state'),
  })
  expect(gp.calls()).toEqual([['env', `HONEYCOMB_API_KEY=${CANARY}`]])
  expect(stdout + stderr).not.toContain('canary')
})

test('--save leaves out a value that cannot be, and says so', async () => {
  const { code, stdout } = await env(['--save'], { PORT: 'none', AWS_REGION: 'eu-central-1' })
  expect(code).toBe(1)
  expect(stdout).toContain('PORT is not kept: in the environment it is not a port number')
  expect(kept().AWS_REGION).toBe('eu-central-1')
})

test('a looser mode is mended, and a value that the environment hides is told', async () => {
  writeFileSync(file, '')
  chmodSync(file, 0o644)
  const { stdout } = await env(['PORT=5000'], { PORT: '6000' })
  expect(stdout).toContain('mode 644')
  expect(stdout).toContain('wins over .env')
  expect(statSync(file).mode & 0o777).toBe(0o600)
})

test('a file that git would commit is warned about', async () => {
  const { promise, resolve: done } = Promise.withResolvers<number | null>()
  spawn('git', ['init', '--quiet', folder], { stdio: 'ignore' }).once('close', done)
  await promise
  expect((await env(['PORT=5000'])).stdout).toContain('git does not ignore')
  writeFileSync(join(folder, '.gitignore'), '.env\n')
  expect((await env(['PORT=5001'])).stdout).not.toContain('git does not ignore')
})

test('two things at once are bad arguments', async () => {
  expect((await env(['--save', 'PORT=1'])).code).toBe(2)
})
