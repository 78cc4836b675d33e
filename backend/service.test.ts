import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { createServiceApp, createServiceServer } from './service.ts'

const telemetry = { report: () => ({ service: 'api' }) as never, reportError: () => 'uuid' }
const app = createServiceApp({ telemetry }, () => {})
let server: Server
const sockets: Socket[] = []

async function start(limits: Partial<Parameters<typeof createServiceServer>[1]> = {}): Promise<number> {
  const all = { maxConnections: 10, headersTimeoutMs: 1_000, requestTimeoutMs: 1_000, checkMs: 20, ...limits }
  server = createServiceServer(app, all).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
  server.closeAllConnections()
  server.close()
})

/** Sends these bytes and no more; returns the answer up to the end of the connection. */
function half(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1', () => socket.write(text))
  sockets.push(socket)
  socket.on('error', () => {})
  let answer = ''
  socket.on('data', (chunk) => {
    answer += chunk
  })
  return once(socket, 'close').then(() => answer)
}

test('a client that never finishes its headers is answered 408', async () => {
  const port = await start({ headersTimeoutMs: 50 })
  expect(await half(port, 'GET /health HTTP/1.1\r\nHost: local')).toMatch(/^HTTP\/1.1 408 /)
})

test('connections beyond the bound are closed, and accepted again when another has ended', async () => {
  const port = await start({ maxConnections: 2 })
  void half(port, 'GET /')
  void half(port, 'GET /')
  const health = () => fetch(`http://127.0.0.1:${port}/health`).then(({ status }) => status)
  await vi.waitFor(() => expect(health()).rejects.toThrow('fetch failed'))
  sockets[0]?.destroy()
  await expect.poll(() => health().catch(() => 0)).toBe(200)
})
