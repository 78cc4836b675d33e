import { expect, test } from 'vitest'
import { createSharedReads } from './shared-reads.ts'
import { CLIENT_CLOSED_REQUEST, createTurns } from './turns.ts'

const stays = new AbortController().signal

test('equal reads that wait share an answer; one that comes after it has begun does not', async () => {
  const read = createSharedReads(createTurns())
  let stored = 0
  let calls = 0
  const handle = async () => {
    calls++
    const seen = stored
    await new Promise((resolve) => setImmediate(resolve))
    return { status: 200, body: String(seen) }
  }
  const first = Array.from({ length: 30 }, () => read('/a', stays, handle))
  const other = read('/b', stays, handle)
  await expect.poll(() => calls, { interval: 0 }).toBeGreaterThan(0)
  stored = 1
  const later = read('/a', stays, handle)
  expect((await Promise.all(first)).map(({ body }) => body)).toEqual(Array(30).fill('0'))
  expect((await later).body).toBe('1')
  await other
  expect(calls).toBe(3)
})

test('a read goes on until its last client has left, and a client that comes then gets an answer', async () => {
  const read = createSharedReads(createTurns())
  const clients = [new AbortController(), new AbortController()] as const
  const signals: AbortSignal[] = []
  const handle = (signal: AbortSignal) =>
    new Promise<{ status: number }>((resolve) => {
      signals.push(signal)
      signal.addEventListener('abort', () => resolve({ status: CLIENT_CLOSED_REQUEST }))
    })
  const answers = clients.map(({ signal }) => read('/a', signal, handle))
  await expect.poll(() => signals.length, { interval: 0 }).toBe(1)
  clients[0].abort()
  expect(signals[0]?.aborted).toBe(false)
  clients[1].abort()
  expect(signals[0]?.aborted).toBe(true)
  await Promise.all(answers)

  // All leave before the read has begun.
  const left = new AbortController()
  const gone = read('/b', left.signal, () => ({ status: 500 }))
  left.abort()
  expect(await read('/b', stays, () => ({ status: 200 }))).toEqual({ status: 200 })
  expect(await gone).toEqual({ status: CLIENT_CLOSED_REQUEST })
})

test('an error is the answer of all that wait, and the next read is tried again', async () => {
  const read = createSharedReads(createTurns())
  const fail = () => Promise.reject(new Error('broken'))
  const answers = await Promise.allSettled([read('/a', stays, fail), read('/a', stays, fail)])
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  expect(await read('/a', stays, () => ({ status: 200 }))).toEqual({ status: 200 })
})
