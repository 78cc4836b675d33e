import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { createGpStandIn, type GpStandIn } from '../../tests/harness/gp.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { detectWorkspace } from './index.ts'
import type { Workspace } from './platform.ts'

const CANARY = 'hcaik_canary$HOME`id`#;"x'

let gp: GpStandIn
let printed: string[]

function gitpod(environment: Record<string, string> = {}): Workspace {
  return detectWorkspace({
    GITPOD_WORKSPACE_ID: 'amber-otter-1',
    GITPOD_WORKSPACE_URL: 'https://amber-otter-1.ws-eu1.gitpod.io',
    WORKSPACE_ENV_FILE: join(temporaryFolder(), '.env'),
    PATH: `${gp.folder}:/usr/bin:/bin`,
    ZX_VERBOSE: 'true',
    ...environment,
  })
}

beforeEach(() => {
  gp = createGpStandIn()
  printed = []
  for (const stream of [process.stdout, process.stderr]) {
    vi.spyOn(stream, 'write').mockImplementation((text) => Boolean(printed.push(String(text))))
  }
})

afterEach(() => {
  vi.restoreAllMocks()
})

test('a value reaches gp env as one argument, as it is, and nothing of it is printed', async () => {
  const result = await gitpod().keep('HONEYCOMB_API_KEY', CANARY)
  expect(result.outcome).toBe('done')
  expect(gp.calls()).toEqual([['env', `HONEYCOMB_API_KEY=${CANARY}`]])
  expect(printed.join('')).not.toContain('canary')
})

test('the message about a failing gp has nothing of its output', async () => {
  gp.breakDown()
  const result = await gitpod().keep('HONEYCOMB_API_KEY', CANARY)
  expect(result.outcome).toBe('failed')
  expect(printed.join('') + result.detail).not.toContain('canary')
})

test.each([
  ['"quoted"', 'quote'],
  ["ends'", 'quote'],
  ['a\\ b', 'backslash'],
  [' padded', 'white space'],
  ['', 'empty'],
  ['x'.repeat(32_768), 'longer'],
])('gp env does not get a value that it would change: %j', async (value, reason) => {
  const result = await gitpod().keep('HONEYCOMB_API_KEY', value)
  expect(result).toMatchObject({ outcome: 'failed', detail: expect.stringContaining(reason) })
  expect(gp.calls()).toEqual([])
})

test.each([
  ['AWS_SESSION_TOKEN', 'token'],
  ['AWS_PROFILE', 'work'],
  ['AWS_XRAY_URL', '*4567-amber*'],
  ['BACKEND_HOST', '0.0.0.0'],
  ['AWS_ACCESS_KEY_ID', 'ASIAEXAMPLE'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://4318-amber-otter-1.ws-eu1.gitpod.io'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://127.0.0.1:4318'],
] as const)('gp env does not get a value of this workspace: %s=%s', async (name, value) => {
  expect((await gitpod().keep(name, value)).outcome).toBe('skipped')
  expect(gp.calls()).toEqual([])
})

test('the secret of a temporary key is not kept either', async () => {
  const workspace = gitpod({ AWS_ACCESS_KEY_ID: 'ASIAEXAMPLE' })
  expect((await workspace.keep('AWS_SECRET_ACCESS_KEY', 'secret')).outcome).toBe('skipped')
  expect((await gitpod().keep('AWS_SECRET_ACCESS_KEY', 'secret')).outcome).toBe('done')
})

test('a variable is forgotten; one that was not kept is no error', async () => {
  const workspace = gitpod()
  await workspace.keep('PORT', '5000')
  expect((await workspace.forget('PORT')).outcome).toBe('done')
  expect(gp.calls().at(-1)).toEqual(['env', '-u', 'PORT'])
  expect((await workspace.forget('PORT')).outcome).toBe('skipped')
})

test('without gp on the PATH there is a warning', async () => {
  const workspace = gitpod({ PATH: '/usr/bin:/bin' })
  expect(await workspace.keep('PORT', '5000')).toMatchObject({
    outcome: 'failed',
    detail: expect.stringContaining('`gp` is not on the PATH'),
  })
  expect((await workspace.forget('PORT')).outcome).toBe('skipped')
})
