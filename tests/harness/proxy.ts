import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** The answer that the proxy gives in the target's place; undefined passes the request on. */
export type Fault = (
  method: string,
  path: string,
) => { readonly status: number; readonly body: string } | undefined

export interface TestProxy extends AsyncDisposable {
  /** Where the target is reached through the proxy, with the prefix. */
  readonly url: string
  fault: Fault
}

/**
 * An HTTP proxy in front of `target`. With a prefix it serves the target below it, as code-server and JupyterHub do
 * with a forwarded port; `fault` makes it answer requests itself.
 */
export async function startProxy(target: () => string, prefix = ''): Promise<TestProxy> {
  const faults: { fault: Fault } = { fault: () => undefined }
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', headers } = incoming
    if (!incoming.url?.startsWith(`${prefix}/`)) return void outgoing.writeHead(404).end()
    const path = incoming.url.slice(prefix.length)
    const fault = proxy.fault(method, path)
    if (fault) {
      const answer = () =>
        outgoing.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body)
      return void incoming.resume().on('end', answer)
    }
    const { host } = new URL(target())
    const forwarded = request(
      `${target()}${path}`,
      { method, headers: { ...headers, host, 'x-forwarded-host': headers.host } },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    forwarded.on('error', () => (outgoing.headersSent ? outgoing.destroy() : outgoing.writeHead(502).end()))
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const proxy: TestProxy = Object.assign(faults, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${prefix}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
  return proxy
}
