import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { HostPort } from '../../contracts/daemon-address.ts'
import { type Answer, HttpError } from '../http/answer.ts'
import type { ByteBudget } from '../http/byte-budget.ts'
import { listenError } from '../http/port-taken.ts'
import type { Route } from '../http/router.ts'
import { createHttpServer, drain, type HttpServerOptions, listen } from '../http/server.ts'
import { readDatagram } from './datagram.ts'
import { decodeDocuments } from './decode-segments.ts'
import { kernelDrops } from './kernel-drops.ts'
import type { KeepSegments, SegmentCounts } from './segments.ts'
import { startUdpReceiver } from './udp-receiver.ts'

export interface DaemonOptions {
  readonly udp: HostPort
  readonly tcp: HostPort
  /** Requested size of the socket's receive buffer; by default 4 MB. The system may grant less. */
  readonly receiveBufferBytes?: number
  readonly allowedHosts: readonly string[]
  readonly routes: readonly Route[]
  readonly notFound: () => Answer
  readonly onHttpError: NonNullable<HttpServerOptions['onHttpError']>
  readonly onInternalError: (error: unknown) => void
  /** Of the bodies of its requests. */
  readonly budget: ByteBudget
}

export interface Daemon {
  /** Where it listens; undefined where the address belongs to another machine. */
  readonly udp: HostPort | undefined
  readonly tcp: HostPort | undefined
  /** Undefined without a UDP socket; `kernelDrops` is undefined on systems that do not count them. */
  receiveStatistics(): Promise<
    { readonly receiveBufferBytes: number; readonly kernelDrops: number | undefined } | undefined
  >
  close(): Promise<void>
}

/**
 * Half a second of datagrams at 10,000/s. Debian's default limit is 208 KB, with which tests/datagrams.test.ts loses none
 * at 5,000/s.
 */
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024

/** Documents that are decoded and stored in one turn of the event loop: some ten milliseconds. */
const MAX_DOCUMENTS = 200

const OVERLOADED = 'more datagrams than the sandbox could take'

/**
 * Emulates the X-Ray daemon: UDP receives segments, TCP serves X-Ray's API. Nothing is forwarded to AWS.
 * Throws a UserError: PORT_TAKEN or PORT_REFUSED.
 */
export async function startDaemon(
  options: DaemonOptions,
  keep: KeepSegments,
  counts: SegmentCounts,
): Promise<Daemon> {
  const setting = 'AWS_XRAY_DAEMON_ADDRESS' as const
  const drop = (reason: string, times = 1) => {
    counts.dropped += times
    counts.lastDrop = reason
  }
  const onBatch = async (datagrams: readonly string[], lost: number) => {
    if (lost > 0) drop(OVERLOADED, lost)
    const read = datagrams.map(readDatagram).filter((datagram) => datagram !== undefined)
    for (const datagram of read) if ('drop' in datagram) drop(datagram.drop)
    const documents = read.flatMap((datagram) => ('document' in datagram ? datagram.document : []))
    for (let start = 0; start < documents.length; start += MAX_DOCUMENTS) {
      await takeSome(documents.slice(start, start + MAX_DOCUMENTS))
    }
  }
  const takeSome = async (documents: readonly string[]) => {
    try {
      const { rows, facts } = decodeDocuments(documents)
      await keep([rows], facts.rejected)
    } catch (error) {
      if (error instanceof HttpError) drop(error.message, documents.length)
      else options.onInternalError(error)
    }
  }

  const udpAddress = await ownAddress(options.udp.host)
  const receiver =
    udpAddress &&
    (await startUdpReceiver(
      {
        host: udpAddress.address,
        port: options.udp.port,
        family: udpAddress.family,
        receiveBufferBytes: options.receiveBufferBytes ?? RECEIVE_BUFFER_BYTES,
      },
      onBatch,
      options.onInternalError,
    ).catch((error: unknown) => {
      throw listenError(error, { ...options.udp, protocol: 'UDP', purpose: 'X-Ray’s segments', setting })
    }))

  const tcpAddress = await ownAddress(options.tcp.host)
  const server = createHttpServer({ ...options, allowedHosts: [...options.allowedHosts, options.tcp.host] })
  try {
    const tcpPort = tcpAddress && (await listen(server, tcpAddress.address, options.tcp.port))
    return {
      udp: receiver && { host: options.udp.host, port: receiver.port },
      tcp: tcpPort === undefined ? undefined : { host: options.tcp.host, port: tcpPort },
      async receiveStatistics() {
        if (!receiver || !udpAddress) return undefined
        const drops = await kernelDrops(udpAddress.address, receiver.port, udpAddress.family)
        return { receiveBufferBytes: receiver.receiveBufferBytes, kernelDrops: drops }
      },
      async close() {
        await Promise.all([drain(server), receiver?.close()])
      },
    }
  } catch (error) {
    await receiver?.close()
    throw listenError(error, { ...options.tcp, protocol: 'TCP', purpose: 'X-Ray’s sampling calls', setting })
  }
}

/**
 * Resolves a host name to an address of this machine, to listen on. Undefined if the name is unknown or belongs to another machine.
 */
async function ownAddress(host: string): Promise<{ address: string; family: 4 | 6 } | undefined> {
  const found = isIP(host) ? [{ address: host, family: isIP(host) }] : await resolve(host)
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const isOwn = (address: string) =>
    address === '0.0.0.0' ||
    address === '::' ||
    address.startsWith('127.') ||
    own.some((one) => one.address === address)
  const mine = found.find(({ address }) => isOwn(address))
  return mine && { address: mine.address, family: mine.family === 6 ? 6 : 4 }
}

async function resolve(host: string) {
  const addresses = await lookup(host, { all: true }).catch(() => [])
  return addresses.toSorted((a, b) => a.family - b.family)
}
