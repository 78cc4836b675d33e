import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Port } from '../../contracts/workspace-state.ts'
import { freePort } from '../../tests/harness/ports.ts'
import { parseLsof, parseSocketTable } from '../machine/port-holder.ts'
import { checkPorts } from './ports.ts'

const closers: (() => void)[] = []

afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function listenTcp(host: string, port = 0): Promise<number> {
  const server = createServer().listen(port, host)
  await once(server, 'listening')
  closers.push(() => server.close())
  return (server.address() as AddressInfo).port
}

async function listenUdp(host: string): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0, host)
  await once(socket, 'listening')
  closers.push(() => socket.close())
  return socket.address().port
}

function tcp(port: number, variable = 'PORT', host = '127.0.0.1'): Port {
  return { port, protocol: 'tcp', host, variable }
}

describe('ports', () => {
  test('free ports are accepted', async () => {
    await checkPorts([tcp(await freePort()), { ...tcp(await freePort(), 'OTHER'), protocol: 'udp' }])
  })

  for (const host of ['127.0.0.1', '0.0.0.0', '::', '::ffff:127.0.0.1']) {
    test(`a port that is held on ${host} is named, with its holder and the fix`, async () => {
      const port = await listenTcp(host)
      await expect(checkPorts([tcp(port)])).rejects.toMatchObject({
        code: 'PORT_TAKEN',
        message: `Port ${port} (TCP) is taken by node (pid ${process.pid}).`,
        fix: expect.stringMatching(/^Stop it, or move ours:\n {4}npm run env -- PORT=\d+$/),
      })
    })
  }

  test('one error names all taken ports, of UDP and TCP', async () => {
    const api = await listenTcp('127.0.0.1')
    const daemon = await listenUdp('0.0.0.0')
    const daemonPort: Port = {
      port: daemon,
      protocol: 'udp',
      host: '127.0.0.1',
      variable: 'AWS_XRAY_DAEMON_ADDRESS',
    }
    await expect(checkPorts([daemonPort, tcp(api)])).rejects.toMatchObject({
      message: `Port ${daemon} (UDP) is taken by node (pid ${process.pid}). Port ${api} (TCP) is taken by node (pid ${process.pid}).`,
      fix: expect.stringMatching(
        /^Stop them, or move ours:\n {4}npm run env -- AWS_XRAY_DAEMON_ADDRESS=127\.0\.0\.1:\d+\n {4}npm run env -- PORT=\d+$/,
      ),
    })
  })

  test('the suggested port is free', async () => {
    const port = await freePort()
    await listenTcp('127.0.0.1', port)
    await listenTcp('127.0.0.1', port + 10)
    await expect(checkPorts([tcp(port)])).rejects.toMatchObject({
      fix: expect.stringMatching(new RegExp(`PORT=${port + 20}$`)),
    })
  })

  test('two processes of the workspace may not have one port', async () => {
    await expect(checkPorts([tcp(4567), tcp(4567, 'PROFILES_PORT')])).rejects.toMatchObject({
      code: 'PORT_TWICE',
      message: 'PORT and PROFILES_PORT both want port 4567 (TCP).',
      fix: 'Move one: npm run env -- PROFILES_PORT=4577',
    })
  })

  test('an address of another machine is named', async () => {
    await expect(checkPorts([tcp(4567, 'PORT', '192.0.2.1')])).rejects.toMatchObject({
      code: 'PORT_UNUSABLE',
      message: '192.0.2.1 (for PORT) is not an address of this machine.',
    })
  })
})

test('reads the kernel’s tables of sockets: of TCP the listening ones', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:11D7 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:11D7 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 20 4 30 10 -1`
  expect(parseSocketTable(table, 'tcp')).toEqual([{ address: '0100007F', port: 4567, inode: '4711' }])
})

test('reads the output of lsof', () => {
  expect(parseLsof('p123\ncnode\nf20\n')).toEqual({ pid: 123, name: 'node' })
  expect(parseLsof('')).toBeUndefined()
})
