import { once } from 'node:events'
import { request, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test, vi } from 'vitest'
import { scaled } from '../../tests/harness/scale.ts'
import { jsonAnswer } from './answer.ts'
import { createHttpServer, drain, type HttpLimits, listen } from './server.ts'

const KB = 1024
/** Below the bound of 2,000. */
const HALF_OPEN = scaled(1_000, 1_990)
let server: Server
let port: number
const sockets: Socket[] = []
let reads = 0
let onRead = () => {}

async function start(limits: Partial<HttpLimits>): Promise<void> {
  server = createHttpServer({
    allowedHosts: [],
    limits: { checkMs: 20, ...limits },
    routes: [
      {
        method: 'POST',
        path: '/bytes',
        maxBodyBytes: 100 * KB,
        handle: ({ body }) => jsonAnswer(200, body.length),
      },
      {
        method: 'GET',
        path: '/reads',
        handle: () => {
          reads++
          onRead()
          return jsonAnswer(200, reads)
        },
      },
      {
        method: 'GET',
        path: '/shared',
        isShared: true,
        handle: ({ query }) => jsonAnswer(200, `${query.get('of')} ${++reads}`),
      },
      {
        method: 'POST',
        path: '/large-bytes',
        maxBodyBytes: 40_000 * KB,
        handle: ({ body }) => jsonAnswer(200, body.length),
      },
      { method: 'GET', path: '/large', handle: () => jsonAnswer(200, 'x'.repeat(8 * 1024 * KB)) },
    ],
  })
  port = await listen(server, '127.0.0.1', 0)
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await drain(server)
})

/** A connection that has sent `text` and no more. */
async function half(text: string | Buffer): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  sockets.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  await new Promise((written) => socket.write(text, written))
  return socket
}

function post(bytes: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path: '/bytes', method: 'POST', agent: false },
      (response) => {
        response.resume()
        resolve(response.statusCode)
      },
    )
    sent.on('error', reject)
    sent.end(Buffer.alloc(bytes))
  })
}

const connectionCount = () =>
  new Promise<number>((count) => server.getConnections((_error, open) => count(open)))

const head = (length: number, path = '/bytes') =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`

async function answerOf(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  await once(socket, 'close')
  return text
}

test('clients that never finish their headers or body are answered 408', async () => {
  await start({ headersTimeoutMs: 50, requestTimeoutMs: 100 })
  const slow = await Promise.all([
    half('GET / HTTP/1.1\r\nHost: local').then(answerOf),
    half(`${head(100)}abc`).then(answerOf),
  ])
  for (const answer of slow) expect(answer).toMatch(/^HTTP\/1.1 408 /)
  // On a busy machine a whole request may take longer than 100 ms too.
  await vi.waitFor(async () => expect(await post(10)).toBe(200), { timeout: 5_000 })
})

test(`${HALF_OPEN} half-open connections do not block others`, async () => {
  await start({})
  await Promise.all(Array.from({ length: HALF_OPEN }, () => half('GET / HTTP/1.1\r\n')))
  expect(await post(10)).toBe(200)
})

test('connections beyond the bound are closed, and accepted again when another has ended', async () => {
  await start({ maxConnections: 2 })
  const [first] = await Promise.all([half('GET /'), half('GET /')])
  await expect(post(10)).rejects.toThrow(/ECONNRESET|socket hang up/)
  first.destroy()
  await expect.poll(() => post(10).catch(() => 0)).toBe(200)
})

test('bodies beyond the bound for all together are answered 503, until bytes are released', async () => {
  await start({ maxBufferedBytes: 150 * KB })
  const held = await half(Buffer.concat([Buffer.from(head(100 * KB)), Buffer.alloc(90 * KB)]))
  await expect.poll(() => post(70 * KB)).toBe(503)
  const busy = await fetch(`http://127.0.0.1:${port}/bytes`, { method: 'POST', body: 'x'.repeat(70 * KB) })
  expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '2'])
  expect(await post(20 * KB)).toBe(200)
  held.destroy()
  await expect.poll(() => post(100 * KB)).toBe(200)
  for (let times = 0; times < 10; times++) expect(await post(100 * KB)).toBe(200)
})

