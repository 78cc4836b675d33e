import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2'
import { createConnection } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { type Client, type ClientOptions, type ServiceError, status } from '@grpc/grpc-js'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { ownCpuMs } from '../../tests/harness/cpu.ts'
import { grpcCall, grpcClient } from '../../tests/harness/grpc-client.ts'
import { scaled } from '../../tests/harness/scale.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { HttpError } from '../http/answer.ts'
import { ByteBudget } from '../http/byte-budget.ts'
import { createGuard } from '../http/guard.ts'
import { listen } from '../http/server.ts'
import { createGrpcServer, type GrpcLimits, type GrpcServer, type UnaryMethod } from './server.ts'

// gRPC's own client for Node is the judge; what it cannot do is sent with node:http2 and node:net.

const ECHO = '/test.Service/Echo'
const BUDGET_BYTES = 6_000_000

let grpc: GrpcServer
let port: number
let errors: [path: string, status: number, grpcStatus: string | undefined][]
let texts: string[]
let internalErrors: unknown[]

async function start(methods: Record<string, Partial<UnaryMethod>> = {}, limits: Partial<GrpcLimits> = {}) {
  errors = []
  texts = []
  internalErrors = []
  const echo: UnaryMethod = { check: () => {}, handle: async (message) => message }
  grpc = createGrpcServer({
    methods: Object.fromEntries(
      Object.entries({ [ECHO]: {}, ...methods }).map(([path, method]) => [path, { ...echo, ...method }]),
    ),
    budget: new ByteBudget(BUDGET_BYTES),
    guard: createGuard({ allowedHosts: ['sandbox'] }),
    addresses: () => ({ http: 'http://127.0.0.1:1', grpc: 'http://127.0.0.1:2' }),
    onError: (path, error, grpcStatus) => {
      errors.push([path, error.status, grpcStatus])
      texts.push(error.message)
    },
    onInternalError: (error) => internalErrors.push(error),
    limits,
  })
  port = await listen(grpc.server, '127.0.0.1', 0)
}

afterEach(() => grpc.close())

const clientOf = (options: ClientOptions = {}) => grpcClient(port, options)
const call = (client: Client, message: Buffer, path = ECHO, metadata = {}) =>
  grpcCall(client, path, message, metadata)

