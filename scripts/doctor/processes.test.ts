import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { startMarked } from '../../tests/harness/clone.ts'
import { freePorts } from '../../tests/harness/ports.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { operationOf } from '../containers/operation.ts'
import { newState, stateFolders, writeState } from '../processes/state.ts'
import { readStatus, type Status } from '../processes/status.ts'
import { describeSuspended } from '../processes/suspended.ts'
import { checkProcesses } from './processes.ts'

let directory: string
let environment: Record<string, string>
let ports: Record<string, string>
beforeEach(async () => {
  const folder = realpathSync(temporaryFolder())
  directory = join(folder, 'state')
  const [api, profiles, sandbox, database, daemon, grpc] = await freePorts(6)
  ports = {
    PORT: `${api}`,
    PROFILES_PORT: `${profiles}`,
    SANDBOX_PORT: `${sandbox}`,
    DATABASE_PORT: `${database}`,
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon}`,
    SANDBOX_GRPC_PORT: `${grpc}`,
  }
  environment = { ...ports, WORKSPACE_ENV_FILE: join(folder, '.env'), WORKSPACE_STATE_DIR: directory }
})

/** The findings of the check; `change` is what the status has besides. */
async function check(change: (status: Status) => Partial<Status> = () => ({})) {
  const settings = readSettings(environment)
  const providers = resolveProviders(settings, environment)
  const status = await readStatus(directory, { environment })
  const operation = operationOf(undefined, { follow: false })
  const context = { environment, settings, providers, operation, status: { ...status, ...change(status) } }
  return (await checkProcesses(context, silentTerminal())).findings
}

function failLastStart(failure: Diagnosis): void {
  writeState(stateFolders(directory), { ...newState('workspace'), phase: 'failed', failure })
}

describe.runIf(process.platform === 'linux')('processes that no state file names', () => {
  test('are one problem that a start fixes: the ports that they hold are none', async () => {
    const { pid } = await startMarked(directory, { name: 'sandbox', port: Number(ports.SANDBOX_PORT) })
    expect(await check()).toMatchObject([
      {
        code: 'LEFT_RUNNING',
        severity: 'problem',
        what: expect.stringContaining(`sandbox (pid ${pid})`),
        why: expect.not.stringContaining('fail'),
        applyFix: expect.any(Function),
      },
    ])
  })

  test('do not hide a port that another clone has', async () => {
    await startMarked(directory, { name: 'sandbox', port: Number(ports.SANDBOX_PORT) })
    await startMarked('/home/ada/tracing/.workspace', { port: Number(ports.PORT) })
    expect(await check()).toMatchObject([
      { code: 'LEFT_RUNNING' },
      { code: 'PORT_TAKEN', what: `The workspace in /home/ada/tracing has our port ${ports.PORT} (TCP).` },
    ])
  })
})

describe('a last start that failed for its ports', () => {
  const failure = { code: 'PORT_TAKEN', what: 'Port 1 (TCP) is taken.', fix: 'Stop it' }

  test('is over where nothing runs and the ports are free: a start can succeed', async () => {
    failLastStart(failure)
    expect(await check()).toMatchObject([{ code: 'NOTHING_RUNS', applyFix: expect.any(Function) }])
  })

  test.runIf(process.platform === 'linux')('is one problem where the ports are still taken', async () => {
    failLastStart(failure)
    await startMarked('/home/ada/tracing/.workspace', { port: Number(ports.PORT) })
    expect(await check()).toMatchObject([{ code: 'PORT_TAKEN' }])
  })

  test('is a warning where processes run that it has left alone', async () => {
    failLastStart(failure)
    const findings = await check(({ processes }) => ({
      processes: processes.map((one) => (one.name === 'database' ? { ...one, state: 'ready', pid: 7 } : one)),
    }))
    expect(findings).toMatchObject([
      { code: 'LAST_START_FAILED', severity: 'warning', applyFix: expect.any(Function) },
    ])
  })

  test('a failure of another kind stays a problem that a person has to fix', async () => {
    failLastStart({ code: 'START_FAILED', what: 'api did not start: it ended.', fix: 'npm run logs' })
    const [failed, idle] = await check()
    expect(failed).toMatchObject({
      code: 'LAST_START_FAILED',
      severity: 'problem',
      why: 'Another start fails in the same way until this is fixed.',
    })
    expect(idle).toMatchObject({ code: 'NOTHING_RUNS' })
    expect([failed?.applyFix, idle?.applyFix]).toEqual([undefined, undefined])
  })
})

const onLinux = test.runIf(process.platform === 'linux')

onLinux(
  'a port that a process needs after a change of settings is looked at while the others run',
  async () => {
    await startMarked('/home/ada/tracing/.workspace', { port: Number(ports.PORT) })
    const findings = await check(({ processes }) => ({
      // It runs, on the port of the settings before.
      processes: processes.map((one) =>
        one.name === 'database' ? { ...one, state: 'ready', pid: 7, ports: [] } : one,
      ),
    }))
    expect(findings).toMatchObject([{ code: 'PORT_TAKEN' }])
  },
)

const { what: SUSPENDED, ...rest } = describeSuspended(['database'], {
  scope: 'workspace',
  mode: 'background',
})
const suspendedDatabase = { ...rest, what: SUSPENDED, message: SUSPENDED }

test.each([
  ['silent', [], false],
  ['suspended', [suspendedDatabase], true],
] as const)(
  'a %s database is told once, and not again for the api, which needs it',
  async (_how, given, suspended) => {
    const api = createServer(({ url }, response) => {
      response.statusCode = url === '/health' ? 200 : 503
      response.end(JSON.stringify({ pid: 8, missing: ['database'] }))
    }).listen(Number(ports.PORT), '127.0.0.1')
    await once(api, 'listening')
    onTestFinished(() => void api.close())
    const findings = await check(({ processes }) => ({
      processes: processes.map((one) => {
        if (one.name === 'api') return { ...one, state: 'ready', pid: 8 }
        return one.name === 'database' ? { ...one, state: 'no answer', suspended, pid: 7 } : one
      }),
      findings: given,
    }))
    const silent = {
      code: 'PROCESS_SILENT',
      what: `database (pid 7) runs, and does not answer at port ${ports.DATABASE_PORT} (TCP).`,
      fix: 'npm stop, then npm run setup',
    }
    const { code, what, fix } = suspendedDatabase
    expect(findings).toMatchObject([suspended ? { code, what, fix, severity: 'problem' } : silent])
  },
)

test('a restart of the machine is told once, and a start fixes it', async () => {
  const what = 'The machine has started again.'
  const finding = { code: 'MACHINE_RESTARTED', what, message: what, fix: 'npm run setup' }
  expect(await check(() => ({ findings: [finding] }))).toMatchObject([
    { code: 'MACHINE_RESTARTED', severity: 'problem', applyFix: expect.any(Function) },
  ])
})

test.each(['STATE_FORBIDDEN', 'STATE_DIR_UNUSABLE'])('after %s it is unknown what runs', async (code) => {
  const finding = { code, what: 'w', message: 'w', fix: 'f' }
  expect(await check(() => ({ findings: [finding] }))).toMatchObject([
    { code, why: expect.stringContaining('no command finds') },
  ])
})
