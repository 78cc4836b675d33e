import { createSocket } from 'node:dgram'
import { connect, createServer, type Socket } from 'node:net'
import type { Port } from '../../contracts/workspace-state.ts'

/** forbidden: only root may bind the port (below 1024). unreachable: the host is not an address of this machine. */
export type PortState = 'free' | 'taken' | 'forbidden' | 'unreachable'

type Address = Pick<Port, 'port' | 'protocol' | 'host'>

/** Finds out whether a port is free by binding it for a moment, on the same host as its process will. */
export async function probePort(address: Address): Promise<PortState> {
  const state = await (address.protocol === 'tcp' ? bindTcp(address) : bindUdp(address))
  if (state !== 'free' || address.protocol === 'udp') return state
  // BSD allows binding an address beside a listener on the wildcard address, which then gets the connections.
  return process.platform !== 'linux' && (await accepts(address.host, address.port)) ? 'taken' : 'free'
}

function bindTcp({ host, port }: Address): Promise<PortState> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => settle(error, resolve, reject))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve('free')))
  })
}

function bindUdp({ host, port }: Address): Promise<PortState> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', (error) => {
      socket.close()
      settle(error, resolve, reject)
    })
    socket.bind({ address: host, port, exclusive: true }, () => socket.close(() => resolve('free')))
  })
}

function settle(
  error: NodeJS.ErrnoException,
  resolve: (state: PortState) => void,
  reject: (error: Error) => void,
) {
  if (error.code === 'EADDRINUSE') resolve('taken')
  else if (error.code === 'EACCES') resolve('forbidden')
  else if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') resolve('unreachable')
  else reject(error)
}

/** How long one connection attempt may take (ms). */
const ATTEMPT_MS = 1000

/** Whether the port accepts TCP connections. */
export function accepts(host: string, port: number): Promise<boolean> {
  return attempt(host, port, (socket, settle) => socket.once('connect', () => settle(true)))
}

/** An SSLRequest: its length and its code. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

/**
 * Whether a Postgres server answers: to a request for TLS it says `S` or `N`. An accepted connection is not enough,
 * because the database process binds its port for a moment before it has a database to serve.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
 */
export function speaksPostgres(host: string, port: number): Promise<boolean> {
  return attempt(host, port, (socket, settle) => {
    socket.once('connect', () => socket.write(SSL_REQUEST))
    socket.once('data', (answer) => settle(answer[0] === 0x53 || answer[0] === 0x4e))
    socket.once('close', () => settle(false))
  })
}

function attempt(
  host: string,
  port: number,
  listen: (socket: Socket, settle: (answer: boolean) => void) => void,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: ATTEMPT_MS })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
    listen(socket, settle)
  })
}
