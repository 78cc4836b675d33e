import type { IncomingHttpHeaders } from 'node:http'
import type { Socket } from 'node:net'
import { JSON_HEADERS } from '../../contracts/json-headers.ts'
import { HttpError } from '../http/answer.ts'
import { EXPORTS } from '../http/server.ts'
import { httpAdvice, isTls, tlsAdvice } from '../http/wrong-protocol.ts'
import type { GrpcServerOptions } from './server.ts'

/** How every HTTP/2 connection begins: https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const PREFACE = 'PRI * HTTP/2.0'
const REQUEST_LINE = /^([A-Z]+) (\/[^ ?]*)/
const MAX_HEAD_BYTES = 8 * 1024
/** How long a client may take to send its first bytes. */
const FIRST_BYTES_MS = 10_000

/**
 * Calls `onHttp2` if the client begins as HTTP/2 does; its first bytes are still to be read. A client of HTTP/1 is
 * answered 400 with the address to use, and a page of another site 403. A client of TLS gets the same 400, which it
 * reports as an answer that is not TLS. `onError` gets these errors. Other clients are disconnected.
 */
export function refuseOtherProtocols(
  socket: Socket,
  { addresses, guard, onError }: Pick<GrpcServerOptions, 'addresses' | 'guard' | 'onError'>,
  onHttp2: () => void,
): void {
  const onTimeout = () => socket.destroy()
  socket.setTimeout(FIRST_BYTES_MS, onTimeout)
  socket.once('readable', () => {
    const first: Buffer | null = socket.read()
    if (!first) return
    const head = first.toString('latin1', 0, MAX_HEAD_BYTES)
    if (PREFACE.startsWith(head.slice(0, PREFACE.length))) {
      socket.setTimeout(0, onTimeout)
      socket.unshift(first)
      onHttp2()
      return
    }
    const isSecure = isTls(first)
    const [, method = 'GET', path = isSecure ? EXPORTS : undefined] = REQUEST_LINE.exec(head) ?? []
    if (path === undefined) {
      socket.destroy()
      return
    }
    const error = isSecure
      ? new HttpError(400, tlsAdvice(addresses().grpc))
      : http1Error(method, head, socket.localAddress)
    onError(path, error)
    socket.end(answerOf(error))
    socket.resume()
  })

  function http1Error(method: string, head: string, localAddress: string | undefined): HttpError {
    const headers = headersIn(head)
    try {
      guard.checkOrigin({ method, headers, localAddress }, true)
    } catch (error) {
      if (error instanceof HttpError) return error
      throw error
    }
    return new HttpError(400, httpAdvice(addresses().http))
  }
}

/** Of a request's head, as far as it has arrived. The first of equal names counts, and nothing of the body. */
function headersIn(head: string): IncomingHttpHeaders {
  const [, ...lines] = (head.split('\r\n\r\n', 1)[0] ?? '').split('\r\n')
  const headers = new Map<string, string>()
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    if (colon > 0 && !headers.has(name)) headers.set(name, line.slice(colon + 1).trim())
  }
  return Object.fromEntries(headers)
}

function answerOf({ status, message }: HttpError): string {
  return [
    `HTTP/1.1 ${status} ${status === 403 ? 'Forbidden' : 'Bad Request'}`,
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(message)}`,
    `Cross-Origin-Resource-Policy: ${JSON_HEADERS['cross-origin-resource-policy']}`,
    `X-Content-Type-Options: ${JSON_HEADERS['x-content-type-options']}`,
    'Connection: close',
    '',
    message,
  ].join('\r\n')
}
