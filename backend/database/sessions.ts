import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** Fewer than the connections that PGlite's server accepts (server.ts), so that a new client always finds a place. */
const MAX_SESSIONS = 15
/**
 * ms; as Postgres's idle_in_transaction_session_timeout. In PGlite a transaction makes all other sessions wait.
 *
 * Source: https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const MAX_IDLE_IN_TRANSACTION_MS = 30_000

const CHANNEL = 'net.server.socket'

/**
 * The last message of each answer: `Z`, a length of 5, and the state of the transaction, `I` without one.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-message-formats.html, ReadyForQuery
 */
const READY = Buffer.from([0x5a, 0, 0, 0, 5])
const READY_BYTES = READY.length + 1
const NO_TRANSACTION = 0x49

export interface SessionBounds {
  readonly maxSessions?: number
  readonly maxIdleInTransactionMs?: number
}

/**
 * Keeps this process's database usable while another program holds sessions, of which PGlite's server has few: a session too many
 * closes the one that has been idle longest, and one that is idle in a transaction is closed after 30 s. Returns a function that
 * ends this.
 *
 * As in first-bytes.ts, Node tells of a connection after the server has handled it.
 */
export function boundSessions({
  maxSessions = MAX_SESSIONS,
  maxIdleInTransactionMs = MAX_IDLE_IN_TRANSACTION_MS,
}: SessionBounds = {}): () => void {
  /** Whether each is idle: it has its answer. The one that has been quiet longest is first. */
  const sessions = new Map<Socket, boolean>()
  const heard = (socket: Socket, isIdle: boolean) => {
    sessions.delete(socket)
    sessions.set(socket, isIdle)
  }
  const closeOne = () => {
    const open = [...sessions]
    const [socket] = open.find(([, isIdle]) => isIdle) ?? open[0] ?? []
    socket?.destroy()
    if (socket) sessions.delete(socket)
  }
  const watch = (socket: Socket) => {
    let idleInTransaction: ReturnType<typeof setTimeout> | undefined
    if (sessions.size >= maxSessions) closeOne()
    heard(socket, true)
    // Before the server's listener, which may answer at once.
    socket.prependListener('data', () => {
      clearTimeout(idleInTransaction)
      heard(socket, false)
    })
    onAnswer(socket, (isInTransaction) => {
      if (!sessions.has(socket)) return
      heard(socket, true)
      clearTimeout(idleInTransaction)
      if (isInTransaction) {
        idleInTransaction = setTimeout(() => socket.destroy(), maxIdleInTransactionMs).unref()
      }
    })
    socket.once('close', () => {
      clearTimeout(idleInTransaction)
      sessions.delete(socket)
    })
  }
  const onSocket = (message: unknown) => {
    const { socket } = message as { readonly socket: Socket }
    setImmediate(() => socket.destroyed || watch(socket))
  }
  subscribe(CHANNEL, onSocket)
  return () => void unsubscribe(CHANNEL, onSocket)
}

/** Calls `onReady` with each answer that is complete. PGlite's server has no event for it. */
function onAnswer(socket: Socket, onReady: (isInTransaction: boolean) => void): void {
  const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean
  socket.write = (...parameters: unknown[]) => {
    const [bytes] = parameters
    if (bytes instanceof Uint8Array && bytes.length >= READY_BYTES) {
      const last = bytes.subarray(-READY_BYTES)
      if (READY.equals(last.subarray(0, READY.length))) onReady(last.at(-1) !== NO_TRANSACTION)
    }
    return write(...parameters)
  }
}
