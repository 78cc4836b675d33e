import { setImmediate as nextTurn } from 'node:timers/promises'
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { isTracingSuppressed } from '@opentelemetry/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Delivery } from './delivery.ts'
import { type Attempt, RetryQueue, type RetryQueueOptions } from './retry-queue.ts'

const ACCEPTED: Attempt = { outcome: {} }
const AGAIN: Attempt = { retry: 'a 503' }

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})
afterAll(() => context.disable())

/** A queue to a provider with these answers, then only successes. `sent`: the bodies, as text. */
function queueTo(answers: (Attempt | Error)[], options: Partial<RetryQueueOptions> = {}) {
  const sent: string[] = []
  const counts: number[] = []
  const log: string[] = []
  const delivery = new Delivery((message) => log.push(message))
  const queue = new RetryQueue({
    delivery,
    maxBytes: 1_000,
    maxItems: 1_000,
    send: async (body, count) => {
      sent.push(`${Buffer.from(body)}`)
      counts.push(count)
      const answer = answers.shift() ?? ACCEPTED
      if (answer instanceof Error) throw answer
      return answer
    },
    ...options,
  })
  const add = (text: string, count = 1) => {
    delivery.started(count)
    queue.add({ body: Buffer.from(text), batch: { count, traceIds: [text] } })
  }
  return { queue, delivery, sent, counts, log, add }
}

test('bodies are sent one after the other, oldest first', async () => {
  const { queue, delivery, sent, add } = queueTo([])
  for (const text of ['a', 'b', 'c']) add(text)
  await queue.flush()
  expect(sent).toEqual(['a', 'b', 'c'])
  expect(delivery.report()).toMatchObject({ accepted: 3, pending: 0, recentTraceIds: ['a', 'b', 'c'] })
})

test('what can be joined and has waited is sent in one body', async () => {
  const { queue, delivery, sent, counts, add } = queueTo([], { canJoin: true })
  add('a', 2)
  add('b', 3)
  add('c', 4)
  await queue.flush()
  expect(sent).toEqual(['a', 'bc'])
  expect(counts).toEqual([2, 7])
  expect(delivery.report()).toMatchObject({ accepted: 9, recentTraceIds: ['a', 'b', 'c'] })
})

test('a joined body has at most 4,096 items and 1 MiB', async () => {
  const { queue, sent, counts, add } = queueTo([], { canJoin: true, maxBytes: 1e9, maxItems: 1e9 })
  add('first')
  add('a', 4_000)
  add('b', 96)
  add('c', 1)
  const half = 'x'.repeat(512 * 1024)
  for (const text of [half, half, half]) add(text, 1)
  await queue.flush()
  expect(counts).toEqual([1, 4_096, 2, 2])
  expect(sent.map(({ length }) => length)).toEqual([5, 2, 1 + 512 * 1024, 1024 * 1024])
})

test('a body that failed is sent again, before later ones, until it is accepted', async () => {
  const { queue, delivery, sent, log, add } = queueTo([AGAIN, AGAIN])
  add('a')
  add('b')
  await expect.poll(() => sent.length).toBe(1)
  expect(delivery.report()).toMatchObject({ pending: 2, failing: true, lastError: { message: 'a 503' } })
  await expect.poll(() => sent.length, { timeout: 5_000 }).toBe(4)
  await queue.flush()
  expect(sent).toEqual(['a', 'a', 'a', 'b'])
  expect(delivery.report()).toMatchObject({ accepted: 2, refused: 0, dropped: 0, failing: false })
  await expect
    .poll(() => log, { timeout: 3_000 })
    .toEqual(['a 503', expect.stringMatching(/^delivering again after [12] s; 0 lost$/)])
})

test('the provider’s Retry-After is waited for, and flush does not wait', async () => {
  const { queue, sent, add } = queueTo([{ retry: 'a 429', afterMs: 30_000 }])
  add('a')
  await expect.poll(() => sent.length).toBe(1)
  await new Promise((resolve) => setTimeout(resolve, 700))
  expect(sent).toEqual(['a'])
  await queue.flush()
  expect(sent).toEqual(['a', 'a'])
})

test('a Retry-After of 0 does not shorten the growing pause', async () => {
  const times: number[] = []
  const answers: Attempt[] = [
    { retry: 'a 429', afterMs: 0 },
    { retry: 'a 429', afterMs: 0 },
  ]
  const { add } = queueTo([], {
    send: async () => {
      times.push(performance.now())
      return answers.shift() ?? ACCEPTED
    },
  })
  add('a')
  await expect.poll(() => times.length, { timeout: 5_000 }).toBe(3)
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(480)
  expect((times[2] ?? 0) - (times[1] ?? 0)).toBeGreaterThan(980)
})

test('beyond the items or the bytes that may wait, the oldest are dropped and counted', async () => {
  for (const limits of [{ maxItems: 3 }, { maxBytes: 3 }]) {
    const { queue, delivery, sent, add } = queueTo([AGAIN, AGAIN, AGAIN], limits)
    for (const text of ['a', 'b', 'c']) add(text)
    await expect.poll(() => sent.length).toBe(1)
    expect(delivery.report()).toMatchObject({ pending: 3, dropped: 0 })
    add('d')
    // The provider's error stays the last one: it is the reason.
    expect(delivery.report()).toMatchObject({ pending: 3, dropped: 1, lastError: { message: 'a 503' } })
    await expect.poll(() => sent.length, { timeout: 5_000 }).toBe(2)
    await queue.flush()
    expect(sent.slice(1)).not.toContain('a')
    expect(sent.slice(-3)).toEqual(['b', 'c', 'd'])
    expect(delivery.report()).toMatchObject({ accepted: 3, dropped: 1, pending: 0 })
  }
})

