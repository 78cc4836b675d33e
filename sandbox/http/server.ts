import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket, Server as SocketServer } from 'node:net'
import type { Answer } from './answer.ts'
import { HttpError, jsonAnswer } from './answer.ts'
import { readBody } from './body.ts'
import { BusyError, ByteBudget } from './byte-budget.ts'
import { crossOriginHeaders, preflightedMethod, preflightHeaders } from './cross-origin.ts'
import { createGuard, type GuardOptions } from './guard.ts'
import { createRouter, type Match, type RequestHead, type Route } from './router.ts'
import { sendAnswer, UnreadBytes } from './send-answer.ts'
import { senderOf } from './sender.ts'
import { createSharedReads } from './shared-reads.ts'
import { CLIENT_CLOSED_REQUEST, createTurns, hasLeft } from './turns.ts'
import { grpcAdvice, isTls, tlsAdvice } from './wrong-protocol.ts'

// An import would read every export of node:http, one of which loads undici: 40 ms of CPU at each start.
const { createServer } = process.getBuiltinModule('node:http')

/** The bound for bodies of routes that set none. */
const DEFAULT_MAX_BODY_BYTES = 64 * 1024

/** Bytes of bodies that are being read or handled. */
export const MAX_BUFFERED_BYTES = 128 * 1024 * 1024

/** Bounds for all clients together, and for slow ones. */
const LIMITS = {
  maxConnections: 2_000,
  maxBufferedBytes: MAX_BUFFERED_BYTES,
  /** Bytes of large answers that clients have not read yet. */
  maxUnreadBytes: 256 * 1024 * 1024,
  /** From the connection to the last header, and to the end of the body. Node checks both every `checkMs`. */
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  checkMs: 5_000,
}
export type HttpLimits = Readonly<typeof LIMITS>

/** Longer than SDKs wait between two exports, so that they reuse their connection. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000
/** Answers to requests that Node could not parse, by Node's error code. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
}
/** The address of a question has all of its clauses. */
const MAX_HEADER_BYTES = 64 * 1024
/** How long closing waits for requests in flight. */
const DRAIN_TIMEOUT_MS = 5_000

/** Where exporters send; of a client that speaks another protocol no path is known. */
export const EXPORTS = '/v1/'

/** `rawPacket` is what Node could not parse. */
type ClientError = NodeJS.ErrnoException & { readonly rawPacket?: Buffer }

/** No route matches the request's method. */
type Nowhere = Extract<Match, { allowed: unknown }>

export interface HttpServerOptions extends GuardOptions {
  readonly routes: readonly Route[]
  /** The answer where no route matches; by default a 404 in JSON. */
  readonly notFound?: (request: RequestHead) => Answer
  /** Called with every request that was answered with an HTTP error. */
  readonly onHttpError?: (request: Pick<RequestHead, 'path' | 'headers'>, httpError: HttpError) => void
  /**
   * The addresses of this server and of the one for gRPC, for clients that speak another protocol than HTTP/1. `onHttpError`
   * is called with those errors too.
   */
  readonly addresses?: () => { readonly http: string; readonly grpc: string | undefined }
  /** Called with every exception other than an HttpError. The request is answered 500, and the process goes on. */
  readonly onInternalError?: (error: unknown) => void
  readonly limits?: Partial<HttpLimits>
  /** Shared with other servers; by default `limits.maxBufferedBytes` for this one. */
  readonly budget?: ByteBudget
}

