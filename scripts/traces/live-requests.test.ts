import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { followRequests } from './live-requests.ts'

const EVENT = 'data: {"requests": [], "logs": 1, "occurrences": 0}\n\n'

async function feed(answer: (response: ServerResponse, count: number) => void) {
  let count = 0
  const server = createServer((_, response) => answer(response, ++count))
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return new URL(`http://127.0.0.1:${port}/sandbox/live`)
}

test('events are read across chunks, and after the feed has ended it is opened again', {
  timeout: 10_000,
}, async () => {
  const address = await feed((response, count) => {
    response.write(`retry: 2000\n: here\n\nevent: hello\ndata: {}\n\n${EVENT.slice(0, 20)}`)
    if (count === 1) response.end(EVENT.slice(20))
    else response.write(`${EVENT.slice(20)}data: no JSON\n\n${EVENT}`)
  })
  const ended = new AbortController()
  const seen: string[] = []
  await followRequests(
    address,
    {
      onOpen: (isAgain) => void seen.push(isAgain ? 'again' : 'open'),
      onEvent: ({ logs }) => {
        seen.push(`logs ${logs}`)
        if (seen.length === 6) ended.abort()
      },
      onLost: () => void seen.push('lost'),
    },
    ended.signal,
  )
  expect(seen).toEqual(['open', 'logs 1', 'lost', 'again', 'logs 1', 'logs 1'])
})

test('a wrong filter is an error with the sandbox’s message', async () => {
  const address = await feed((response) => {
    response.statusCode = 400
    response.end('{"message": "status: no such one"}')
  })
  const following = followRequests(address, { onEvent: () => {} }, new AbortController().signal)
  await expect(following).rejects.toMatchObject({ code: 'READ_REJECTED', message: 'status: no such one' })
})
