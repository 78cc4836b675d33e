import { createServer, request } from 'node:http'
import { drain, listen } from '../../sandbox/http/server.ts'

/** A proxy that serves `target` below a prefix, as code-server and JupyterHub do with a forwarded port. */
export async function startPrefixProxy(target: string, prefix: string) {
  const server = createServer((incoming, outgoing) => {
    if (!incoming.url?.startsWith(`${prefix}/`)) return void outgoing.writeHead(404).end()
    const forwarded = request(
      new URL(incoming.url.slice(prefix.length), target),
      {
        method: incoming.method,
        headers: {
          ...incoming.headers,
          host: new URL(target).host,
          'x-forwarded-host': incoming.headers.host,
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
        answer.pipe(outgoing)
      },
    )
    forwarded.on('error', () => outgoing.destroy())
    outgoing.on('close', () => forwarded.destroy())
    incoming.pipe(forwarded)
  })
  const port = await listen(server, '127.0.0.1', 0)
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await drain(server)
    },
  }
}
