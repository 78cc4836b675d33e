import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { eventually } from '../../tests/harness/wait-for.ts'
import { ByteBudget, decompress, waitIfLarge } from './body.ts'

const MB = 1024 * 1024
const LARGE_BODY = Buffer.alloc(2 * MB)
const LARGE = gzipSync(LARGE_BODY)

const settled = (promises: readonly Promise<unknown>[]) => {
  let count = 0
  for (const promise of promises) promise.then(() => count++)
  return () => count
}

test('at most four large bodies are decompressed and handled at once, the others in turn', async () => {
  const budget = new ByteBudget(100 * MB)
  const shares = Array.from({ length: 10 }, () => budget.open())
  const bodies = shares.map((share) => decompress(LARGE, 'gzip', 4 * MB, share))
  const count = settled(bodies)
  await eventually(count, (done) => done === 4)
  await new Promise(setImmediate)
  expect(count()).toBe(4)
  for (const [index, share] of shares.entries()) {
    expect(await bodies[index]).toHaveLength(2 * MB)
    share.release()
  }
  const plain = budget.open()
  await waitIfLarge(Buffer.alloc(2 * MB), plain)
  plain.release()
})

test('small bodies wait for no other that is handled', async () => {
  const budget = new ByteBudget(100 * MB)
  const small = gzipSync(Buffer.alloc(1_000))
  const bodies = Array.from({ length: 50 }, () => decompress(small, 'gzip', MB, budget.open()))
  expect(await Promise.all(bodies)).toHaveLength(50)
})

test('a body that waits too long is a 503, and one that cannot be decompressed holds up no other', async () => {
  const budget = new ByteBudget(100 * MB, 30)
  const held = Array.from({ length: 4 }, () => budget.open())
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
