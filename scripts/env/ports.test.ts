import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parse } from 'dotenv'
import { expect, test } from 'vitest'
import { startMarked } from '../../tests/harness/clone.ts'
import { freePorts } from '../../tests/harness/ports.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { createTerminal } from '../command-line/terminal.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { keepPorts, warnOfTakenPorts } from './ports.ts'

function prepare(more: Record<string, string> = {}) {
  const folder = temporaryFolder()
  const stream = new PassThrough()
  const file = join(folder, '.env')
  const environment = { HOME: folder, WORKSPACE_ENV_FILE: file, ...more }
  return {
    keep: async (port: string) => {
      const terminal = createTerminal(stream as unknown as NodeJS.WriteStream)
      await keepPorts(detectWorkspace(environment), terminal, port, environment)
      stream.end()
      return text(stream)
    },
    kept: () => parse(readFileSync(file)),
  }
}

test('keeps six ports in a row, and nothing else of the environment', async () => {
  const { keep, kept } = prepare({ PORT: '3000', AWS_REGION: 'eu-central-1' })
  const output = await keep('20010')
  expect(kept()).toEqual({
    PORT: '20010',
    PROFILES_PORT: '20011',
    SANDBOX_PORT: '20012',
    DATABASE_PORT: '20013',
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:20014',
    SANDBOX_GRPC_PORT: '20015',
  })
  expect(output).toContain('PORT has another value in this shell')
  expect(output).toContain('the viewer: http://localhost:20012')
})

test('warns of a port that another program has, and not of a free one', async () => {
  // It reads, so that its connections end, and never answers.
  await using stranger = createServer((socket) => socket.on('error', () => {}).resume()).listen(
    0,
    '127.0.0.1',
  )
  await once(stranger, 'listening')
  const { port } = stranger.address() as AddressInfo
  const free = await freePorts(6)
  const [api, profiles, sandbox, database, daemon, grpc] = free.map(String)
  const environment = {
    HOME: temporaryFolder(),
    WORKSPACE_ENV_FILE: '/none',
    PORT: api,
    PROFILES_PORT: profiles,
    SANDBOX_PORT: sandbox,
    DATABASE_PORT: database,
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon}`,
    SANDBOX_GRPC_PORT: grpc,
  }
  const warning = async (more: Record<string, string> = {}) => {
    const stream = new PassThrough()
    await warnOfTakenPorts(createTerminal(stream as unknown as NodeJS.WriteStream), {
      ...environment,
      WORKSPACE_STATE_DIR: join(environment.HOME, 'state'),
      ...more,
    })
    stream.end()
    return text(stream)
  }
  expect(await warning()).toBe('')
  expect(await warning({ PROFILES_PORT: `${port}` })).toMatch(
    new RegExp(
      `^! Port ${port} \\(TCP\\) is taken by .*\\(pid ${process.pid}\\)\\. Stop it, or move ours:\\n`,
    ),
  )
  expect(await warning({ PROFILES_PORT: `${port}`, AWS_REGION: 'nowhere' })).toBe('')
  // A process that an earlier command has left, as its mark says, is ended by the next start.
  if (process.platform !== 'linux') return
  const leftOver = await startMarked(join(environment.HOME, 'state'))
  expect(await warning({ PROFILES_PORT: `${leftOver.port}` })).toBe('')
})

test.each(['0', '1023', '65532', '1e4', '20010x', '', '-5'])('%j is no first port', async (port) => {
  const { keep, kept } = prepare()
  await expect(keep(port)).rejects.toThrow('is not a port from 1024 to 65530')
  expect(kept).toThrow('ENOENT')
})
