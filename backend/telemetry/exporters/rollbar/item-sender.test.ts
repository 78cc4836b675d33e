import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { createItemSender } from './item-sender.ts'

const BODY = new TextEncoder().encode('{}')

let server: Server | undefined
const sockets = new Set<Socket>()
let received = ''

afterEach(() => {
  for (const socket of sockets) socket.destroy()
  server?.close()
  server = undefined
  received = ''
})

/** A sender to a Rollbar that answers every item with these bytes. */
async function senderTo(answer: string) {
  server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
    socket.on('data', (data) => {
      received += data
      if (`${data}`.endsWith('{}')) socket.end(answer)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return createItemSender({ apiEndpoint: `http://127.0.0.1:${port}`, accessToken: 'token' })
}

const http = (status: number, body: string, headers = '') =>
  `HTTP/1.1 ${status} x\r\n${headers}connection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
const refused = (message: unknown) => ({ outcome: { refused: 1, message } })

test.each<[string, string, unknown]>([
  ['a success', http(200, '{"err":0,"result":{"id":null,"uuid":"x"}}'), { outcome: {} }],
  [
    'a rejection',
    http(422, '{"err":1,"message":"Invalid format"}'),
    refused('Rollbar answered 422: Invalid format'),
  ],
  ['a rejection with 200', http(200, '{"err":1,"message":"no"}'), refused('Rollbar answered 200: no')],
  [
    'a rejection without `err`',
    http(401, '{"message":"no"}'),
    refused(expect.stringMatching(/^Rollbar answered 401: no \(.*ROLLBAR_ACCESS_TOKEN\)$/)),
  ],
  [
    'a redirect',
    http(302, '', 'location: /login\r\n'),
    refused(expect.stringMatching(/^Rollbar answered 302/)),
  ],
  ...['null', '[]', '7', '"text"', '{}', '{"err":"0"}', '', '<html>Log in</html>', '\u0000\u0001{'].map(
    (body): [string, string, unknown] => [
      `a 200 with ${JSON.stringify(body)}`,
      http(200, body),
      refused(expect.any(String)),
    ],
  ),
  [
    'a page',
    http(200, '<html>\n<b>Log in</b>'),
    refused('a 2xx that is not Rollbar’s: <html> <b>Log in</b> (is a proxy or a login page in between?)'),
  ],
  ['503 with JSON and no `err`', http(503, '{"message":"later"}'), { retry: 'Rollbar answered 503: later' }],
  ['500', http(500, '{"err":1,"message":"oh"}'), { retry: 'Rollbar answered 500: oh' }],
  ['408', http(408, 'late'), { retry: 'Rollbar answered 408: late' }],
  ['a long page', http(404, 'x'.repeat(10_000)), refused(`Rollbar answered 404: ${'x'.repeat(199)}…`)],
  [
    '429',
    http(429, '{"err":1}', 'retry-after: 7\r\nx-rate-limit-remaining-seconds: 9\r\n'),
    { retry: expect.any(String), afterMs: 7_000 },
  ],
  [
    '429 with Rollbar’s header',
    http(429, '{"err":1}', 'x-rate-limit-remaining-seconds: 9\r\n'),
    { retry: expect.any(String), afterMs: 9_000 },
  ],
  [
    '429 at the end of Rollbar’s minute',
    http(429, '{"err":1}', 'x-rate-limit-remaining-seconds: 0\r\n'),
    { retry: expect.any(String), afterMs: 0 },
  ],
  [
    '429 without a time',
    http(429, ''),
    { retry: expect.stringMatching(/^Rollbar answered 429/), afterMs: undefined },
  ],
  [
    'a success that is cut off',
    'HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{"err":0',
    { retry: expect.stringMatching(/^Rollbar’s answer was cut off/) },
  ],
  [
    'a rejection that is cut off',
    'HTTP/1.1 400 x\r\ncontent-length: 99\r\n\r\n{"err":1',
    refused(expect.any(String)),
  ],
  ['no answer', '', { retry: expect.stringMatching(/^http:\/\/127.0.0.1:\d+ cannot be reached: /) }],
])('%s', async (_what, answer, expected) => {
  const send = await senderTo(answer)
  expect(await send(BODY)).toEqual(expected)
})

test('an item is posted as JSON, with the token', async () => {
  const send = await senderTo(http(200, '{"err":0}'))
  await send(BODY)
  expect(received).toMatch(/^POST \/api\/1\/item\/ /)
  expect(received).toMatch(/^content-type: application\/json\r$/m)
  expect(received).toMatch(/^x-rollbar-access-token: token\r$/m)
})

test('nothing listens: the item is sent again', async () => {
  const send = createItemSender({ apiEndpoint: 'http://127.0.0.1:1', accessToken: 'token' })
  expect(await send(BODY)).toEqual({
    retry: 'http://127.0.0.1:1 cannot be reached: ECONNREFUSED: nothing listens there. Is it started?',
  })
})

test('an item that Rollbar fails to process for more than a minute does not hold up those behind it', async () => {
  const send = await senderTo(http(500, '{"err":1,"message":"oh"}'))
  for (let attempt = 1; attempt < 20; attempt++) expect(await send(BODY)).toHaveProperty('retry')
  expect(await send(BODY)).toEqual(refused('Rollbar answered 500: oh'))
  expect(await send(new TextEncoder().encode('[{}'))).toHaveProperty('retry')
})
