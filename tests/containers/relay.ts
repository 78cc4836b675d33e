import { createServer, request } from 'node:http'
import { connect, createServer as createTcpServer, type Socket } from 'node:net'

/** What ends a relay. */
export interface Relay {
  close(): void
}

/**
 * A proxy for HTTPS at a Unix socket, which a process in another network reaches by its path. It connects to the named host
 * itself, or through the proxy of this machine (HTTPS_PROXY).
 */
export async function relayFromSocket(path: string): Promise<Relay> {
  const outer = process.env.HTTPS_PROXY ?? process.env.https_proxy
  const server = createServer((_, response) => response.writeHead(405).end())
  server.on('connect', ({ url = '' }, client: Socket) => {
    client.on('error', () => {})
    const join = (target: Socket) => {
      target.on('error', () => client.destroy())
      client.write('HTTP/1.1 200 OK\r\n\r\n')
      target.pipe(client).pipe(target)
    }
    if (outer) {
      const { hostname, port } = new URL(outer)
      const asked = request({ host: hostname, port: port || 80, method: 'CONNECT', path: url })
      asked.on('connect', (_, target) => join(target as Socket)).on('error', () => client.destroy())
      asked.end()
      return
    }
    const { hostname, port } = new URL(`https://${url}`)
    const target = connect(Number(port || 443), hostname, () => join(target)).on('error', () =>
      client.destroy(),
    )
  })
  await new Promise<void>((resolve) => server.listen(path, resolve))
  return { close: () => server.close() }
}

/** Listens at a free port of loopback and passes each connection to a Unix socket. Returns the port. */
export async function relayToSocket(path: string): Promise<number> {
  const server = createTcpServer((client) => {
    const target = connect(path)
    target.on('error', () => client.destroy())
    client.on('error', () => target.destroy())
    client.pipe(target).pipe(client)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The relay has no port')
  return address.port
}
