import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'

/** The exit code of the containers' health check, beside a server whose /health answers this status. */
async function check(status: number | undefined): Promise<number> {
  const server = createServer(({ url, headers }, response) => {
    response.writeHead(url === '/health' && headers.host === '127.0.0.1' ? (status ?? 500) : 403).end('{}')
  })
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  if (status === undefined) server.close()
  const script = join(import.meta.dirname, 'health-check.sh')
  const [code] = await once(spawn('bash', [script, String(port)], { stdio: 'ignore' }), 'exit')
  return code
}

test.each([
  [200, 0],
  [503, 1],
  [403, 1],
  [undefined, 1],
])('the health check of a container whose answer is %s ends with %i', async (status, expected) => {
  expect(await check(status)).toBe(expected)
})
