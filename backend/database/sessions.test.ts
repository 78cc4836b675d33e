import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { boundSessions } from './sessions.ts'

const ready = (state: 'I' | 'T' | 'E') =>
  Buffer.concat([Buffer.from('C\0\0\0\x0aBEGIN\0'), Buffer.from([0x5a, 0, 0, 0, 5]), Buffer.from(state)])

/** As PGlite's: reads in the next turn after a connection. Answers `T` and `I` in that state, and `wait` not at all. */
const server = createServer((socket) => {
  setImmediate(() =>
    socket.on('data', (bytes) => {
      const text = String(bytes)
      if (text !== 'wait') socket.write(ready(text === 'T' ? 'T' : 'I'))
    }),
  )
})
let open: Socket[] = []
let end = () => {}

beforeEach(async () => {
  open = []
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(async () => {
  end()
  for (const socket of open) socket.destroy()
  await new Promise((closed) => server.close(closed))
})

async function session(asks: string): Promise<Socket> {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  open.push(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  socket.write(asks)
  if (asks === 'wait') socket.resume()
  else await once(socket, 'data')
  return socket
}

test('one session too many closes the one that has been idle longest, and none that waits for an answer', async () => {
  end = boundSessions({ maxSessions: 3 })
  const waits = await session('wait')
  const holder = await session('I')
  const used = await session('I')
  const next = await session('I')
  await expect.poll(() => holder.closed).toBe(true)
  used.write('I')
  await once(used, 'data')
  await session('I')
  await expect.poll(() => next.closed).toBe(true)
  expect([waits.closed, used.closed]).toEqual([false, false])
})

test('sessions that are silent keep no new one out', async () => {
  end = boundSessions({ maxSessions: 3 })
  for (let index = 0; index < 20; index++) await session('I')
  await expect.poll(() => open.filter(({ closed }) => !closed).length).toBe(3)
  expect(open.at(-1)?.closed).toBe(false)
})

test('a session that is idle in a transaction is closed, and no other', async () => {
  end = boundSessions({ maxIdleInTransactionMs: 1_000 })
  const [idle, ended, holder] = [await session('I'), await session('T'), await session('T')]
  ended.write('I')
  await once(ended, 'data')
  await expect.poll(() => holder.closed).toBe(true)
  expect([idle.closed, ended.closed]).toEqual([false, false])
})
