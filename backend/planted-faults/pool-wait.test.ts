import { EventEmitter } from 'node:events'
import type { ClientConfig } from 'pg'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { poolWait } from './pool-wait.ts'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

/** A connection for pg's own pool, whose queries take so long (ms). */
function connectionOf(queryMs: number) {
  return class extends EventEmitter {
    readonly _queryable = true
    connect(connected: () => void) {
      connected()
    }
    async query() {
      await new Promise((resolve) => setTimeout(resolve, queryMs))
    }
    ref() {}
    unref() {}
    end(ended?: () => void) {
      ended?.()
    }
  }
}

/** How long each of a minute's requests takes with the fault, ms. */
async function load(perSecond: number, queryMs: number): Promise<number[]> {
  const step = poolWait({} as never, { address: { Client: connectionOf(queryMs) } as ClientConfig })
  const took: number[] = []
  for (let request = 0; request < 60 * perSecond; request++) {
    const startedAt = performance.now()
    void step(true, { 'user.id': 'maya' }).then(() => took.push(performance.now() - startedAt))
    // Requests come in groups of 1 to 4, as those of a load do.
    if (request % 5 !== 1 && request % 7 !== 2) await vi.advanceTimersByTimeAsync(1_500 / perSecond)
  }
  await vi.advanceTimersByTimeAsync(1_000)
  expect(took).toHaveLength(60 * perSecond)
  return took
}

test.each([
  [5, 2],
  [12, 2],
  [40, 2],
  [150, 2],
  [40, 45],
  [150, 45],
])(
  'at %i requests a second with queries of %i ms a request waits for at most 140 ms, and many wait',
  async (perSecond, queryMs) => {
    const took = await load(perSecond, queryMs)
    expect(Math.max(...took)).toBeLessThanOrEqual(140 + queryMs)
    const waited = took.filter((ms) => ms - queryMs >= 10)
    expect(waited.length / took.length).toBeGreaterThan(0.3)
  },
)

test('a request alone does not wait, and in a pause of the fault none does', async () => {
  const step = poolWait({} as never, { address: { Client: connectionOf(2) } as ClientConfig })
  const time = async (isAffected: boolean) => {
    const startedAt = performance.now()
    const done = step(isAffected, { 'user.id': 'maya' }).then(() => performance.now() - startedAt)
    await vi.advanceTimersByTimeAsync(200)
    return await done
  }
  expect(await time(true)).toBe(2)
  await vi.advanceTimersByTimeAsync(400)
  expect([await time(false), await time(false)]).toEqual([2, 2])
})
