import type { ClientRequestArgs } from 'node:http'
import { connect, type Socket, type TcpNetConnectOpts } from 'node:net'

/** The loopback addresses that a socket can be bound to on every system. */
const LOOPBACK = new Set(['127.0.0.1', '::1'])

/**
 * Opens a TCP connection to a port on which perhaps no process listens yet. Linux may give such a socket this very port as
 * its source, when the port is among those for outgoing connections (ip_local_port_range(5)). It is then connected to
 * itself (RFC 9293, 3.5: simultaneous open), and the process that starts finds its port taken, for another minute after
 * the end (TIME-WAIT).
 *
 * On a loopback address the socket is bound first, since libuv sets SO_REUSEADDR then: a process may listen at the port
 * meanwhile. A connection to itself is reset, which leaves no TIME-WAIT. The socket is then destroyed with ECONNREFUSED
 * before other listeners of `connect` run.
 */
export function openProbe(
  host: string,
  port: number,
  options: Pick<TcpNetConnectOpts, 'timeout' | 'localPort'> = {},
): Socket {
  const socket = connect({ host, port, ...options, ...(LOOPBACK.has(host) && { localAddress: host }) })
  return socket.once('connect', () => {
    if (!isOwnEnd(socket)) return
    socket.resetAndDestroy()
    const error = new Error(`connect ECONNREFUSED ${host}:${port}`)
    socket.emit('error', Object.assign(error, { code: 'ECONNREFUSED' }))
  })
}

/** {@link openProbe} as the `createConnection` of an HTTP request, which then has no agent. */
export function probeConnection({ host, port }: ClientRequestArgs): Socket {
  return openProbe(host ?? 'localhost', Number(port))
}

function isOwnEnd({ localPort, localAddress, remotePort, remoteAddress }: Socket): boolean {
  return localPort === remotePort && localAddress === remoteAddress
}
