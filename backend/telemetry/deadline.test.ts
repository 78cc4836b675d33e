import { readFile, realpath, stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { withDeadline } from './deadline.ts'

/** Blocks the event loop, without work for a core. */
const block = (ms: number) => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** Several answers of the disk, one after the other. */
async function readThisFile(): Promise<string> {
  const path = await realpath(import.meta.filename)
  await stat(path)
  return readFile(path, 'utf8')
}

test('work whose event loop was blocked for longer than the deadline still ends in time', async () => {
  const outcome = withDeadline(readThisFile(), 200)
  block(250)
  expect(await outcome).toBe('done')
})

test('an event loop that is blocked again and again does not make short work late', async () => {
  const blocks = setInterval(() => block(60), 1)
  expect(await withDeadline(readThisFile(), 200)).toBe('done')
  clearInterval(blocks)
})

test('work that never ends is late after the deadline, and work that fails has failed', async () => {
  const startedAt = performance.now()
  expect(await withDeadline(new Promise(() => {}), 100, { keepsAlive: true })).toBe('late')
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(95)
  expect(await withDeadline(Promise.reject(new Error('no disk')), 100)).toBe('failed')
})