async function sessionOf(): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`)
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  await once(session, 'connect')
  return session
}

/** A call whose message is still being sent. */
function open(session: ClientHttp2Session, headers: Record<string, string> = {}): ClientHttp2Stream {
  const stream = session.request({
    ':method': 'POST',
    ':path': ECHO,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...headers,
  })
  stream.on('error', () => {})
  return stream
}

const statusOf = async (stream: ClientHttp2Stream) => {
  const [headers] = await once(stream, 'response')
  stream.resume()
  return headers['grpc-status'] as string | undefined
}

test.each([
  ['uncompressed', undefined],
  ['gzipped', 2],
])('a call is answered, %s', async (_how, compression) => {
  await start()
  const client = clientOf(compression ? { 'grpc.default_compression_algorithm': compression } : {})
  for (const length of [0, 1, 100_000, 3_000_000]) {
    const message = Buffer.alloc(length, 'abc')
    expect((await call(client, message)).equals(message)).toBe(true)
  }
  expect(errors).toEqual([])
})

test('many calls of one connection at once are answered each', async () => {
  await start()
  const client = clientOf()
  const messages = Array.from({ length: 300 }, (_, index) => Buffer.alloc(10_000, String(index)))
  const answers = await Promise.all(messages.map((message) => call(client, message)))
  expect(answers.map(String)).toEqual(messages.map(String))
})

test('an unknown method is UNIMPLEMENTED', async () => {
  await start()
  const unknown = call(clientOf(), Buffer.alloc(1), '/test.Service/constructor')
  await expect(unknown).rejects.toMatchObject({ code: status.UNIMPLEMENTED })
  await expect(call(clientOf(), Buffer.alloc(1), '/constructor')).rejects.toMatchObject({
    code: status.UNIMPLEMENTED,
    details: 'unknown method /constructor',
  })
})

test('a call to the host name of another machine is PERMISSION_DENIED', async () => {
  await start()
  const other = clientOf({ 'grpc.default_authority': 'evil.example:4317' })
  await expect(call(other, Buffer.alloc(1))).rejects.toMatchObject({
    code: status.PERMISSION_DENIED,
    details: expect.stringContaining('SANDBOX_ALLOWED_HOSTS'),
  })
  const allowed = clientOf({ 'grpc.default_authority': 'sandbox:4317' })
  expect(await call(allowed, Buffer.from('a'))).toEqual(Buffer.from('a'))
  expect(errors).toEqual([[ECHO, 403, 'PERMISSION_DENIED']])
})

test('the check sees the metadata before the message is sent', async () => {
  const check: UnaryMethod['check'] = ({ key }) => {
    if (key !== 'right') throw new HttpError(401, 'no key: “right”')
  }
  await start({ [ECHO]: { check } }, { lingerMs: 50 })
  const stream = open(await sessionOf())
  expect(await statusOf(stream)).toBe(String(status.UNAUTHENTICATED))
  await once(stream, 'close')
  await expect(call(clientOf(), Buffer.alloc(3_000_000))).rejects.toMatchObject({
    code: status.UNAUTHENTICATED,
    details: 'no key: “right”',
  })
  expect(await call(clientOf(), Buffer.from('a'), ECHO, { key: 'right' })).toEqual(Buffer.from('a'))
})

test('an exception is INTERNAL without its text, reported, and ends neither connection nor process', async () => {
  const bug = new TypeError('a bug with a secret')
  await start({ '/test.Service/Bug': { handle: () => Promise.reject(bug) } })
  const client = clientOf()
  const failed = call(client, Buffer.alloc(1), '/test.Service/Bug')
  await expect(failed).rejects.toMatchObject({ code: status.INTERNAL, details: 'internal error' })
  expect(internalErrors).toEqual([bug])
  expect(await call(client, Buffer.from('a'))).toEqual(Buffer.from('a'))
})

test('a message beyond the bound is RESOURCE_EXHAUSTED for gRPC’s own client, which still sends', async () => {
  await start({}, { maxMessageBytes: 1_000_000 })
  const client = clientOf()
  await expect(call(client, Buffer.alloc(3_000_000))).rejects.toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: 'grpc: received message larger than max (3000000 vs. 1000000)',
  })
  expect(await call(client, Buffer.from('a'))).toEqual(Buffer.from('a'))
})

test('messages beyond the budget of all together are UNAVAILABLE, until bytes are given back', async () => {
  await start()
  const held = open(await sessionOf(), { 'x-honeycomb-team': 'another' })
  const prefix = Buffer.from([0, 0, 0x3d, 0x09, 0x00]) // 4,000,000 bytes follow
  await new Promise((written) => held.write(Buffer.concat([prefix, Buffer.alloc(3_500_000)]), written))
  const client = clientOf()
  await eventually(
    () => call(client, Buffer.alloc(1_000_000)).catch(({ code }: ServiceError) => code),
    (code) => code === status.UNAVAILABLE,
  )
  expect(await call(client, Buffer.from('a'))).toEqual(Buffer.from('a'))
  held.close()
  const large = () => call(client, Buffer.alloc(3_000_000)).catch(({ code }: ServiceError) => code)
  await eventually(large, Buffer.isBuffer)
  for (let times = 0; times < 10; times++) expect(await large()).toHaveLength(3_000_000)
})

test('a ninth large message of one sender is not read before another has ended, and other calls of its connection are', async () => {
  await start()
  const session = await sessionOf()
  const calls = Array.from({ length: 8 }, () => open(session))
  const prefix = Buffer.from([0, 0, 0x04, 0x93, 0xe0]) // 300,000 bytes follow
  for (const one of calls) one.write(prefix)
  const client = clientOf()
  // A call on the same connection: the server has the eight messages' lengths before it.
  const small = () => statusOf(open(session).end(Buffer.from([0, 0, 0, 0, 0])))
  const isOk = (grpcStatus: string | undefined) => grpcStatus === undefined
  expect(await small()).toSatisfy(isOk)
  const ninth = open(session)
  let isAnswered = false
  const answered = statusOf(ninth).then((grpcStatus) => {
    isAnswered = true
    return grpcStatus
  })
  ninth.end(Buffer.concat([prefix, Buffer.alloc(300_000)]))
  for (let times = 0; times < 20; times++) expect(await small()).toSatisfy(isOk)
  expect(isAnswered).toBe(false)
  expect(await call(client, Buffer.alloc(300_000), ECHO, { 'x-honeycomb-team': 'another' })).toHaveLength(
    300_000,
  )
  // The eight that are read go on beside the one that waits.
  for (const one of calls) one.end(Buffer.alloc(300_000))
  expect(await Promise.all(calls.map(statusOf))).toSatisfy((all: (string | undefined)[]) => all.every(isOk))
  expect(await answered).toSatisfy(isOk)
})

test('a call with too much metadata is reset, many calls that never end are UNAVAILABLE, and others are answered', async () => {
  await start({}, { lingerMs: 20 })
  const session = await sessionOf()
  const tooLarge = open(session, { large: 'x'.repeat(20_000) })
  await new Promise((closed) => tooLarge.once('close', closed))
  expect(tooLarge.rstCode).toBe(11) // ENHANCE_YOUR_CALM

  const sessions = await Promise.all(Array.from({ length: 4 }, () => sessionOf()))
  const calls = sessions.flatMap((one) =>
    Array.from({ length: 100 }, () => open(one, { large: 'x'.repeat(15_000) })),
  )
  const statuses: unknown[] = []
  for (const one of calls) {
    one.on('response', (headers) => statuses.push(headers['grpc-status']))
    one.write(Buffer.from([0, 0, 0, 0, 100, 1]))
  }
  // 6 MB have room for 260 of these.
  await eventually(
    () => statuses.length,
    (count) => count >= 100,
  )
  expect(new Set(statuses)).toEqual(new Set([String(status.UNAVAILABLE)]))
  for (const one of sessions) one.destroy()
  await eventually(
    () => call(clientOf(), Buffer.from('a')).catch(() => undefined),
    (answer) => answer !== undefined,
  )
})

test('a call that is cancelled while it is sent is no error', async () => {
  await start()
  const session = await sessionOf()
  const stream = open(session)
  await new Promise((written) => stream.write(Buffer.from([0, 0, 0, 0, 100, 1]), written))
  stream.close(8) // CANCEL
  await once(stream, 'close')
  expect(await call(clientOf(), Buffer.from('a'))).toEqual(Buffer.from('a'))
  expect([errors, internalErrors]).toEqual([[], []])
})

test('a client that disconnects in the middle of a message is no error', async () => {
  await start()
  const session = await sessionOf()
  const streams = Array.from({ length: 5 }, () => open(session))
  await Promise.all(
    streams.map((one) => new Promise((written) => one.write(Buffer.from([0, 0, 0, 0, 100, 1]), written))),
  )
  await call(clientOf(), Buffer.from('a'))
  session.destroy()
  await eventually(
    () => new Promise<number>((count) => grpc.server.getConnections((_error, open) => count(open))),
    (open) => open <= 1,
  )
  expect(await call(clientOf(), Buffer.from('a'))).toEqual(Buffer.from('a'))
  expect([errors, internalErrors]).toEqual([[], []])
})

test('a client that never finishes its message gets DEADLINE_EXCEEDED; others are not held up', async () => {
  await start({}, { callTimeoutMs: 300 })
  const session = await sessionOf()
  const streams = Array.from({ length: 90 }, () => open(session))
  for (const stream of streams) stream.write(Buffer.from([0, 0, 0, 0, 100, 1]))
  expect(await call(clientOf(), Buffer.from('a'))).toEqual(Buffer.from('a'))
  expect(new Set(await Promise.all(streams.map(statusOf)))).toEqual(new Set(['4']))
  await Promise.all(streams.map((stream) => stream.closed || once(stream, 'close')))
})

test('connections beyond the bound are closed, and idle ones after their time', async () => {
  await start({}, { maxConnections: 1, idleTimeoutMs: 200 })
  const session = await sessionOf()
  const second = createConnection(port, '127.0.0.1')
  await once(second, 'close')
  await once(session, 'close')
  await eventually(
    () => call(clientOf(), Buffer.from('a')).catch(() => undefined),
    (answer) => answer !== undefined,
  )
})

test('an HTTP/1 client is answered 400 with what to do, and the error is told', async () => {
  await start()
  const response = await fetch(`http://127.0.0.1:${port}/v1/traces?a`, {
    method: 'POST',
    body: 'x'.repeat(100_000),
  })
  expect([response.status, await response.text()]).toEqual([
    400,
    expect.stringContaining('send to http://127.0.0.1:1,'),
  ])
  expect(errors).toEqual([['/v1/traces', 400, undefined]])
})

