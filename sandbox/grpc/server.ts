import type { Http2Server, IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from 'node:http2'
import { createServer, type Server, type Socket } from 'node:net'
import { HttpError } from '../http/answer.ts'
import { type ByteBudget, tooMuch } from '../http/byte-budget.ts'
import type { Guard } from '../http/guard.ts'
import { senderOf } from '../http/sender.ts'
import { ACCEPTED_ENCODINGS, IncompleteMessage, readMessage } from './message.ts'
import { refuseOtherProtocols } from './preface.ts'
import { checkProtocol, errorTrailers, type GrpcStatus, httpStatusOf, statusOf } from './status.ts'

/** A method with one message in each direction. */
export interface UnaryMethod {
  /** Runs before the message is read. Throws an HttpError for a call that is not allowed. */
  readonly check: (headers: IncomingHttpHeaders) => void
  /** Returns the encoded answer. Throws an HttpError. `takeTurn` is a RouteRequest's. */
  readonly handle: (
    message: Buffer,
    headers: IncomingHttpHeaders,
    takeTurn: () => Promise<void>,
  ) => Promise<Uint8Array>
}

export interface GrpcServerOptions {
  /** By path: `/package.Service/Method`. */
  readonly methods: Readonly<Record<string, UnaryMethod>>
  /** The bytes of messages that are being read or handled. */
  readonly budget: ByteBudget
  /** For calls to a host name that is not this machine's, and for pages, which speak HTTP/1. */
  readonly guard: Guard
  /** Called with every call that failed, and with requests of other protocols, which have no status of gRPC. */
  readonly onError: (path: string, error: HttpError, status?: GrpcStatus) => void
  /** The addresses of this server and of the one for HTTP, for clients that speak another protocol. */
  readonly addresses: () => { readonly http: string; readonly grpc: string }
  /** Called with every exception other than an HttpError. The call ends with INTERNAL, and the process goes on. */
  readonly onInternalError: (error: unknown) => void
  readonly limits?: Partial<GrpcLimits>
}

const LIMITS = {
  maxConnections: 2_000,
  maxStreamsPerConnection: 100,
  /**
   * Of a call's metadata; a call with more is reset. gRPC's own default is 8 KiB.
   * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Requests
   */
  maxHeaderBytes: 16 * 1024,
  /**
   * Of a message, before and after decompression.
   * Source: https://github.com/honeycombio/refinery/issues/1131, "Shepherd currently has a limit at 15MB"
   */
  maxMessageBytes: 15_000_000,
  /** From the head of a call to its answer. */
  callTimeoutMs: 60_000,
  /** How long a client may go on sending after its answer. */
  lingerMs: 2_000,
  /** How long a connection without calls stays open. SDKs send metrics once a minute. */
  idleTimeoutMs: 5 * 60_000,
  /** How long closing waits for calls in flight. */
  drainTimeoutMs: 5_000,
}
export type GrpcLimits = Readonly<typeof LIMITS>

export interface GrpcServer {
  readonly server: Server
  /** Accepts no more connections, and waits up to five seconds for calls in flight. */
  close(): Promise<void>
}

/**
 * Creates a gRPC server for unary methods. node:http2 is loaded with the first connection, which costs 20 ms of CPU and
 * 8 MB once: most workspaces never need it.
 *
 * docs/adr/own-grpc-receiver.md says why it is not @grpc/grpc-js.
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export function createGrpcServer(options: GrpcServerOptions): GrpcServer {
  const limits = { ...LIMITS, ...options.limits }
  const sockets = new Set<Socket>()
  /** Those that have not sent anything yet. */
  const silent = new Set<Socket>()
  const sessions = new Set<ServerHttp2Session>()
  let http2: Http2Server | undefined

  const server = createServer((socket) => {
    for (const set of [sockets, silent]) {
      set.add(socket)
      socket.once('close', () => set.delete(socket))
    }
    socket.on('error', () => {})
    refuseOtherProtocols(socket, options, () => {
      silent.delete(socket)
      http2 ??= createHttp2Server(limits, sessions, (stream, headers) => {
        respond(stream, headers).catch((error) => {
          options.onInternalError(error)
          stream.destroy()
        })
      })
      http2.emit('connection', socket)
    })
  })
  server.maxConnections = limits.maxConnections

  return {
    server,
    async close() {
      if (!server.listening) return
      const { promise, resolve } = Promise.withResolvers<void>()
      server.close(() => resolve())
      const deadline = setTimeout(() => destroyAll(sockets), limits.drainTimeoutMs)
      destroyAll(silent)
      // A session ends after its calls.
      for (const session of sessions) session.close()
      await promise
      clearTimeout(deadline)
    },
  }

  async function respond(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    const headerBytes = lengthOf(headers)
    if (headerBytes > limits.maxHeaderBytes) {
      // Node takes 64 KiB until the client has acknowledged the setting.
      stream.close(ENHANCE_YOUR_CALM)
      return
    }
    const path = headers[':path'] ?? ''
    const share = options.budget.open(senderOf(stream.session?.socket.remoteAddress, headers))
    const timer = setTimeout(() => {
      fail(stream, path, new HttpError(408, 'the call took too long'))
      closeAnswered(stream, limits.lingerMs)
    }, limits.callTimeoutMs)
    stream.once('close', () => clearTimeout(timer))
    try {
      // Many calls that never end are bounded by the budget, too.
      if (!share.take(CALL_BYTES + headerBytes)) throw tooMuch()
      checkProtocol(headers)
      options.guard.checkHost({
        method: 'POST',
        headers: { host: headers[':authority'] ?? headers.host },
        localAddress: stream.session?.socket.localAddress,
      })
      const method = Object.hasOwn(options.methods, path) ? options.methods[path] : undefined
      if (!method) throw new HttpError(404, `unknown method ${path}`)
      method.check(headers)
      const encoding = headers['grpc-encoding']
      const message = await readMessage(stream, String(encoding ?? ''), limits.maxMessageBytes, share)
      answer(stream, await method.handle(message, headers, share.takeSlot))
    } catch (error) {
      fail(stream, path, error instanceof HttpError ? error : internalError(error))
    } finally {
      share.release()
      // What the client still sends is dropped, so that it reads the answer.
      stream.resume()
      if (!stream.readableEnded)
        setTimeout(() => closeAnswered(stream, limits.lingerMs), limits.lingerMs).unref()
    }
  }

  function fail(stream: ServerHttp2Stream, path: string, error: HttpError): void {
    // A client that has cancelled its call gets no answer.
    if (stream.destroyed || stream.closed || stream.headersSent) return
    // Clients that cancel a call end its message first.
    if (!(error instanceof IncompleteMessage)) options.onError(path, error, statusOf(error))
    stream.respond({ ...HEAD, ...errorTrailers(error), ':status': httpStatusOf(error) }, { endStream: true })
  }

  function internalError(error: unknown): HttpError {
    options.onInternalError(error)
    return new HttpError(500, 'internal error', { cause: error })
  }
}

