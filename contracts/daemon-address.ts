/**
 * Where the X-Ray daemon listens: UDP for segments, TCP for the sampling calls that it proxies to X-Ray.
 */
export interface DaemonAddress {
  readonly udp: HostPort
  readonly tcp: HostPort
}

export interface HostPort {
  readonly host: string
  readonly port: number
}

/**
 * The line before each segment document in a datagram to the daemon.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
 */
export const DATAGRAM_HEADER = '{"format":"json","version":1}\n'

const HOST_PORT = /^([^:\s]+):(\d{1,5})$/

/**
 * Reads AWS_XRAY_DAEMON_ADDRESS in the forms that AWS documents: `host:port` for both, or
 * `udp:host:port tcp:host:port` in either order, with any white space. The X-Ray SDK requires exactly one space: pass
 * addresses on with {@link formatDaemonAddress}. Undefined for anything else.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-sdk-nodejs-configuration.html
 */
export function parseDaemonAddress(text: string): DaemonAddress | undefined {
  const parts = text.trim().split(/\s+/)
  if (parts.length === 1) {
    const both = parseHostPort(parts[0] ?? '')
    return both && { udp: both, tcp: both }
  }
  if (parts.length !== 2) return undefined
  const udp = parts.find((part) => part.startsWith('udp:'))
  const tcp = parts.find((part) => part.startsWith('tcp:'))
  const udpAddress = udp && parseHostPort(udp.slice(4))
  const tcpAddress = tcp && parseHostPort(tcp.slice(4))
  return udpAddress && tcpAddress ? { udp: udpAddress, tcp: tcpAddress } : undefined
}

/** `host:port` if both are the same, else `udp:… tcp:…` with exactly one space: every X-Ray SDK accepts these. */
export function formatDaemonAddress({ udp, tcp }: DaemonAddress): string {
  const same = udp.host === tcp.host && udp.port === tcp.port
  return same ? `${udp.host}:${udp.port}` : `udp:${udp.host}:${udp.port} tcp:${tcp.host}:${tcp.port}`
}

function parseHostPort(text: string): HostPort | undefined {
  const match = HOST_PORT.exec(text)
  const port = Number(match?.[2])
  return match?.[1] && port >= 1 && port <= 65_535 ? { host: match[1], port } : undefined
}
