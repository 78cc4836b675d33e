import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Port, ProcessRecord } from '../../contracts/workspace-state.ts'
import type { Running } from '../processes/ensure-running.ts'
import { findSandbox } from './addresses.ts'

const server = createServer((_, response) => response.end('{}'))
let port: number

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

const http = (host = '127.0.0.1'): Port => ({ port, protocol: 'tcp', host, variable: 'SANDBOX_PORT' })
const daemon = (protocol: Port['protocol'], number = 2000, host = '127.0.0.1'): Port => ({
  port: number,
  protocol,
  host,
  variable: 'AWS_XRAY_DAEMON_ADDRESS',
})

/** The whole workspace, whose sandbox listens on these ports. */
function running(name: string, ports: Port[]): Running {
  const record = {
    name,
    ports,
    identity: { pid: 2, startTime: 'ended' },
  } as Partial<ProcessRecord> as ProcessRecord
  return { outcome: 'found', mode: 'background', scope: 'workspace', processes: [record] }
}

test('the addresses are those that the sandbox was started with', async () => {
  expect(await findSandbox(running('sandbox', [http(), daemon('udp'), daemon('tcp')]))).toEqual({
    http: `http://127.0.0.1:${port}`,
    grpc: undefined,
    daemon: '127.0.0.1:2000',
    port,
  })
})

test('an app reaches a sandbox that listens on every interface by loopback', async () => {
  const ports = [
    http('0.0.0.0'),
    { ...http('0.0.0.0'), port: 4317, variable: 'SANDBOX_GRPC_PORT' },
    daemon('udp', 2000, '0.0.0.0'),
    daemon('tcp', 2001, '0.0.0.0'),
  ]
  expect(await findSandbox(running('sandbox', ports))).toEqual({
    http: `http://127.0.0.1:${port}`,
    grpc: 'http://127.0.0.1:4317',
    daemon: 'udp:127.0.0.1:2000 tcp:127.0.0.1:2001',
    port,
  })
})

test.each([
  ['SANDBOX_MISSING', () => running('api', []), 'npm stop, then npm run sandbox'],
  // X-Ray is live: the real daemon has the address.
  ['SANDBOX_WITHOUT_XRAY', () => running('sandbox', [http()]), 'XRAY_ENABLED=local'],
  [
    'SANDBOX_SILENT',
    () => running('sandbox', [{ ...http(), port: 1 }, daemon('udp'), daemon('tcp')]),
    'npm run setup',
  ],
] as const)('%s', async (code, make, fix) => {
  await expect(findSandbox(make())).rejects.toMatchObject({ code, fix: expect.stringContaining(fix) })
})
