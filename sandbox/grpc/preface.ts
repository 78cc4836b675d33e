import type { Socket } from 'node:net'
import { HttpError } from '../http/answer.ts'

/** How every HTTP/2 connection begins: https://www.rfc-editor.org/rfc/rfc9113#section-3.4 */
const PREFACE = 'PRI * HTTP/2.0'
const REQUEST_LINE = /^[A-Z]+ (\/[^ ?]*)/
/** How long a client may take to send its first bytes. */
const FIRST_BYTES_MS = 10_000

const ADVICE =
  'This port receives OTLP over gRPC. For OTLP over HTTP send to SANDBOX_PORT (4318 by default), or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc.'

/**
 * Calls `onHttp2` if the client begins as HTTP/2 does; its first bytes are still to be read. An HTTP/1 client has the wrong port,
 * or the wrong protocol: it is answered 400 with what to do, and `onError` gets the error. Others are disconnected.
 */
export function refuseOtherProtocols(
  socket: Socket,
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
    const path = REQUEST_LINE.exec(head)?.[1]
    if (path === undefined) {
      socket.destroy()
      return
    }
    onError(path, new HttpError(400, ADVICE))
    const length = Buffer.byteLength(ADVICE)
    socket.end(
      `HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ${length}\r\nConnection: close\r\n\r\n${ADVICE}`,
    )
    socket.resume()
  })
}
