import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { freePort } from '../../tests/harness/ports.ts'
import { reactsToPostgres } from './port-probe.ts'

const host = '127.0.0.1'

async function serve(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets: Socket[] = []
  const server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}))
    onConnection(socket)
  }).listen(0, host)
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return (server.address() as AddressInfo).port
}

test.each<[string, (socket: Socket) => void, boolean]>([
  ['starts a session', (socket) => socket.once('data', () => socket.write('R')), true],
  ['closes the connection, because it has too many', (socket) => socket.destroy(), true],
  ['resets the connection', (socket) => socket.resetAndDestroy(), true],
  ['is silent', () => {}, false],
  [
    'answers a request for TLS, and no start of a session',
    (socket) => socket.once('data', (first) => first.length === 8 && socket.write('N')),
    false,
  ],
])('a database that %s', async (_what, onConnection, reacts) => {
  expect(await reactsToPostgres(host, await serve(onConnection), 200)).toBe(reacts)
})

test('a port on which no process listens', async () => {
  expect(await reactsToPostgres(host, await freePort(), 200)).toBe(false)
})
