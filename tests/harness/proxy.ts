import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from './ports.ts'

/** What the proxy does with a request instead of passing it on. */
export type Fault =
  /** Answers in the target's place. */
  | { readonly status: number; readonly body: string | Uint8Array; readonly headers?: Headers }
  /** Never answers. */
  | 'hang'
  /** Passes the request on, and the answer this much later. */
  | { readonly delayMs: number }
  /** Passes the request on, and cuts the connection in the middle of the answer's body: with RST or with FIN. */
  | { readonly cut: 'reset' | 'end' }
  /** Passes a part of the request on, and gives an answer that says so. */
  | { readonly accept: (body: Buffer) => { readonly passedOn: Buffer; readonly answer: Uint8Array } }

type Headers = Readonly<Record<string, string>>

export interface TestProxy extends AsyncDisposable {
  /** Where the target is reached through the proxy, with the prefix. */
  readonly url: string
  /** The fault of a request; undefined passes it on. */
  fault: (method: string, path: string) => Fault | undefined
  /** Closes the port when the requests in progress are answered: connections are refused. */
  refuse(): Promise<void>
  /** Opens the port again. */
  accept(): Promise<void>
}

const HOST = '127.0.0.1'
/** After the first half of an answer that is cut, so that the client has read it before the reset discards it. */
const CUT_AFTER_MS = 50

/**
 * An HTTP proxy in front of `target`. With a prefix it serves the target below it, as code-server and JupyterHub do
 * with a forwarded port; `fault` and `refuse` make it fail as providers and networks do.
 */
export async function startProxy(target: () => string, prefix = ''): Promise<TestProxy> {
  // Not any free port: while this one is closed, the system must not give it to an outgoing connection.
  const port = await freePort()
  let server: Server | undefined
  /** Requests that get no answer. */
  const hanging = new Set<ServerResponse>()

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const { method = 'GET', url = '' } = incoming
    if (!url.startsWith(`${prefix}/`)) return void outgoing.writeHead(404).end()
    const path = url.slice(prefix.length)
    const fault = proxy.fault(method, path)
    if (fault === undefined) return passOn(incoming, outgoing, path)
    const body = await buffer(incoming)
    if (fault === 'hang') {
      hanging.add(outgoing)
      outgoing.on('close', () => hanging.delete(outgoing))
      return
    }
    if ('status' in fault) {
      const headers = { 'content-type': 'application/json', ...fault.headers }
      return void outgoing.writeHead(fault.status, headers).end(fault.body)
    }
    const part = 'accept' in fault ? fault.accept(body) : undefined
    const { status, type, body: whole } = await send(incoming, path, part?.passedOn ?? body)
    const answered = part && status === 200 ? part.answer : whole
    if ('cut' in fault) return cut(outgoing, status, type, answered, fault.cut)
    if ('delayMs' in fault) await delay(fault.delayMs)
    outgoing.writeHead(status, { 'content-type': type }).end(answered)
  }

  /** Sends a request with this body to the target and reads the answer. */
  async function send(incoming: IncomingMessage, path: string, body: Buffer) {
    const { 'transfer-encoding': _isInOnePiece, ...headers } = forwardedHeaders(incoming)
    const forwarded = request(`${target()}${path}`, {
      method: incoming.method,
      headers: { ...headers, 'content-length': body.length },
    }).end(body)
    const [answer] = (await once(forwarded, 'response')) as [IncomingMessage]
    const type = answer.headers['content-type'] ?? 'text/plain'
    return { status: answer.statusCode ?? 502, type, body: await buffer(answer) }
  }

  function passOn(incoming: IncomingMessage, outgoing: ServerResponse, path: string): void {
    const options = { method: incoming.method, headers: forwardedHeaders(incoming) }
    const forwarded = request(`${target()}${path}`, options, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    forwarded.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()))
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  }

  function forwardedHeaders({ headers }: IncomingMessage): IncomingHttpHeaders {
    return { ...headers, host: new URL(target()).host, 'x-forwarded-host': headers.host }
  }

  const proxy: TestProxy = {
    url: `http://${HOST}:${port}${prefix}`,
    fault: () => undefined,
    async refuse() {
      const closing = server
      server = undefined
      if (!closing) return
      const closed = new Promise((resolve) => closing.close(resolve))
      for (const outgoing of hanging) outgoing.destroy()
      const timer = setInterval(() => closing.closeIdleConnections(), 5)
      await closed
      clearInterval(timer)
    },
    async accept() {
      if (server) return
      const opening = createServer((incoming, outgoing) => {
        handle(incoming, outgoing).catch(() => outgoing.destroy())
      })
      await new Promise<void>((resolve) => opening.listen(port, HOST, resolve))
      server = opening
    },
    async [Symbol.asyncDispose]() {
      const closing = server
      server = undefined
      closing?.closeAllConnections()
      await new Promise((resolve) => (closing ? closing.close(resolve) : resolve(undefined)))
    },
  }
  await proxy.accept()
  return proxy
}

/** Promises more bytes than it sends, because the body of a successful OTLP export is empty. */
async function cut(
  outgoing: ServerResponse,
  status: number,
  type: string,
  body: Uint8Array,
  how: 'reset' | 'end',
): Promise<void> {
  outgoing.writeHead(status, { 'content-type': type, 'content-length': body.length + 100 })
  outgoing.write(body.length > 0 ? body : ' ')
  await delay(CUT_AFTER_MS)
  if (how === 'reset') outgoing.socket?.resetAndDestroy()
  else outgoing.socket?.end()
}
