import { createSocket } from 'node:dgram'
import { DATAGRAM_HEADER, type HostPort } from '../../../../contracts/daemon-address.ts'

/**
 * A socket to the daemon. The X-Ray SDK has one too, and tells nobody when a datagram has left or whether it has:
 * without that an end cannot wait, and "accepted" would be a hope.
 */
export class DaemonSocket {
  readonly #socket = createSocket('udp4').unref()
  readonly #address: HostPort

  constructor(address: HostPort) {
    this.#address = address
    // What goes wrong with a datagram is told to its callback.
    this.#socket.on('error', () => {})
  }

  /** One document, one datagram. `done` hears whether it left this process; nobody hears whether it arrived. */
  send(document: string, done: (error: Error | null) => void): void {
    this.#socket.send(DATAGRAM_HEADER + document, this.#address.port, this.#address.host, done)
  }
}
