import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { XRayServer } from '../../tests/harness/xray-server.ts'

const COMMAND = resolve(import.meta.dirname, '../commands/aws.ts')

let server: XRayServer

beforeEach(async () => {
  server = new XRayServer()
  await server.start()
})

afterEach(() => {
  server.stop()
})

/** `npm run aws` with live credentials, whose AWS is the server of this test. */
async function aws(args: string[], environment: Record<string, string> = {}) {
  const folder = temporaryFolder()
  const child = spawn(process.execPath, [COMMAND, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      // As the bootstrap does: half the time of a start.
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(folder, 'compile-cache'),
      WORKSPACE_ENV_FILE: join(folder, '.env'),
      AWS_ENDPOINT_URL: server.url,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: 'AKIACANARY',
      AWS_SECRET_ACCESS_KEY: 'canary-secret',
      AWS_REGION: 'eu-central-1',
      ...environment,
    },
  })
  const closed = new Promise<number | null>((done) => child.once('close', done))
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), closed])
  return { stdout, stderr, code }
}

test('live: account and region are said before anything is created', async () => {
  const { stdout, stderr, code } = await aws([])
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout.indexOf('AWS account 123456789012, region eu-central-1')).toBe(0)
  expect(server.requests[0]).toEqual({
    path: '/',
    body: { authorization: expect.stringMatching(/Credential=AKIACANARY\/\d+\/eu-central-1\/sts\//) },
  })
  expect(server.changes).toEqual(['/CreateSamplingRule', '/CreateSamplingRule', '/CreateGroup'])
  expect(stdout).not.toContain('canary-secret')
})

test('live: expired credentials are told, and nothing is asked of X-Ray', async () => {
  server.failures.set('/', { status: 403, type: 'ExpiredToken', message: 'The security token is expired' })
  const { stderr, code } = await aws([])
  expect(code).toBe(1)
  expect(stderr).toContain('have expired')
  expect(server.requests).toHaveLength(1)
})

test('live: an account’s Transaction Search is nobody’s to switch; its being off is told before anything is made', async () => {
  const otlp = { XRAY_PIPELINE: 'otlp' }
  const { stderr, code } = await aws([], otlp)
  expect(code).toBe(1)
  expect(stderr).toContain('Transaction Search is off')
  expect(stderr).toContain('XRAY_PIPELINE=sdk')
  expect(server.changes).toEqual([])
  server.destination = 'CloudWatchLogs'
  expect((await aws([], otlp)).code).toBe(0)
  expect((await aws(['--destroy', '--yes'], otlp)).code).toBe(0)
  expect(server.destination).toBe('CloudWatchLogs')
})

test('live by a profile that is not there: no credentials', async () => {
  const { stderr, code } = await aws([], {
    AWS_ACCESS_KEY_ID: '',
    AWS_SECRET_ACCESS_KEY: '',
    AWS_PROFILE: 'nonesuch',
  })
  expect(code).toBe(1)
  expect(stderr).toContain('No AWS credentials could be loaded')
})

test('--destroy without a terminal needs --yes', async () => {
  await aws([])
  expect((await aws(['--destroy'])).code).toBe(1)
  expect(server.groups.has('Cruddur')).toBe(true)
  expect((await aws(['--destroy', '--yes'])).code).toBe(0)
  expect(server.groups.has('Cruddur')).toBe(false)
})
