import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { GetGroupsCommand } from '@aws-sdk/client-xray'
import { afterEach, expect, test, vi } from 'vitest'
import { openXRay } from './client.ts'

afterEach(() => vi.useRealTimers())

test('a server that accepts requests and never answers, as a suspended sandbox, ends a command with an error', async () => {
  let requests = 0
  const server = createServer(() => requests++)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const apiEndpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const client = openXRay({} as Parameters<typeof openXRay>[0], { region: 'us-east-1', apiEndpoint })
  let error: unknown
  const sent = client.send(new GetGroupsCommand({})).catch((thrown: unknown) => {
    error = thrown
  })
  const limit = performance.now() + 10_000
  for (let seen = 0; error === undefined && performance.now() < limit; ) {
    await new Promise((turn) => setImmediate(turn))
    // The timer of a request begins before the server has it.
    if (requests === seen) continue
    seen = requests
    await vi.advanceTimersByTimeAsync(60_000)
  }
  await sent
  client.destroy()
  server.closeAllConnections()
  server.close()
  expect(error).toMatchObject({ code: 'SANDBOX_DOWN', message: expect.stringContaining('does not answer') })
  expect(requests).toBe(2)
})
