import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeForeignConnections, isStartup } from './first-bytes.ts'

const packet = (length: number, code: number, rest = '') => {
  const head = Buffer.alloc(8)
  head.writeInt32BE(length, 0)
  head.writeInt32BE(code, 4)
  return Buffer.concat([head, Buffer.from(rest)])
}
const STARTUP = packet(19, 196_608, 'user\0a\0\0')

test.each([
  ['a startup message', STARTUP, true],
  ['a request for TLS', packet(8, 80_877_103), true],
  ['a request for GSSAPI', packet(8, 80_877_104), true],
  ['a request to cancel', packet(16, 80_877_102, '12345678'), true],
  ['a startup message of 10,001 bytes', packet(10_001, 196_608), false],
  ['a startup message of another version', packet(19, 131_072), false],
  ['a negative length', packet(-1, 196_608), false],
  ['GET', Buffer.from('GET / HTTP/1.1\r\nHost: 127.0.0.1:5433\r\n\r\n'), false],
  ['POST', Buffer.from('POST / HTTP/1.1\r\n\r\nselect 1'), false],
  ['TLS', Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc]), false],
  ['a query without a startup', Buffer.from('Q\0\0\0\x0dselect 1\0'), false],
  ['three bytes', Buffer.from('abc'), false],
])('the first bytes of a client of Postgres: %s', (_what, bytes, is) => {
  expect(isStartup(bytes)).toBe(is)
})

/** As PGlite's: reads in the next turn after a connection. */
const received: Buffer[] = []
const server = createServer((socket) => {
  setImmediate(() => socket.on('data', (bytes) => received.push(bytes)))
})
const open: Socket[] = []
let endCheck = () => {}

beforeAll(async () => {
  endCheck = closeForeignConnections(100)
  await once(server.listen(0, '127.0.0.1'), 'listening')
})

afterAll(() => {
  endCheck()
  for (const socket of open) socket.destroy()
  server.close()
})

async function connected(): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  open.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

test('a client of Postgres stays connected, also when it is idle, and loses no byte', async () => {
  const socket = await connected()
  socket.write(STARTUP)
  await expect.poll(() => Buffer.concat(received)).toEqual(STARTUP)
  await once(await connected(), 'close')
  socket.write('Q')
  await expect.poll(() => Buffer.concat(received)).toEqual(Buffer.concat([STARTUP, Buffer.from('Q')]))
  expect(socket.destroyed).toBe(false)
})

test('HTTP and silence are disconnected', async () => {
  const [http, silent] = await Promise.all([connected(), connected()])
  http.write('POST / HTTP/1.1\r\n\r\n')
  await Promise.all([once(http, 'close'), once(silent, 'close')])
})
