import type { Socket } from 'node:net'
import { HttpError } from '../http/answer.ts'
import { EXPORTS } from '../http/server.ts'
import { httpAdvice, isTls, tlsAdvice } from '../http/wrong-protocol.ts'

/** How every HTTP/2 connection begins: https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const PREFACE = 'PRI * HTTP/2.0'
const REQUEST_LINE = /^[A-Z]+ (\/[^ ?]*)/
/** How long a client may take to send its first bytes. */
const FIRST_BYTES_MS = 10_000

/**
 * Calls `onHttp2` if the client begins as HTTP/2 does; its first bytes are still to be read. An HTTP/1 client has the wrong port,
 * or the wrong protocol, and one with TLS the wrong scheme: it is answered 400 with what to do, and `onError` gets the
 * error. TLS clients say of the answer that it is not TLS. Others are disconnected.
 */
export function refuseOtherProtocols(
  socket: Socket,
  addresses: { readonly http: string; readonly grpc: string },
  onError: (path: string, error: HttpError) => void,
  onHttp2: () => void,
): void {
  const onTimeout = () => socket.destroy()
  socket.setTimeout(FIRST_BYTES_MS, onTimeout)
  socket.once('readable', () => {
    const first: Buffer | null = socket.read()
    if (!first) return
    const head = first.toString('latin1', 0, 200)
    if (PREFACE.startsWith(head.slice(0, PREFACE.length))) {
      socket.setTimeout(0, onTimeout)
      socket.unshift(first)
      onHttp2()
      return
    }
    const isSecure = isTls(first)
    const path = isSecure ? EXPORTS : REQUEST_LINE.exec(head)?.[1]
    if (path === undefined) {
      socket.destroy()
      return
    }
    const advice = isSecure ? tlsAdvice(addresses.grpc) : httpAdvice(addresses.http)
    onError(path, new HttpError(400, advice))
    const length = Buffer.byteLength(advice)
    socket.end(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${advice}`,
    )
    socket.resume()
  })
}
