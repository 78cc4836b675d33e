import { randomUUID } from 'node:crypto'
import { appendFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSpanId } from '../contracts/trace-id.ts'
import type { ProcessRecord } from '../contracts/workspace-state.ts'
import { identify } from '../scripts/machine/identity.ts'
import { newState, stateFolders, writeState } from '../scripts/processes/state.ts'
import { HOSTILE_TEXT } from './harness/lens-traces.ts'
import { spawnProcess } from './harness/process.ts'
import { ProviderServer } from './harness/provider-server.ts'
import { JSON_TYPE, type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { sendSpans } from './harness/viewer-data.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

// Everything that the commands read from outside tries to draw on the terminal: the answers of the services and of the
// sandbox, what the sandbox has stored, log files and .env.

let sandbox: SandboxForTest
let service: ProviderServer
let workspace: TestWorkspace

const stream = {
  ...{ enabled: true, accepted: 0, refused: 1, dropped: 1, unconfirmed: 1, pending: 1, failing: true },
  lastError: { at: HOSTILE_TEXT, message: HOSTILE_TEXT },
  recentTraceIds: [HOSTILE_TEXT],
}

/** The api, the profiles service, and the sandbox's answer to "which segments are missing". */
async function answer({ url = '', headers }: IncomingMessage, response: ServerResponse) {
  const { pathname } = new URL(url, 'http://service')
  const [, traceId = '', spanId = ''] = String(headers.traceparent ?? '').split('-')
  const respond = (status: number, body: unknown) => {
    const traceresponse = `00-${traceId}-${newSpanId()}-01`
    response.writeHead(status, { ...JSON_TYPE, ...(traceId && { traceresponse }) }).end(JSON.stringify(body))
  }
  if (pathname === '/health') respond(200, { pid: process.pid, status: HOSTILE_TEXT })
  else if (pathname === '/health/ready') respond(503, { missing: [HOSTILE_TEXT] })
  else if (pathname === '/sandbox/missing-segments') respond(200, { traceIds: [HOSTILE_TEXT] })
  else if (pathname === '/health/telemetry') {
    const providers = { honeycomb: stream, xray: stream, rollbar: stream }
    const sampler = { name: HOSTILE_TEXT, fallback: true, failure: HOSTILE_TEXT }
    respond(200, { service: HOSTILE_TEXT, sampler, providers, logs: stream, metrics: stream })
  } else if (pathname === '/rollbar/test') {
    const uuid = randomUUID()
    const span = { spanId: newSpanId(), parentSpanId: spanId, name: HOSTILE_TEXT, at: 0, took: 1 }
    for (const name of ['cruddur-backend', HOSTILE_TEXT])
      await sendSpans(sandbox, traceId, Date.now(), name, [span])
    const exception = { class: HOSTILE_TEXT, message: HOSTILE_TEXT }
    const data = { uuid, environment: HOSTILE_TEXT, body: { trace: { exception, frames: [] } } }
    await sandbox.post('/api/1/item/', JSON.stringify({ data }), {
      ...JSON_TYPE,
      'x-rollbar-access-token': 'any',
    })
    respond(500, { title: HOSTILE_TEXT, rollbar_uuid: uuid })
  } else respond(200, { title: HOSTILE_TEXT })
}

beforeAll(async () => {
  sandbox = await sandboxForTest()
  service = await ProviderServer.start((request, response) => void answer(request, response))
  const { port } = new URL(service.url)
  workspace = await createWorkspace({ PORT: port, PROFILES_PORT: port, SANDBOX_PORT: String(sandbox.port) })
  // HTTP errors and a lost document, whose reasons quote the sender.
  await sandbox.post(`/1/events/${encodeURIComponent(HOSTILE_TEXT)}`, '{', JSON_TYPE)
  await sandbox.post('/v1/traces', JSON.stringify({ resourceSpans: HOSTILE_TEXT }), JSON_TYPE)
  await sandbox.putSegments(JSON.stringify({ name: HOSTILE_TEXT, id: HOSTILE_TEXT, trace_id: HOSTILE_TEXT }))
  writeProcesses()
})

afterAll(async () => {
  // Ends the sleeper too, as one of the recorded processes.
  await workspace.dispose()
  await service[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
})

/** An api and a sandbox that run, and a profiles service that has crashed with an error of its sender's words. */
function writeProcesses() {
  const folders = stateFolders(join(workspace.folder, 'state'))
  const { logs } = folders
  const sleeper = spawnProcess(['-e', 'setInterval(() => {}, 60_000)'], {})
  const living = identify(sleeper.child.pid ?? 0)
  if (!living) throw new Error('The sleeper has ended.')
  const record = (name: string, more: Partial<ProcessRecord> = {}): ProcessRecord => ({
    ...{ name, state: 'ready', identity: living, startedAt: new Date().toISOString(), settingsHash: '' },
    ...{ codeHash: '', ports: [], url: service.url, log: join(logs, `${name}.log`) },
    ...more,
  })
  const dead = record('profiles', { identity: { pid: 2 ** 22, startTime: living.startTime } })
  const failure = { code: 'START_FAILED', what: HOSTILE_TEXT, fix: HOSTILE_TEXT }
  const processes = [record('sandbox'), dead, record('api')]
  writeState(folders, { ...newState('workspace'), phase: 'running', failure, processes })
  appendFileSync(dead.log, `Error: ${HOSTILE_TEXT}\n    at ${HOSTILE_TEXT}\nNode.js v24.0.0\n`)
}

/** Any control character but the end of a line, and characters that change the order of others or end a line. */
const ACTS = /[^\n\P{Cc}]|[\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/u

/** What the command prints for a person and for a program: both shown, none acted upon. */
function expectHarmless(text: string) {
  expect(text).toContain('evil')
  expect(text).not.toMatch(ACTS)
  // No line that looks like one of the command's own.
  expect(text).not.toMatch(/^✓ passed/m)
}

test.concurrent.each(
  scaled(
    ['status', 'doctor', 'verify --timeout 1', 'status --json'],
    ['status', 'doctor', 'verify --timeout 1', 'status --json', 'doctor --json', 'verify --timeout 1 --json'],
  ),
)('npm run %s shows answers, telemetry and logs, and acts upon none', async (command) => {
  const [name = '', ...args] = command.split(' ')
  const { code, stdout, stderr } = await workspace.command(name, args)
  expect(code, stderr).not.toBe(70)
  expectHarmless(stdout + stderr)
})

test.each(scaled(['doctor'], ['status', 'doctor', 'verify']))(
  'npm run %s shows a wrong value of .env, and does not act upon it',
  async (command) => {
    const file = join(workspace.folder, 'hostile.env')
    writeFileSync(file, `AWS_REGION="${HOSTILE_TEXT.replaceAll('\n', '\\n')}"\n`)
    const { stdout, stderr } = await workspace.command(command, [], { WORKSPACE_ENV_FILE: file })
    expectHarmless(stdout + stderr)
  },
)
