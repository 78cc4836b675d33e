import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import { type Answered, stateAfter } from './answer-state.ts'
import { MessageCounter } from './message-counter.ts'

/** Fewer than the connections that PGlite's server accepts (server.ts), so that a new client always finds a place. */
const MAX_SESSIONS = 15
/**
 * ms; as Postgres's idle_in_transaction_session_timeout. In PGlite a transaction makes all other sessions wait.
 *
 * Source: https://www.postgresql.org/docs/current/runtime-config-client.html
 */
const MAX_IDLE_IN_TRANSACTION_MS = 30_000

const CHANNEL = 'net.server.socket'

export interface SessionBounds {
  readonly maxSessions?: number
  readonly maxIdleInTransactionMs?: number
}

/**
 * Keeps this process's database usable while another program holds sessions, of which PGlite's server has few: a session too
 * many closes the one that has been idle longest. One that makes all others wait, because it is in a transaction or between
 * the messages of a query (shared-session.ts), is closed when it has sent no complete message for 30 s. Returns a function
 * that ends this.
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
    const messages = new MessageCounter()
    /** Runs while the session makes others wait: from an answer that ends nothing to one after which no transaction is open. */
    let silence: ReturnType<typeof setTimeout> | undefined
    const startSilence = () => {
      clearTimeout(silence)
      silence = setTimeout(() => socket.destroy(), maxIdleInTransactionMs).unref()
    }
    if (sessions.size >= maxSessions) closeOne()
    heard(socket, true)
    // Before the server's listener, which may answer at once.
    socket.prependListener('data', (bytes: Buffer) => {
      if (messages.count(bytes) > 0 && silence) startSilence()
      heard(socket, false)
    })
    onAnswer(socket, (state) => {
      if (!sessions.has(socket)) return
      if (state !== 'unfinished') heard(socket, true)
      if (state !== 'idle') return startSilence()
      clearTimeout(silence)
      silence = undefined
    })
    socket.once('close', () => {
      clearTimeout(silence)
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

/** Calls `onAnswered` with each part of an answer. PGlite's server has no event for it. */
function onAnswer(socket: Socket, onAnswered: (state: Answered) => void): void {
  const write = socket.write.bind(socket) as (...parameters: unknown[]) => boolean
  socket.write = (...parameters: unknown[]) => {
    const [bytes] = parameters
    // Not the one byte by which TLS is turned down.
    if (bytes instanceof Uint8Array && bytes.length > 1) onAnswered(stateAfter(bytes))
    return write(...parameters)
  }
}
