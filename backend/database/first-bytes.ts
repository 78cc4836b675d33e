import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** As Postgres's MAX_STARTUP_PACKET_LENGTH. Source: https://github.com/postgres/postgres/blob/master/src/include/libpq/pqcomm.h */
const MAX_STARTUP_BYTES = 10_000
const LENGTH_AND_CODE_BYTES = 8
/** Version 3, SSLRequest, GSSENCRequest and CancelRequest. Source: https://www.postgresql.org/docs/current/protocol-message-formats.html */
const CODES = [196_608, 80_877_103, 80_877_104, 80_877_102]

const CHANNEL = 'net.server.socket'

/** How long a new connection may be silent. Browsers connect in advance. */
const SILENCE_MS = 10_000

/**
 * Closes connections to this process that do not begin as Postgres's protocol does, such as the HTTP of a web page, to which
 * every port of 127.0.0.1 is open. PGlite's server reads the method's letters as the length of a message, more than 1 GB,
 * for which it would collect the body and keep one of its few connections. Returns a function that ends the check.
 *
 * Node tells of a connection after the server has handled it. PGlite's server reads from it in the next turn, and this one
 * after that: whichever reads first starts the flow of data.
 *
 * Source: https://nodejs.org/api/diagnostics_channel.html#tcp-socket
 */
export function closeForeignConnections(silenceMs = SILENCE_MS): () => void {
  const check = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket }
    setImmediate(() => {
      const silence = setTimeout(() => socket.destroy(), silenceMs).unref()
      socket.once('close', () => clearTimeout(silence))
      socket.once('data', (first: Buffer) => {
        clearTimeout(silence)
        if (!isStartup(first)) socket.destroy()
      })
    })
  }
  subscribe(CHANNEL, check)
  return () => void unsubscribe(CHANNEL, check)
}

/** Whether these are the first bytes of a client of Postgres. Clients write the whole packet at once. */
export function isStartup(first: Buffer): boolean {
  if (first.length < LENGTH_AND_CODE_BYTES) return false
  const length = first.readInt32BE(0)
  return (
    length >= LENGTH_AND_CODE_BYTES && length <= MAX_STARTUP_BYTES && CODES.includes(first.readInt32BE(4))
  )
}
