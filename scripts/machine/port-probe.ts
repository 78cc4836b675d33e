import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { accepts } from '../processes/readiness.ts'
import type { PortSpec } from '../processes/spec.ts'

/** forbidden: the system keeps the port for others (below 1024). unreachable: the host is not this machine's. */
export type PortState = 'free' | 'taken' | 'forbidden' | 'unreachable'

type Address = Pick<PortSpec, 'port' | 'protocol' | 'host'>

/** Finds out whether a port can be had by binding it for a moment, on the same host as its process will. */
export async function probePort(address: Address): Promise<PortState> {
  const state = await (address.protocol === 'tcp' ? bindTcp(address) : bindUdp(address))
  if (state !== 'free' || address.protocol === 'udp') return state
  // BSD lets one bind an address beside a listener on the wildcard; that listener answers a call all the same.
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