test.each([
  ['of another site', 'https://evil.example', '{}', 403, 'of the origin "https://evil.example"'],
  [
    'of another site whose body looks like headers',
    'https://evil.example',
    '\r\norigin: http://localhost:3000\r\nsec-fetch-site: same-origin\r\n',
    403,
    'of the origin "https://evil.example"',
  ],
  ['of this machine', 'http://localhost:3000', '{}', 400, 'send to http://127.0.0.1:1,'],
])('a page %s', async (_what, origin, body, status, message) => {
  await start()
  const response = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { origin, 'user-agent': 'Mozilla/5.0' },
    body,
  })
  expect(response.headers.get('cross-origin-resource-policy')).toBe('same-origin')
  expect([response.status, await response.text()]).toEqual([status, expect.stringContaining(message)])
  expect(errors).toEqual([['/v1/traces', status, undefined]])
})

/** The status that a client of HTTP/1 gets. */
async function statusOfHttp1(headers: string[]): Promise<string> {
  const socket = createConnection(port, '127.0.0.1')
  socket.write(['POST /v1/traces HTTP/1.1', ...headers, '', ''].join('\r\n'))
  const [answer] = await once(socket, 'data')
  socket.destroy()
  return String(answer).slice(9, 12)
}

test('of two headers with one name the first counts', async () => {
  await start()
  const origins = ['Origin: https://evil.example', 'Origin: http://localhost:3000']
  expect(await statusOfHttp1(origins)).toBe('403')
})