/** Source: https://www.rfc-editor.org/rfc/rfc9113#section-7 */
const ENHANCE_YOUR_CALM = 0xb

/** What a stream takes besides its metadata and its message. */
const CALL_BYTES = 8 * 1024

function lengthOf(headers: IncomingHttpHeaders): number {
  return Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + String(value).length, 0)
}

const HEAD = {
  ':status': 200,
  'content-type': 'application/grpc',
  'grpc-accept-encoding': ACCEPTED_ENCODINGS,
} as const

function answer(stream: ServerHttp2Stream, message: Uint8Array): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return
  const prefix = Buffer.alloc(5)
  prefix.writeUInt32BE(message.byteLength, 1)
  stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
  stream.respond(HEAD, { waitForTrailers: true })
  stream.end(Buffer.concat([prefix, message]))
}

/** How often a stream waits for its trailers before it is closed without. */
const TRIES = 5

/** Closes a stream once its status has been sent. A timer may end before that, where the process was busy. */
function closeAnswered(stream: ServerHttp2Stream, waitMs: number, tries = TRIES): void {
  const hasStatus = stream.sentTrailers !== undefined || stream.sentHeaders?.['grpc-status'] !== undefined
  if (hasStatus || !stream.headersSent || stream.closed || tries === 0) stream.close()
  else setTimeout(() => closeAnswered(stream, waitMs, tries - 1), waitMs).unref()
}

function createHttp2Server(
  limits: GrpcLimits,
  sessions: Set<ServerHttp2Session>,
  onStream: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
): Http2Server {
  const http2 = process.getBuiltinModule('node:http2').createServer({
    settings: {
      maxConcurrentStreams: limits.maxStreamsPerConnection,
      maxHeaderListSize: limits.maxHeaderBytes,
      enablePush: false,
    },
  })
  http2.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.setTimeout(limits.idleTimeoutMs, () => session.close())
  })
  // A broken connection ends its calls; there is nothing else to do about it.
  http2.on('sessionError', () => {})
  http2.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    onStream(stream, headers)
  })
  return http2
}

function destroyAll(sockets: Iterable<Socket>): void {
  for (const socket of sockets) socket.destroy()
}