test('a provider that is only too slow is named as the reason', async () => {
  const { promise, resolve } = Promise.withResolvers<Attempt>()
  const { queue, delivery, add } = queueTo([], { maxItems: 2, send: () => promise })
  for (const text of ['a', 'b', 'c']) add(text)
  expect(delivery.report()).toMatchObject({ dropped: 1, pending: 2, failing: false })
  expect(delivery.report().lastError?.message).toMatch(/^more than 2 items or 0 MiB waited/)
  resolve(ACCEPTED)
  await queue.flush()
  expect(delivery.report()).toMatchObject({ accepted: 2, dropped: 1 })
})

test('what is being sent counts as waiting, and its room is free afterwards', async () => {
  const { queue, delivery, add } = queueTo([{ outcome: { refused: 1, message: 'a 401' } }], { maxItems: 2 })
  add('a')
  add('b')
  await queue.flush()
  add('c')
  add('d')
  await queue.flush()
  expect(delivery.report()).toMatchObject({ accepted: 3, refused: 1, dropped: 0 })
})

test('the bytes of what is delivered are free afterwards too', async () => {
  const { queue, delivery, sent, add } = queueTo([], { maxBytes: 4 })
  for (const text of ['aaa', 'bbb', 'ccc']) {
    add(text)
    await queue.flush()
    // The queue has come to rest.
    await nextTurn()
  }
  expect(sent).toEqual(['aaa', 'bbb', 'ccc'])
  expect(delivery.report()).toMatchObject({ accepted: 3, dropped: 0 })
})

test('a body that is sent alone is not joined by one that came later', async () => {
  const rejected: Attempt = { outcome: { refused: 2, message: 'a 400' }, isContent: true }
  const answers = [ACCEPTED, rejected]
  const sent: string[] = []
  const { queue, add } = queueTo([], {
    canJoin: true,
    send: async (body) => {
      if (sent.push(`${Buffer.from(body)}`) === 2) add('d')
      return answers.shift() ?? ACCEPTED
    },
  })
  for (const text of ['a', 'b', 'c']) add(text)
  await queue.flush()
  expect(sent).toEqual(['a', 'bc', 'b', 'c', 'd'])
})

test('a provider that fails does not keep the process running', async () => {
  const { queue, delivery, add } = queueTo([AGAIN])
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const before = timers()
  add('a')
  for (let turn = 0; turn < 10; turn++) await nextTurn()
  expect(delivery.report().failing).toBe(true)
  expect(timers()).toBeLessThanOrEqual(before)
  await queue.flush()
})

test('content that is rejected costs only the body that holds it', async () => {
  const rejected: Attempt = { outcome: { refused: 2, message: 'a 400' }, isContent: true }
  const one: Attempt = { outcome: { refused: 1, message: 'a 400' }, isContent: true }
  const { queue, delivery, sent, add } = queueTo([ACCEPTED, rejected, one], { canJoin: true })
  for (const text of ['a', 'b', 'c']) add(text)
  await queue.flush()
  expect(sent).toEqual(['a', 'bc', 'b', 'c'])
  expect(delivery.report()).toMatchObject({ accepted: 2, refused: 1, pending: 0 })
})

test('a partial success and an answer that was cut are counted as they are', async () => {
  const { queue, delivery, add } = queueTo([
    { outcome: { refused: 1, message: 'old' } },
    { outcome: { unconfirmed: 3, message: 'cut' } },
  ])
  add('a', 3)
  add('b', 3)
  await queue.flush()
  expect(delivery.report()).toMatchObject({ accepted: 2, refused: 1, unconfirmed: 3, dropped: 0 })
})

test('an error of the sender itself drops the body, and the next is sent', async () => {
  const { queue, delivery, add } = queueTo([new Error('a bug')])
  add('a', 2)
  add('b', 2)
  await queue.flush()
  expect(delivery.report()).toMatchObject({ accepted: 2, dropped: 2, lastError: { message: 'a bug' } })
})

test('a post is no span, and knows nothing of the request that it follows', async () => {
  const seen: { isSuppressed: boolean; traceId: string | undefined }[] = []
  const { queue, add } = queueTo([], {
    send: async () => {
      const active = context.active()
      seen.push({
        isSuppressed: isTracingSuppressed(active),
        traceId: trace.getSpanContext(active)?.traceId,
      })
      return ACCEPTED
    },
  })
  const spanContext = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }
  context.with(trace.setSpanContext(context.active(), spanContext), () => add('a'))
  await queue.flush()
  expect(seen).toEqual([{ isSuppressed: true, traceId: undefined }])
})

test('the pauses between attempts double from half a second, and begin again after a success', async () => {
  const times: number[] = []
  const answers = [AGAIN, AGAIN, ACCEPTED, AGAIN]
  const { queue, delivery, add } = queueTo([], {
    send: async () => {
      times.push(performance.now())
      return answers.shift() ?? ACCEPTED
    },
  })
  add('a')
  add('b')
  await expect.poll(() => delivery.report().accepted, { timeout: 8_000, interval: 10 }).toBe(2)
  await queue.flush()
  const pauses = times.slice(1).map((time, index) => time - (times[index] ?? 0))
  for (const [index, ms] of [500, 1_000, 0, 500].entries()) {
    expect(pauses[index]).toBeGreaterThan(ms - 20)
    expect(pauses[index]).toBeLessThan(ms + 400)
  }
})
