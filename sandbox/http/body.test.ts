import { gzipSync, zstdCompressSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { eventually } from '../../tests/harness/wait-for.ts'
import { waitIfLarge } from './body.ts'
import { ByteBudget } from './byte-budget.ts'
import { CollectedBytes } from './collected-bytes.ts'
import { decompress } from './decompress.ts'

const MB = 1024 * 1024
const LARGE_BODY = Buffer.alloc(2 * MB)
const LARGE = gzipSync(LARGE_BODY)
const SMALL = gzipSync(Buffer.alloc(1_000))

const settled = (promises: readonly Promise<unknown>[]) => {
  let count = 0
  for (const promise of promises) promise.then(() => count++)
  return () => count
}

test('at most two large bodies are decompressed and handled at once, the others in turn', async () => {
  const budget = new ByteBudget(100 * MB)
  let handled = 0
  let atOnce = 0
  const handle = async () => {
    const share = budget.open()
    expect(await decompress(LARGE, 'gzip', 4 * MB, share)).toHaveLength(2 * MB)
    atOnce = Math.max(atOnce, ++handled)
    await eventually(
      () => atOnce,
      (most) => most >= 2,
    )
    // A third one would be decompressed meanwhile.
    for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
    handled--
    share.release()
  }
  await Promise.all(Array.from({ length: 10 }, handle))
  expect(atOnce).toBe(2)
  const plain = budget.open()
  await waitIfLarge(LARGE_BODY, plain)
  plain.release()
})

test('small bodies wait for no other that is handled, also while large ones wait', async () => {
  const budget = new ByteBudget(100 * MB)
  const held = Array.from({ length: 2 }, () => budget.open())
  for (const share of held) await waitIfLarge(LARGE_BODY, share)
  const large = settled([decompress(LARGE, 'gzip', 4 * MB, budget.open())])
  const bodies = Array.from({ length: 50 }, () => decompress(SMALL, 'gzip', MB, budget.open()))
  expect(await Promise.all(bodies)).toHaveLength(50)
  expect(large()).toBe(0)
  for (const share of held) share.release()
  await eventually(large, (done) => done === 1)
})

test.each([
  ['gzip', gzipSync(Buffer.alloc(8 * MB))],
  ['zstd', zstdCompressSync(Buffer.alloc(8 * MB))],
] as const)(
  '%s stops where the budget or the bound ends, before all is decompressed',
  async (encoding, body) => {
    const budget = new ByteBudget(4 * MB)
    const share = budget.open()
    await expect(decompress(body, encoding, 20 * MB, share)).rejects.toMatchObject({ status: 503 })
    // Three quarters are for large bodies.
    expect(budget.open().take(MB)).toBe(false)
    expect(budget.open().take(200 * 1024)).toBe(true)
    share.release()
    await expect(decompress(body, encoding, MB, budget.open())).rejects.toMatchObject({ status: 413 })
  },
)

test('large bodies leave a quarter of the budget to small ones', () => {
  const budget = new ByteBudget(8 * MB)
  expect(budget.open().take(6 * MB)).toBe(true)
  expect(budget.open().take(MB)).toBe(false)
  const small = Array.from({ length: 8 }, () => budget.open().take(256 * 1024))
  expect(small).not.toContain(false)
  expect(budget.open().take(256 * 1024)).toBe(false)
})

test('a body that waits too long is a 503, and one that cannot be decompressed holds up no other', async () => {
  const budget = new ByteBudget(100 * MB, 30)
  const held = Array.from({ length: 2 }, () => budget.open())
  await Promise.all(held.map((share) => waitIfLarge(LARGE_BODY, share)))
  await expect(waitIfLarge(LARGE_BODY, budget.open())).rejects.toMatchObject({ status: 503 })
  for (const share of held) share.release()
  for (let times = 0; times < 10; times++) {
    const share = budget.open()
    await expect(decompress(Buffer.from('no gzip'), 'gzip', MB, share)).rejects.toMatchObject({ status: 400 })
    share.release()
  }
  await waitIfLarge(LARGE_BODY, budget.open())
})

test('a body in chunks of one byte takes little more memory than its length', () => {
  const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251))
  const collected = new CollectedBytes()
  for (const index of bytes.keys()) collected.append(bytes.subarray(index, index + 1))
  const whole = collected.whole()
  expect(whole.equals(bytes)).toBe(true)
  expect(whole.buffer.byteLength).toBeLessThan(4 * bytes.length)
})

