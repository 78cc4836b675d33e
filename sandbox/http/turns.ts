import type { IncomingMessage } from 'node:http'

/** As nginx logs it. No client reads it. */
export const CLIENT_CLOSED_REQUEST = 499

/**
 * Resolves for one caller in each turn of the event loop, so that the server learns between two reads which clients have
 * disconnected: some reads take half a second of the only thread.
 */
export function createTurns(): () => Promise<unknown> {
  let last: Promise<unknown> = Promise.resolve()
  return () => {
    last = last.then(() => new Promise((resolve) => setImmediate(resolve)))
    return last
  }
}

export function hasLeft({ socket }: IncomingMessage): boolean {
  return socket.destroyed || socket.readableEnded
}