/** An HTTP server for these routes, with a guard and bounds. It does not listen yet. */
export function createHttpServer(options: HttpServerOptions): Server {
  const match = createRouter(options.routes)
  const guard = createGuard(options)
  const limits = { ...LIMITS, ...options.limits }
  const budget = options.budget ?? new ByteBudget(limits.maxBufferedBytes)
  const unread = new UnreadBytes(limits.maxUnreadBytes)
  const nextRead = createTurns()
  const readShared = createSharedReads(nextRead)
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: limits.checkMs,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    (request, response) => {
      respond(request, response).then(
        (answer) => sendAnswer(request, response, answer, server.listening, unread),
        (error) => {
          options.onInternalError?.(error)
          response.destroy()
        },
      )
    },
  )
  server.maxConnections = limits.maxConnections
  const sockets = new Set<Socket>()
  connections.set(server, sockets)
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.on('clientError', (error: ClientError, socket) => {
    const status = CLIENT_ERRORS[error.code ?? ''] ?? '400 Bad Request'
    const advice = adviceFor(error)
    if (advice) options.onHttpError?.({ path: EXPORTS, headers: {} }, new HttpError(400, advice))
    if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\n\r\n`)
    else socket.destroy()
  })
  return server

  /** HTTP/2 without TLS is gRPC: browsers do not speak it. */
  function adviceFor({ code, rawPacket }: ClientError): string | undefined {
    const addresses = options.addresses?.()
    if (!addresses) return undefined
    if (code === 'HPE_PAUSED_H2_UPGRADE') return grpcAdvice(addresses.grpc)
    return rawPacket && isTls(rawPacket) ? tlsAdvice(addresses.http) : undefined
  }

  async function respond(incoming: IncomingMessage, response: ServerResponse): Promise<Answer> {
    const method = incoming.method ?? 'GET'
    const request = head(method, incoming)
    const share = budget.open(senderOf(incoming.socket.remoteAddress, incoming.headers))
    let route: Route | undefined
    try {
      const { headers } = incoming
      const client = { method, headers, localAddress: incoming.socket.localAddress }
      guard.checkHost(client)
      if (!request) throw new HttpError(400, 'the request target is not a valid URL')
      const preflighted = preflightedMethod(method, headers)
      const wanted = match(preflighted ?? method, request.path)
      if (!preflighted && 'route' in wanted) route = wanted.route
      const origin = guard.checkOrigin(client, 'route' in wanted && wanted.route.takesTelemetry === true)
      if (origin !== undefined) response.setHeaders(new Map(Object.entries(crossOriginHeaders(origin))))
      if (origin !== undefined && preflighted) return { status: 204, headers: preflightHeaders(headers) }
      const found = preflighted ? match(method, request.path) : wanted
      if (!('route' in found)) {
        await readBody(incoming, DEFAULT_MAX_BODY_BYTES, share).catch(() => {})
        return missing(request, found)
      }
      route = found.route
      const known = { ...request, params: found.params }
      route.check?.(known)
      const maxBytes = route.maxBodyBytes ?? DEFAULT_MAX_BODY_BYTES
      const body = await readBody(incoming, maxBytes, share, route.encodingOf)
      const whole = { ...known, body, takeTurn: share.takeSlot }
      if (route.isShared) {
        const { handle } = route
        const key = `${request.path}?${request.query}`
        return await readShared(key, disconnectSignal(response), (signal) => handle({ ...whole, signal }))
      }
      if (route.method === 'GET') {
        await nextRead()
        if (hasLeft(incoming)) return { status: CLIENT_CLOSED_REQUEST }
      }
      return await route.handle({
        ...whole,
        // Few handlers ask for it.
        get signal() {
          return disconnectSignal(response)
        },
      })
    } catch (error) {
      const httpError = error instanceof HttpError ? error : internalError(error)
      if (!incoming.complete) incoming.resume()
      if (request) options.onHttpError?.(request, httpError)
      if (httpError instanceof BusyError) response.setHeader('retry-after', httpError.retryAfterS)
      return route?.toErrorAnswer && request
        ? route.toErrorAnswer(httpError, request)
        : jsonAnswer(httpError.status, { message: httpError.message })
    } finally {
      share.release()
    }
  }

  function missing(request: RequestHead, { allowed, toErrorAnswer }: Nowhere): Answer {
    if (allowed.length > 0) {
      const methods = allowed.join(', ')
      const httpError = new HttpError(405, `${request.path} takes ${methods}`)
      const answer = toErrorAnswer?.(httpError, request) ?? jsonAnswer(405, { message: httpError.message })
      return { ...answer, headers: { ...answer.headers, allow: methods } }
    }
    return options.notFound?.(request) ?? jsonAnswer(404, { message: `no such path: ${request.path}` })
  }

  function internalError(error: unknown): HttpError {
    options.onInternalError?.(error)
    return new HttpError(500, 'internal error', { cause: error })
  }
}

function disconnectSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  if (response.destroyed) controller.abort()
  else response.once('close', () => response.writableFinished || controller.abort())
  return controller.signal
}

/** Listens, and resolves to the port in use. Rejects with the socket's error (EADDRINUSE, …). */
export function listen(server: SocketServer, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  server.once('error', reject)
  server.listen(port, host, () => {
    server.off('error', reject)
    const address = server.address()
    resolve(typeof address === 'object' && address ? address.port : port)
  })
  return promise
}

const connections = new WeakMap<Server, ReadonlySet<Socket>>()

/**
 * Stops accepting connections and waits up to five seconds for requests in flight. Browsers connect in advance, and Node
 * does not count a connection as idle before its first request.
 */
export async function drain(server: Server): Promise<void> {
  if (!server.listening) return
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  const sweep = setInterval(() => {
    server.closeIdleConnections()
    for (const socket of connections.get(server) ?? []) if (socket.bytesRead === 0) socket.destroy()
  }, 20)
  const deadline = setTimeout(() => server.closeAllConnections(), DRAIN_TIMEOUT_MS)
  await promise
  clearInterval(sweep)
  clearTimeout(deadline)
}

function head(method: string, incoming: IncomingMessage): RequestHead | undefined {
  const target = incoming.url ?? '/'
  const url = target.startsWith('/') ? `http://sandbox${target.replace(/^\/+/, '/')}` : target
  if (!URL.canParse(url)) return undefined
  const { pathname, searchParams } = new URL(url)
  return { method, path: pathname, query: searchParams, headers: incoming.headers, params: {} }
}
