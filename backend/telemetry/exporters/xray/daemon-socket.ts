import { createSocket, type Socket } from 'node:dgram'
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { DATAGRAM_HEADER, formatHostPort, type HostPort } from '../../../../contracts/daemon-address.ts'
import type { Batch, Delivery } from '../delivery.ts'

/** Documents that wait for the daemon's address, 64 MB at most. Beyond it the oldest are dropped. */
const MAX_WAITING = 1_000
/** How long an address that a name stands for is used, and how soon it is asked for again when nothing listens there. */
const LOOKUP_MS = 60_000
const LOOKUP_AGAIN_MS = 5_000
/** The daemon is back if no datagram is refused for this long after one was sent: hosts report at most one a second. */
const QUIET_MS = 2_000
/** Each failed try uses up the report about one earlier datagram, and a turn of the event loop sends few. */
const MAX_TRIES = 50

interface Datagram {
  readonly text: string
  /** 32 hex digits. */
  readonly traceId: string
}

interface Address {
  readonly address: string
  readonly family: number
}

type LookUp = (host: string) => Promise<readonly Address[]>

/**
 * Sends documents to the X-Ray daemon by UDP, which confirms nothing: each counts as unconfirmed when it has left. The
 * socket is connected, so that the system reports a datagram that reached a host without a daemon (ECONNREFUSED): as an
 * event, or as the error of a later `send`, whose own datagram has not left and is sent again. On loopback every one is
 * reported. From another host only some are, since hosts limit how many they report; and none from a host that is off,
 * or behind a firewall that drops.
 */
export class DaemonSocket {
  readonly #daemon: HostPort
  readonly #delivery: Delivery
  readonly #lookUp: LookUp
  /** Undefined until the daemon's address is known. */
  #connected: { readonly socket: Socket; readonly address: string } | undefined
  #connecting: Promise<void> | undefined
  /** By `performance.now()`. */
  #lookedUpAt = 0
  #waiting: Datagram[] = []
  /** Datagrams that have left and have not been reported. */
  #unreported = 0
  #recovery: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined

  constructor(daemon: HostPort, delivery: Delivery, lookUp: LookUp = (host) => lookup(host, { all: true })) {
    this.#daemon = daemon
    this.#delivery = delivery
    this.#lookUp = lookUp
    void this.#connect()
  }

  /** Sends a document, which is pending already (`Delivery.started`). */
  send(document: string, traceId: string): void {
    const datagram = { text: DATAGRAM_HEADER + document, traceId }
    if (this.#connected) this.#transmit(this.#connected.socket, datagram)
    else this.#wait(datagram)
    if (performance.now() - this.#lookedUpAt > LOOKUP_MS) void this.#connect()
  }

  /** Sends or drops the documents that wait, and lets the system report the last ones. */
  async flush(): Promise<void> {
    if (!this.#connected) await this.#connect()
    this.#dropAll(this.#waiting.splice(0), 'its address is unknown')
    await this.#delivery.idle()
    await nextTurn()
  }

  /** Looks the daemon's address up, and connects to it where it has changed. Never rejects. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#findAndConnect()
      .catch((error: Error) => this.#cannotConnect(error))
      .finally(() => {
        this.#connecting = undefined
      })
    return this.#connecting
  }

  async #findAndConnect(): Promise<void> {
    // An address never changes.
    this.#lookedUpAt = isIP(this.#daemon.host) ? Number.POSITIVE_INFINITY : performance.now()
    const { address, family } = await this.#findAddress()
    if (address === this.#connected?.address) return
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4').unref()
    socket.on('error', () => this.#reported())
    try {
      await new Promise<void>((resolve, reject) => {
        socket.connect(this.#daemon.port, address, (error?: Error) => (error ? reject(error) : resolve()))
      })
    } catch (error) {
      socket.close()
      throw error
    }
    this.#connected?.socket.close()
    this.#connected = { socket, address }
    this.#unreported = 0
    for (const datagram of this.#waiting.splice(0)) this.#transmit(socket, datagram)
  }

  /** The address in use where it is still one of the name's; else IPv4 before IPv6, because daemons listen there. */
  async #findAddress(): Promise<Address> {
    const { host } = this.#daemon
    const family = isIP(host)
    if (family !== 0) return { address: host, family }
    const found = await this.#lookUp(host)
    const [first] = found.toSorted((a, b) => a.family - b.family)
    const address = found.find((one) => one.address === this.#connected?.address) ?? first
    if (!address) throw new Error(`${host} has no address`)
    return address
  }

  #cannotConnect({ message }: Error): void {
    // A daemon that has been found remains in use.
    if (this.#connected) return
    this.#delivery.failing(
      `the address of the X-Ray daemon cannot be used: ${message} (the option xray.daemon, AWS_XRAY_DAEMON_ADDRESS)`,
    )
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      void this.#connect()
    }, LOOKUP_AGAIN_MS).unref()
  }

  #wait(datagram: Datagram): void {
    this.#waiting.push(datagram)
    if (this.#waiting.length <= MAX_WAITING) return
    const oldest = this.#waiting.shift()
    if (oldest)
      this.#delivery.drop(batchOf(oldest), `more than ${MAX_WAITING} segments waited for its address`)
  }

  #transmit(socket: Socket, datagram: Datagram, tries = 1): void {
    try {
      socket.send(datagram.text, (error) => {
        if (!error) return this.#sent(datagram)
        const { code } = error as NodeJS.ErrnoException
        if (code === 'EMSGSIZE')
          return this.#delivery.drop(batchOf(datagram), 'a segment is too large for a datagram: EMSGSIZE')
        if (code !== 'ECONNREFUSED') return this.#dropAll([datagram], error.message)
        this.#reported()
        if (tries < MAX_TRIES) this.#transmit(socket, datagram, tries + 1)
        else this.#dropAll([datagram], error.message)
      })
    } catch (error) {
      this.#dropAll([datagram], (error as Error).message)
    }
  }

  #sent(datagram: Datagram): void {
    this.#unreported++
    this.#delivery.settle(batchOf(datagram), { unconfirmed: 1 })
    if (!this.#delivery.isFailing) return
    this.#recovery ??= setTimeout(() => {
      this.#recovery = undefined
      this.#delivery.recovered()
    }, QUIET_MS).unref()
  }

  /** The system says that nothing listens where a datagram arrived. */
  #reported(): void {
    if (this.#unreported === 0) return
    this.#unreported--
    this.#endQuiet()
    const place = formatHostPort(this.#daemon)
    this.#delivery.revoke(
      1,
      `no X-Ray daemon listens at ${place} (UDP): start it, or correct the option xray.daemon (AWS_XRAY_DAEMON_ADDRESS)`,
    )
    // A daemon that has been started again may have another address.
    if (performance.now() - this.#lookedUpAt > LOOKUP_AGAIN_MS) void this.#connect()
  }

  #dropAll(datagrams: readonly Datagram[], reason: string): void {
    for (const datagram of datagrams) {
      this.#endQuiet()
      const message = `a segment could not be sent to the X-Ray daemon: ${reason}`
      this.#delivery.settle(batchOf(datagram), { dropped: 1, message })
    }
  }

  /** There was a failure, so the time without one begins again. */
  #endQuiet(): void {
    clearTimeout(this.#recovery)
    this.#recovery = undefined
  }
}

function batchOf({ traceId }: Datagram): Batch {
  return { count: 1, traceIds: [traceId] }
}