test.each([
  ['with a length', head(30_000 * KB, '/large-bytes'), ''],
  [
    'in chunks',
    `POST /large-bytes HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n${(30_000 * KB).toString(16)}\r\n`,
    '\r\n0\r\n\r\n',
  ],
])(
  'of one sender a ninth large body %s is not read before another has ended, and small ones are',
  async (_how, beginning, end) => {
    await start({})
    let requests = 0
    let latest: Socket | undefined
    server.on('request', () => requests++)
    const held = await Promise.all(
      Array.from({ length: 8 }, () => half(`${head(300 * KB, '/large-bytes')}beginning`)),
    )
    await expect.poll(() => requests).toBe(8)
    server.once('connection', (socket) => {
      latest = socket
    })
    const waiting = connect(port, '127.0.0.1')
    sockets.push(waiting)
    await once(waiting, 'connect')
    waiting.write(Buffer.concat([Buffer.from(beginning), Buffer.alloc(30_000 * KB), Buffer.from(end)]))
    await expect.poll(() => requests).toBe(9)
    for (let times = 0; times < 20; times++) expect(await post(10)).toBe(200)
    // Of a body in chunks 256 KiB are read before it is known to be large.
    expect(latest?.bytesRead).toBeLessThan(1_000 * KB)
    for (const socket of held) socket.destroy()
    const [answer] = await once(waiting, 'data')
    expect(String(answer)).toMatch(/^HTTP\/1.1 200 /)
  },
)

test('large answers to clients that do not read are bounded; the rest is a 503', async () => {
  // Two of them have room.
  await start({ maxUnreadBytes: 17 * 1024 * KB })
  const unread = await Promise.all([1, 2].map(() => half('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n')))
  for (const socket of unread) {
    await once(socket, 'readable')
    expect(String(socket.read(12))).toBe('HTTP/1.1 200')
    socket.pause()
  }
  const large = () => fetch(`http://127.0.0.1:${port}/large`)
  const refused = await large()
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({ message: expect.stringContaining('do not read') })
  for (const socket of unread) socket.destroy()
  await expect.poll(async () => (await large()).status).toBe(200)
})

test('a read whose client has disconnected meanwhile is not handled', async () => {
  await start({})
  const clients = await Promise.all(
    Array.from({ length: 10 }, () => half('GET /reads HTTP/1.1\r\nHost: localhost\r\n')),
  )
  await expect.poll(connectionCount).toBe(10)
  const onceRead = new Promise<void>((resolve) => {
    onRead = () => {
      for (const socket of clients) socket.destroy()
      resolve()
    }
  })
  for (const socket of clients) socket.write('\r\n')
  await onceRead
  onRead = () => {}
  const response = await fetch(`http://127.0.0.1:${port}/reads`)
  expect(response.status).toBe(200)
  expect(reads).toBeLessThan(5)
})

test('equal reads that wait are handled once, others each', async () => {
  await start({})
  reads = 0
  const ask = (of: string, last = false) =>
    `GET /shared?of=${of} HTTP/1.1\r\nHost: localhost\r\n${last ? 'Connection: close\r\n' : ''}\r\n`
  const socket = await half([ask('a'), ask('a'), ask('b'), ask('a', true)].join(''))
  expect((await answerOf(socket)).match(/"[ab] \d+"/g)).toEqual(['"a 1"', '"a 1"', '"b 2"', '"a 1"'])
})

test('a connection that has sent nothing does not hold up the end', async () => {
  await start({})
  sockets.push(connect(port, '127.0.0.1'))
  await expect.poll(connectionCount).toBe(1)
  const before = performance.now()
  await drain(server)
  expect(performance.now() - before).toBeLessThan(2_000)
})
