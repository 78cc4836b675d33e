import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { expect, test } from 'vitest'
import { freePort } from '../../tests/harness/ports.ts'
import { getJson } from './http-json.ts'
import { probePort, reactsToPostgres } from './port-probe.ts'
import { openProbe } from './probe-socket.ts'

const host = '127.0.0.1'

async function listen(port = 0): Promise<Server> {
  const server = createServer().listen({ host, port, exclusive: true })
  await once(server, 'listening')
  return server
}

test('a probe whose source is the port that it asks is no answer, and leaves the port free', async () => {
  const port = await freePort()
  const probe = openProbe(host, port, { localPort: port })
  await expect(once(probe, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  expect(probe.destroyed).toBe(true)
  expect(await probePort({ protocol: 'tcp', host, port })).toBe('free')
})

test.each<[string, (port: number) => Promise<unknown>]>([
  ['by TCP', (port) => reactsToPostgres(host, port, 5_000)],
  ['by HTTP', (port) => getJson(`http://${host}:${port}/health`, 5_000)],
])('a process may listen at the port that a probe %s has as its source', async (_how, probe) => {
  await using server = await listen()
  const connected = once(server, 'connection')
  const answer = probe((server.address() as AddressInfo).port)
  const [socket] = await connected
  await using started = await listen(socket.remotePort)
  expect(started.listening).toBe(true)
  socket.destroy()
  await answer
})
