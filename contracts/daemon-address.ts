/**
 * Where the X-Ray daemon listens: UDP for segments, TCP for the sampling calls that it proxies to X-Ray.
 */
export interface DaemonAddress {
  readonly udp: HostPort
  readonly tcp: HostPort
}

export interface HostPort {
  /** A name, an IPv4 address, or an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

/**
 * The line before each segment document in a datagram to the daemon.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-daemon
 */
export const DATAGRAM_HEADER = '{"format":"json","version":1}\n'

const NAME_OR_IPV4 = /^([^:\s/@?#[\]]+):(\d{1,5})$/
/** In brackets, as in a URL; with a zone (`fe80::1%eth0`) for an address that is only valid on one link. */
const IPV6 = /^\[([\da-f]*:[\da-f:.]*(?:%[\w.-]+)?)\]:(\d{1,5})$/i

/**
 * Reads AWS_XRAY_DAEMON_ADDRESS in the forms that AWS documents: `host:port` for both, or
 * `udp:host:port tcp:host:port` in either order, with any white space. An IPv6 address is in brackets: `[::1]:2000`.
 * The X-Ray SDK requires exactly one space: pass addresses on with {@link formatDaemonAddress}. Undefined for anything
 * else.
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

/**
 * `host:port` if both are the same, else `udp:… tcp:…` with exactly one space: every X-Ray SDK accepts these, with a name
 * or an IPv4 address.
 */
export function formatDaemonAddress({ udp, tcp }: DaemonAddress): string {
  const same = udp.host === tcp.host && udp.port === tcp.port
  return same ? formatHostPort(udp) : `udp:${formatHostPort(udp)} tcp:${formatHostPort(tcp)}`
}

/** `host:port`, as in a URL: an IPv6 address is in brackets. */
export function formatHostPort({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function parseHostPort(text: string): HostPort | undefined {
  const match = NAME_OR_IPV4.exec(text) ?? IPV6.exec(text)
  const port = Number(match?.[2])
  return match?.[1] && port >= 1 && port <= 65_535 ? { host: match[1], port } : undefined
}