test('a head of many spaces takes little time', async () => {
  await start()
  const before = ownCpuMs()
  // A regular expression took 200 ms for one.
  for (let times = 0; times < 10; times++)
    expect(await statusOfHttp1([`a:x${' '.repeat(8_100)}x`])).toBe('400')
  expect(ownCpuMs() - before).toBeLessThan(500)
})

test.each([
  ['text', 'nonsense\r\n\r\n'],
  ['half of a preface', 'PRI * HTTP/2.0\r\n\r\nnonsense\r\n\r\n'.repeat(10)],
  ['a preface and no frames', `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${'\xff'.repeat(1_000)}`],
])('a client that sends %s is disconnected, and the next call is answered', async (_what, bytes) => {
  await start()
  const socket = createConnection(port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(bytes, 'latin1')
  socket.resume()
  await once(socket, 'close')
  expect(await call(clientOf(), Buffer.from('a'))).toEqual(Buffer.from('a'))
})

test('a client that speaks TLS is disconnected, and the error is told', async () => {
  await start()
  const secure = connectSecurely({ port, host: '127.0.0.1' })
  const [error] = await once(secure, 'error').catch((thrown) => [thrown])
  expect(error.code).toBe('ERR_SSL_WRONG_VERSION_NUMBER')
  expect(texts).toEqual([expect.stringContaining('Use http://127.0.0.1:2 in place of https')])
})

test('random frames end only their connection', async () => {
  await start()
  const sent = Array.from({ length: scaled(60, 2_000) }, async (_, index) => {
    const socket = createConnection(port, '127.0.0.1')
    socket.on('error', () => {}).resume()
    socket.write('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0', 'latin1')
    for (let frames = 0; frames < 20; frames++) {
      const payload = randomBytes(index % 40)
      const head = Buffer.from([0, 0, payload.length, frames % 11, randomBytes(1)[0] ?? 0, 0, 0, 0, frames])
      socket.write(Buffer.concat([head, payload]))
    }
    socket.end()
    // Not `once`, which rejects where the server resets the connection: that ends it too.
    await new Promise((closed) => socket.on('close', closed))
  })
  await Promise.all(sent)
  expect(await call(clientOf(), Buffer.from('a'))).toEqual(Buffer.from('a'))
  expect(internalErrors).toEqual([])
})

test('the preface may come in single bytes', async () => {
  await start()
  const socket = createConnection({ port, host: '127.0.0.1', noDelay: true })
  const preface = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'
  for (const byte of preface) await new Promise((written) => socket.write(byte, 'latin1', written))
  const [settings] = await once(socket, 'data')
  expect(settings[3]).toBe(4)
  socket.destroy()
})

test('what is no gRPC over HTTP/2 is answered as grpc-go answers it', async () => {
  await start()
  const session = await sessionOf()
  const answers = [{ 'content-type': 'application/json' }, { ':method': 'PUT' }].map(async (headers) => {
    const [answer] = await once(open(session, headers).end(), 'response')
    return [answer[':status'], answer['grpc-status']]
  })
  expect(await Promise.all(answers)).toEqual([
    [415, '3'],
    [405, '13'],
  ])
})

test('an answer that was delayed beyond the time of the call has its status', async () => {
  await start(
    {
      '/test.Service/Busy': {
        handle: async (message) => {
          // The process is busy, so that the timer ends before the answer is sent.
          const untilMs = performance.now() + 40
          while (performance.now() < untilMs);
          await new Promise(setImmediate)
          return message
        },
      },
    },
    { callTimeoutMs: 60, lingerMs: 10 },
  )
  const client = clientOf()
  const calls = Array.from({ length: 10 }, () => call(client, Buffer.from('a'), '/test.Service/Busy'))
  const outcomes = await Promise.allSettled(calls)
  const codes = outcomes.map((one) => (one.status === 'fulfilled' ? status.OK : one.reason.code))
  expect(codes.filter((code) => code !== status.OK && code !== status.DEADLINE_EXCEEDED)).toEqual([])
})

test('closing answers calls in flight, disconnects silent clients, and accepts no more', async () => {
  const handling = Promise.withResolvers<void>()
  const mayAnswer = Promise.withResolvers<void>()
  await start({
    '/test.Service/Slow': {
      handle: async (message) => {
        handling.resolve()
        await mayAnswer.promise
        return message
      },
    },
  })
  const silent = createConnection(port, '127.0.0.1')
  await once(silent, 'connect')
  const answered = call(clientOf(), Buffer.from('a'), '/test.Service/Slow')
  await handling.promise
  const closed = grpc.close()
  await once(silent.resume(), 'close')
  mayAnswer.resolve()
  expect(await answered).toEqual(Buffer.from('a'))
  await closed
  expect(grpc.server.listening).toBe(false)
})

test('closing does not wait for ever', async () => {
  await start({}, { drainTimeoutMs: 100 })
  const stream = open(await sessionOf())
  stream.write(Buffer.from([0, 0, 0]))
  await call(clientOf(), Buffer.from('a'))
  await grpc.close()
})
