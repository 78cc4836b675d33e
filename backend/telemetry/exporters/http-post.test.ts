import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { createPost, isSuccess, retryAfterMs } from './http-post.ts'

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: text/x\r\n'
const BODY = new TextEncoder().encode('a body')

let server: Server | undefined
let connections: Socket[] = []
/** What the server has read, one entry per connection. */
let received: string[] = []

afterEach(() => {
  for (const connection of connections) connection.destroy()
  server?.close()
  server = undefined
  connections = []
  received = []
})

/** A server of bytes: `answer` is called when a whole request has arrived on a connection. */
async function serve(answer: (socket: Socket, request: number) => void): Promise<URL> {
  let requests = 0
  server = createServer((socket) => {
    const index = connections.push(socket) - 1
    socket.on('error', () => {})
    socket.on('data', (data) => {
      const text = `${received[index] ?? ''}${data}`
      received[index] = text
      if (text.endsWith('a body')) answer(socket, ++requests)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/x`)
}

test('an answer has its status, headers and body', async () => {
  const url = await serve((socket) => socket.end(`${OK}content-length: 2\r\n\r\nhi`))
  const result = await createPost(url)({ 'x-key': 'k' }, BODY)
  expect(result).toMatchObject({ kind: 'answered', status: 200, isWhole: true })
  expect(result.kind === 'answered' && `${result.body}`).toBe('hi')
  expect(result.kind === 'answered' && result.headers['content-type']).toBe('text/x')
  expect(received[0]).toMatch(/^POST \/v1\/x HTTP\/1.1\r\n/)
  expect(received[0]).toMatch(/x-key: k\r\n.*content-length: 6\r\n/is)
})

test('of an answer without end the first 64 KiB are read', async () => {
  const url = await serve((socket) => {
    socket.write(`${OK}\r\n`)
    socket.write('x'.repeat(200_000))
  })
  const result = await createPost(url)({}, BODY)
  expect(result).toMatchObject({ kind: 'answered', isWhole: false })
  expect(result.kind === 'answered' && result.body.length).toBe(64 * 1024)
  // The rest is not read.
  await expect.poll(() => connections[0]?.destroyed).toBe(true)
})

test('an answer of 64 KiB is whole', async () => {
  const url = await serve((socket) => socket.end(`${OK}content-length: 65536\r\n\r\n${'x'.repeat(65_536)}`))
  const result = await createPost(url)({}, BODY)
  expect(result).toMatchObject({ kind: 'answered', isWhole: true })
  expect(result.kind === 'answered' && result.body.length).toBe(65_536)
})

test.each([
  ['ended', (socket: Socket) => socket.end(`${OK}content-length: 9\r\n\r\nhi`)],
  [
    'reset',
    (socket: Socket) => socket.write(`${OK}content-length: 9\r\n\r\nhi`, () => socket.resetAndDestroy()),
  ],
  ['late', (socket: Socket) => socket.write(`${OK}content-length: 9\r\n\r\nhi`)],
])('a 2xx that is %s in its body is cut', async (_how, answer) => {
  const url = await serve(answer)
  expect(await createPost(url, 200)({}, BODY)).toMatchObject({ kind: 'cut' })
})

test('a rejection that is cut is a rejection', async () => {
  const url = await serve((socket) => socket.end('HTTP/1.1 503 No\r\ncontent-length: 9\r\n\r\nhi'))
  expect(await createPost(url)({}, BODY)).toMatchObject({ kind: 'answered', status: 503, isWhole: false })
})

test('a connection that is closed without an answer is unanswered', async () => {
  const url = await serve((socket) => socket.resetAndDestroy())
  expect(await createPost(url)({}, BODY)).toMatchObject({ kind: 'unanswered', code: 'ECONNRESET' })
  expect(connections).toHaveLength(1)
})

test('a provider that never answers is unanswered when the time is up', async () => {
  const url = await serve(() => {})
  const result = await createPost(url, 100)({}, BODY)
  expect(result).toEqual({ kind: 'unanswered', message: 'no answer within 0.1 s', code: undefined })
})

test('a provider that is too slow has more time for the next post, and as long as it needs for those after it', async () => {
  let delayMs = 350
  const url = await serve((socket) => {
    setTimeout(() => socket.write(`${OK}content-length: 2\r\n\r\nhi`), delayMs)
  })
  const post = createPost(url, 300)
  expect(await post({}, BODY)).toMatchObject({ kind: 'unanswered' })
  for (let i = 0; i < 3; i++) expect(await post({}, BODY)).toMatchObject({ kind: 'answered' })
  delayMs = 5_000
  const startedAt = performance.now()
  for (let i = 0; i < 2; i++) expect(await post({}, BODY)).toMatchObject({ kind: 'unanswered' })
  expect(performance.now() - startedAt).toBeLessThan(2_500)
})

test('where nothing listens, the code says so', async () => {
  const url = await serve(() => {})
  server?.close()
  expect(await createPost(url)({}, BODY)).toMatchObject({ kind: 'unanswered', code: 'ECONNREFUSED' })
})

test('one connection is kept open and used by all posts', async () => {
  const url = await serve((socket) => socket.write(`${OK}content-length: 2\r\n\r\nhi`))
  const post = createPost(url)
  await Promise.all([post({}, BODY), post({}, BODY)])
  await post({}, BODY)
  expect(connections).toHaveLength(1)
})

test('with NODE_USE_ENV_PROXY=1 a post goes through the proxy of the environment, except to this machine', async () => {
  const server = await serve((socket) => socket.write(`${OK}content-length: 2\r\n\r\nhi`))
  vi.stubEnv('HTTP_PROXY', server.origin)
  vi.stubEnv('NO_PROXY', '')
  vi.stubEnv('NODE_USE_ENV_PROXY', '1')
  const posts = [createPost(new URL('http://provider.test/v1/x')), createPost(server)]
  vi.unstubAllEnvs()
  for (const post of posts) expect(await post({}, BODY)).toMatchObject({ kind: 'answered', status: 200 })
  expect(received[0]).toMatch(/^POST http:\/\/provider.test\/v1\/x HTTP/)
  expect(received[1]).toMatch(/^POST \/v1\/x HTTP/)
})

test('a post on a connection that the server closes at this moment is sent again, once', async () => {
  const url = await serve((socket, request) => {
    if (request === 1) socket.write(`${OK}content-length: 2\r\n\r\nhi`)
    else socket.resetAndDestroy()
  })
  const post = createPost(url)
  await post({}, BODY)
  expect(await post({}, BODY)).toMatchObject({ kind: 'unanswered', code: 'ECONNRESET' })
  expect(connections).toHaveLength(2)
})

test('a post that is not answered in time is not sent again on the spot', async () => {
  const url = await serve((socket, request) => {
    if (request === 1) socket.write(`${OK}content-length: 2\r\n\r\nhi`)
  })
  const post = createPost(url, 100)
  await post({}, BODY)
  expect(await post({}, BODY)).toMatchObject({ kind: 'unanswered' })
  expect(received.join('').match(/POST/g)).toHaveLength(2)
})

test('an https address is spoken to in TLS', async () => {
  const server = createServer((socket) => {
    connections.push(socket)
    socket.on('error', () => {})
    // The first byte of a TLS handshake.
    socket.once('data', (data) => {
      received.push(`${data[0]}`)
      socket.destroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await createPost(new URL(`https://127.0.0.1:${port}/v1/x`), 2_000)({}, BODY)
  server.close()
  expect(received).toEqual(['22'])
})

test('an answered post leaves no timer that keeps the process running', async () => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const url = await serve((socket) => socket.end(`${OK}connection: close\r\ncontent-length: 2\r\n\r\nhi`))
  const before = timers()
  await createPost(url)({}, BODY)
  for (let turn = 0; turn < 500 && timers() > before; turn++) await nextTurn()
  expect(timers()).toBe(before)
})

test('a post without an answer does not keep the process running', async () => {
  const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
  const url = await serve(() => {})
  // Of tests of other files, which this process has run before.
  const before = sockets()
  const result = createPost(url, 500)({}, BODY)
  for (let turn = 0; turn < 10_000 && received.length === 0; turn++) await nextTurn()
  expect(received).toHaveLength(1)
  for (const connection of connections) connection.unref()
  expect(sockets()).toBeLessThanOrEqual(before)
  await result
})

test.skipIf(process.platform !== 'linux')(
  'without NODE_USE_ENV_PROXY=1 the proxy of the environment is not used',
  async () => {
    const { port } = await serve((socket) => socket.end(`${OK}content-length: 2\r\n\r\nhi`))
    vi.stubEnv('HTTP_PROXY', `http://127.0.0.1:${port}`)
    vi.stubEnv('NO_PROXY', '')
    vi.stubEnv('NODE_USE_ENV_PROXY', '')
    // On Linux this is another name for this machine.
    const post = createPost(new URL(`http://0.0.0.0:${port}/v1/x`))
    vi.unstubAllEnvs()
    await post({}, BODY)
    expect(received[0]).toMatch(/^POST \/v1\/x HTTP/)
  },
)

test('a 2xx is a success', () => {
  expect([199, 200, 204, 299, 300, 302].filter(isSuccess)).toEqual([200, 204, 299])
})

test.each([
  [undefined, undefined],
  ['3', 3_000],
  ['120', 120_000],
  [' 0 ', 0],
  [' 7 ', 7_000],
  [new Date(0).toUTCString(), 0],
  ['soon', undefined],
])('Retry-After: %s is %s ms', (header, ms) => {
  expect(retryAfterMs({ 'retry-after': header })).toBe(ms)
})

test('Retry-After may be a date', () => {
  const ms = retryAfterMs({ 'retry-after': new Date(Date.now() + 10_000).toUTCString() })
  expect(ms).toBeGreaterThan(8_000)
  expect(ms).toBeLessThanOrEqual(10_000)
})
