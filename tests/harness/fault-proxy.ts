import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Answers in the sandbox's place; undefined lets the request through. */
export type Fault = (
  method: string,
  path: string,
) => { readonly status: number; readonly body: string } | undefined

export interface FaultProxy {
  readonly url: string
  fault: Fault
  close(): Promise<void>
}

/** Stands before the sandbox's HTTP port and hands everything on, but for what the test wants to fail. */
export async function startFaultProxy(target: () => string): Promise<FaultProxy> {
  const proxy: { fault: Fault } = { fault: () => undefined }
  const server = createServer((incoming, outgoing) => {
    const { method = 'GET', url = '/', headers } = incoming
    const fault = proxy.fault(method, url)
    if (fault) {
      incoming
        .resume()
        .on('end', () =>
          outgoing.writeHead(fault.status, { 'content-type': 'application/json' }).end(fault.body),
        )
      return
    }
    const { host } = new URL(target())
    const onward = request(`${target()}${url}`, { method, headers: { ...headers, host } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    onward.on('error', () => outgoing.writeHead(502).end())
    incoming.pipe(onward)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  })
}
