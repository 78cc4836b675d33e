import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { UserError } from '../../contracts/user-error.ts'
import type { Port } from '../../contracts/workspace-state.ts'
import { userName } from '../../settings/owner.ts'
import { startMarked } from '../../tests/harness/clone.ts'
import { freePort } from '../../tests/harness/ports.ts'
import { isFree } from '../machine/free-ports.ts'
import { parseLsof, parseSocketTable } from '../machine/port-holder.ts'
import { requireOwn } from './neighbour.ts'
import { describePorts } from './port-text.ts'
import { checkPorts as check } from './ports.ts'

const OWN_FOLDER = '/srv/ours/.workspace'
const checkPorts = (ports: readonly Port[]) => check(ports, OWN_FOLDER)

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
      message: `Ports ${Math.min(daemon, api)}, ${Math.max(daemon, api)} are taken by node (pid ${process.pid}).`,
      fix: expect.stringMatching(
        /^Stop it, or move ours to free ports:\n {4}npm run env -- --ports 2\d{3}0$/,
      ),
    })
  })

  test('the six suggested ports are free', async () => {
    const ports = [tcp(await listenTcp('127.0.0.1')), tcp(await listenTcp('127.0.0.1'), 'SANDBOX_PORT')]
    const error = await checkPorts(ports).catch((thrown: UserError) => thrown)
    const first = Number(/--ports (\d+)$/.exec(error?.fix ?? '')?.[1])
    const states = await Promise.all([0, 1, 2, 3, 4, 5].map((more) => isFree(first + more)))
    expect(states, error?.fix).toEqual([true, true, true, true, true, true])
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

describe.runIf(process.platform === 'linux')('beside another clone', () => {
  test('a taken port names its folder, and one command moves all of ours', async () => {
    const { port } = await startMarked('/home/ada/tracing/.workspace')
    await expect(checkPorts([tcp(port)])).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      message: `The workspace in /home/ada/tracing has our port ${port} (TCP).`,
      fix: expect.stringMatching(
        /^Stop it there \(cd \/home\/ada\/tracing && npm stop\), or move ours to free ports:\n {4}npm run env -- --ports 2\d{3}0$/,
      ),
    })
  })

  test('with several ports it is named once, and ports of our own processes that a start ends are left out', async () => {
    const [one, other] = [
      await startMarked('/home/ada/tracing/.workspace'),
      await startMarked('/home/ada/tracing/.workspace'),
    ]
    const ports = [tcp(one.port), tcp(other.port, 'SANDBOX_PORT')]
    const numbers = [one.port, other.port].toSorted((a, b) => a - b).join(', ')
    await expect(checkPorts(ports)).rejects.toMatchObject({
      message: `The workspace in /home/ada/tracing has our ports ${numbers}.`,
    })
    await check(ports, OWN_FOLDER, new Set([one.pid, other.pid]))
  })

  test('a command that would use its api is refused, and one of this clone is not', async () => {
    const [other, own] = [await startMarked('/home/ada/tracing/.workspace'), await startMarked(OWN_FOLDER)]
    const settings = { WORKSPACE_STATE_DIR: OWN_FOLDER }
    const url = `http://127.0.0.1:${other.port}`
    await expect(requireOwn('api', url, settings)).rejects.toMatchObject({
      code: 'OTHER_WORKSPACE',
      message: expect.stringContaining(
        `The api that answers at ${url} (pid ${other.pid}) is that of the workspace in /home/ada/tracing, not of `,
      ),
      fix: expect.stringMatching(/npm run env -- --ports 2\d{3}0\n {4}npm run setup$/),
    })
    await requireOwn('api', `http://127.0.0.1:${own.port}`, settings)
    await requireOwn('api', `http://127.0.0.1:${await freePort()}`, settings)
  })

  test('the user of a program that cannot be seen is named', () => {
    expect(userName(0)).toBe('root')
    expect(userName(4_000_000_000)).toBe('4000000000')
  })
})

test.each([
  [[4567], [], 'port 4567 (TCP)'],
  [[2000], [2000], 'port 2000 (TCP and UDP)'],
  [[30_102, 30_100, 30_101], [30_101], 'ports 30100–30102'],
  [[1, 2, 4, 5, 6], [9], 'ports 1, 2, 4–6, 9'],
])('TCP %j and UDP %j are told as %s', (tcpPorts, udpPorts, text) => {
  const udp = udpPorts.map((port): Port => ({ ...tcp(port), protocol: 'udp' }))
  expect(describePorts([...tcpPorts.map((port) => tcp(port)), ...udp])).toBe(text)
})

test('reads the kernel’s tables of sockets: of TCP the listening ones', () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:11D7 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0000000000000000 100 0 0 10 0
   1: 0100007F:11D7 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 4712 1 0000000000000000 20 4 30 10 -1`
  expect(parseSocketTable(table, 'tcp')).toEqual([
    { address: '0100007F', port: 4567, uid: 1000, inode: '4711' },
  ])
})

test('reads the output of lsof', () => {
  expect(parseLsof('p123\ncnode\nf20\n')).toEqual({ pid: 123, name: 'node' })
  expect(parseLsof('')).toBeUndefined()
})