test('a sender with many large bodies has one turn between those of the others', async () => {
  const budget = new ByteBudget(100 * MB)
  const order: string[] = []
  const shares = new Map<string, ReturnType<ByteBudget['open']>[]>()
  const send = (sender: string) => {
    const share = budget.open(sender)
    return waitIfLarge(LARGE_BODY, share).then(() => {
      order.push(sender)
      shares.set(sender, [...(shares.get(sender) ?? []), share])
    })
  }
  const endOne = async (sender: string) => {
    shares.get(sender)?.shift()?.release()
    await new Promise(setImmediate)
  }
  const sent = Array.from({ length: 5 }, () => send('flood'))
  sent.push(...Array.from({ length: 3 }, () => send('second flood')))
  await new Promise(setImmediate)
  expect(order).toEqual(['flood', 'second flood'])
  sent.push(send('app'))
  await endOne('flood')
  await endOne('app')
  sent.push(send('app'))
  await endOne('second flood')
  await endOne('flood')
  expect(order).toEqual(['flood', 'second flood', 'app', 'flood', 'second flood', 'app'])
  for (let turn = 0; turn < 5; turn++)
    for (const sender of ['app', 'flood', 'second flood']) await endOne(sender)
  await Promise.all(sent)
  expect(order).toHaveLength(10)
})

test('the large bodies of a sender leave half of the budget to others', () => {
  const budget = new ByteBudget(16 * MB)
  const flood = Array.from({ length: 5 }, () => budget.open('flood'))
  expect(flood.map((share) => share.take(2 * MB))).toEqual([true, true, true, true, false])
  expect(flood.at(-1)?.take(1_000)).toBe(true)
  const app = budget.open('app')
  expect(app.take(3 * MB)).toBe(true)
  for (const share of [...flood, app]) share.release()
  const next = budget.open('flood')
  // A body that is the sender's only one.
  expect(next.take(10 * MB)).toBe(true)
  next.release()
})

test('of a sender at most eight large bodies are read at once, others of it wait, and those of another sender do not', async () => {
  const budget = new ByteBudget(160 * MB)
  const read = Array.from({ length: 8 }, () => budget.open('flood'))
  for (const share of read) await share.waitToRead(MB)
  const ninth = budget.open('flood')
  const waiting = settled([ninth.waitToRead(MB)])
  await budget.open('app').waitToRead(20 * MB)
  expect(waiting()).toBe(0)
  read[0]?.release()
  await eventually(waiting, (count) => count === 1)
  for (const share of [...read, ninth]) share.release()
})

test('the large bodies of a sender that are read have half of the budget, and one of them may have more', async () => {
  const budget = new ByteBudget(16 * MB, 30)
  const first = budget.open('flood')
  await first.waitToRead(12 * MB)
  // A body in chunks waits once.
  await first.waitToRead(13 * MB)
  await expect(budget.open('flood').waitToRead(MB)).rejects.toMatchObject({ status: 503, retryAfterS: 2 })
  first.release()
  const [second, third] = [budget.open('flood'), budget.open('flood')]
  await second.waitToRead(5 * MB)
  await third.waitToRead(3 * MB)
  await expect(budget.open('flood').waitToRead(MB)).rejects.toMatchObject({ status: 503 })
  for (const share of [second, third]) share.release()
  await budget.open('flood').waitToRead(9 * MB)
})
