import { createSocket } from 'node:dgram'
import { createServer, type Socket } from 'node:net'
import type { Port } from '../../contracts/workspace-state.ts'
import { openProbe } from './probe-socket.ts'

/** forbidden: only root may bind the port (below 1024). unreachable: the host is not an address of this machine. */
export type PortState = 'free' | 'taken' | 'forbidden' | 'unreachable'

type Address = Pick<Port, 'port' | 'protocol' | 'host'>

/** What the error of binding a port says of it. */
const STATES: Readonly<Record<string, PortState>> = {
  EADDRINUSE: 'taken',
  EACCES: 'forbidden',
  EADDRNOTAVAIL: 'unreachable',
  ENOTFOUND: 'unreachable',
}

/** Finds out whether a port is free by binding it for a moment, on the same host as its process will. */
export async function probePort({ protocol, host, port }: Address): Promise<PortState> {
  const isTcp = protocol === 'tcp'
  try {
    await (isTcp ? bindTcp(host, port) : bindUdp(host, port))
  } catch (error) {
    const state = STATES[(error as NodeJS.ErrnoException).code ?? '']
    if (!state) throw error
    return state
  }
  // BSD allows binding an address beside a listener on the wildcard address, which then gets the connections.
  return isTcp && process.platform !== 'linux' && (await accepts(host, port)) ? 'taken' : 'free'
}

function bindTcp(host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()))
  })
}

function bindUdp(address: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', (error) => socket.close(() => reject(error)))
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve()))
  })
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

/** A StartupMessage: its length, version 3, and the user. The embedded Postgres has one user, and asks for no password. */
const STARTUP = Buffer.concat([Buffer.from([0, 0, 0, 23, 0, 3, 0, 0]), Buffer.from('user\0postgres\0\0')])

/**
 * Whether a Postgres server that runs already reacts within `timeoutMs`: it starts a session, as it does for a query, or closes
 * the connection, as one that has as many as it can serve. A suspended one does neither, although the system accepts
 * connections for it, nor does one that answers a request for TLS and no query.
 */
export function reactsToPostgres(host: string, port: number, timeoutMs: number): Promise<boolean> {
  const listen = (socket: Socket, settle: (answer: boolean) => void) => {
    socket.once('connect', () => {
      socket.write(STARTUP)
      socket.once('data', () => settle(true))
      socket.once('close', () => settle(true))
    })
    // It may close the connection before it has read the request.
    socket.once('error', ({ code }: NodeJS.ErrnoException) =>
      settle(code === 'ECONNRESET' || code === 'EPIPE'),
    )
  }
  return attempt(host, port, listen, timeoutMs)
}

function attempt(
  host: string,
  port: number,
  listen: (socket: Socket, settle: (answer: boolean) => void) => void,
  timeoutMs = ATTEMPT_MS,
): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openProbe(host, port, { timeout: timeoutMs })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    // The first result counts.
    listen(socket, settle)
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })
}
