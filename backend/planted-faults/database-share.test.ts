import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { DatabaseShare } from './database-share.ts'
import { slowQuery } from './slow-query.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

test('after a query of any duration none begins for four times as long', async () => {
  const share = new DatabaseShare()
  expect(share.isFree()).toBe(true)
  const query = share.use(() => wait(50))
  vi.advanceTimersByTime(49)
  expect(share.isFree()).toBe(false)
  vi.advanceTimersByTime(1)
  expect(await query).toBe(50)
  vi.advanceTimersByTime(199)
  expect(share.isFree()).toBe(false)
  vi.advanceTimersByTime(1)
  expect(share.isFree()).toBe(true)
})

test.each([
  ['fast', 0.0003],
  ['ordinary', 0.0015],
  ['slow', 0.03],
])(
  'on a %s machine a slow query soon takes about 45 ms, and at most a fifth of the time',
  async (_how, msPerUnit) => {
    const took: number[] = []
    const database = {
      async query(_text: string, values: readonly unknown[] = []) {
        took.push(Number(values[1]) * msPerUnit)
        await wait(took.at(-1) ?? 0)
        return { rows: [] }
      },
    }
    const step = slowQuery({ culprit: { statement: 'select 1' } } as never, { database } as never)
    const startedAt = performance.now()
    // 20 requests a second, one in two of which has the fault.
    for (let request = 0; request < 1_000; request++) {
      void step(request % 2 === 0, { 'user.id': 'maya' })
      await vi.advanceTimersByTimeAsync(50)
    }
    const last = took.slice(-10)
    expect(Math.min(...last)).toBeGreaterThan(30)
    expect(Math.max(...last)).toBeLessThan(60)
    const total = took.reduce((sum, one) => sum + one, 0)
    expect(total / (performance.now() - startedAt)).toBeLessThan(0.2)
  },
)
