import { afterEach, expect, test, vi } from 'vitest'
import { Delivery } from './delivery.ts'

test('a started item is pending until it is accepted, refused or dropped', async () => {
  const delivery = new Delivery(() => {})
  delivery.started(3)
  expect(delivery.report()).toMatchObject({ accepted: 0, pending: 3 })
  delivery.settle({ count: 1, traceIds: ['a'] })
  delivery.settle({ count: 1, traceIds: [] }, { refused: 1, message: 'no' })
  let isIdle = false
  const idle = delivery.idle().then(() => {
    isIdle = true
  })
  expect(isIdle).toBe(false)
  delivery.settle({ count: 1, traceIds: [] }, { dropped: 1, message: 'full' })
  await idle
  expect(delivery.report()).toMatchObject({
    accepted: 1,
    refused: 1,
    dropped: 1,
    pending: 0,
    lastError: { message: 'full' },
  })
})

const one = { count: 1, traceIds: [] }

/** A delivery with a fake clock, and what it has logged. */
function deliveryWithClock() {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] })
  const logged: string[] = []
  const delivery = new Delivery((message) => logged.push(message))
  delivery.started(20)
  return { delivery, logged }
}

afterEach(() => vi.useRealTimers())

test('an outage is logged when it begins and when it has ended, with its length and what it has cost', () => {
  const { delivery, logged } = deliveryWithClock()
  delivery.settle(one, { dropped: 1 })
  for (let i = 0; i < 5; i++) delivery.settle(one, { refused: 1, message: '401' })
  vi.advanceTimersByTime(41_000)
  delivery.settle(one, { dropped: 1, message: 'a timeout' })
  expect(logged).toEqual(['401'])
  expect(delivery.report()).toMatchObject({ failing: true, lastError: { message: 'a timeout' } })
  delivery.settle(one)
  expect(delivery.report()).toMatchObject({ failing: false, lastError: { message: 'a timeout' } })
  vi.advanceTimersByTime(999)
  expect(logged).toEqual(['401'])
  vi.advanceTimersByTime(1)
  expect(logged).toEqual(['401', 'delivering again after 41 s; 6 lost'])
  delivery.settle(one, { refused: 1, message: '401' })
  expect(logged).toHaveLength(3)
})

test('attempts that fail and succeed in turn are one outage', () => {
  const { delivery, logged } = deliveryWithClock()
  for (let i = 0; i < 5; i++) {
    delivery.settle(one, { refused: 1, message: 'a 503' })
    delivery.settle(one)
    vi.advanceTimersByTime(900)
  }
  expect(logged).toEqual(['a 503'])
  delivery.settle(one)
  vi.advanceTimersByTime(100)
  expect(logged).toEqual(['a 503', 'delivering again after 4 s; 5 lost'])
})

test('at the end of the process the log tells what is pending, and losses that it has not told', () => {
  const { delivery, logged } = deliveryWithClock()
  delivery.settle({ count: 10, traceIds: [] }, { refused: 10, message: 'a 503' })
  delivery.settle(one)
  vi.advanceTimersByTime(2_000)
  delivery.settle(one, { dropped: 1 })
  delivery.failing('a timeout')
  logged.length = 0
  delivery.logLosses()
  expect(logged).toEqual(['8 not delivered in time, 0 refused, 1 dropped (last: a timeout)'])
})

test('an outage that has ended just before the process does is told as ended, and what it has cost only once', () => {
  const { delivery, logged } = deliveryWithClock()
  delivery.settle({ count: 19, traceIds: [] }, { refused: 19, message: 'a 503' })
  delivery.settle(one)
  delivery.logLosses()
  vi.advanceTimersByTime(2_000)
  expect(logged).toEqual(['a 503', 'delivering again after 0 s; 19 lost'])
})

test.each([
  [{}, '10 not delivered in time, 0 refused, 0 dropped'],
  [{ dropped: 10 }, '10 not delivered in time, 0 refused, 10 dropped'],
  [{ refused: 10 }, '10 not delivered in time, 10 refused, 0 dropped'],
])('at the end of the process losses are told beside what is pending: %j', (lost, line) => {
  const { delivery, logged } = deliveryWithClock()
  delivery.settle({ count: 10, traceIds: [] }, lost)
  delivery.logLosses()
  expect(logged).toEqual([line])
})

test('at the end of the process what outages have cost is not told again', () => {
  const { delivery, logged } = deliveryWithClock()
  vi.advanceTimersByTime(7_000)
  delivery.settle({ count: 2, traceIds: [] }, { refused: 2 })
  for (let i = 0; i < 2; i++) {
    delivery.settle({ count: 3, traceIds: [] }, { refused: 1, dropped: 2, message: 'a 503' })
    delivery.settle(one)
    vi.advanceTimersByTime(1_000)
  }
  delivery.settle({ count: 10, traceIds: [] })
  delivery.logLosses()
  const outage = ['a 503', 'delivering again after 0 s; 3 lost']
  expect(logged).toEqual([
    ...outage,
    ...outage,
    '0 not delivered in time, 2 refused, 0 dropped (last: a 503)',
  ])
})

test('a provider that delivers again for certain ends the outage at once, and a new one lasts its own second', () => {
  const { delivery, logged } = deliveryWithClock()
  vi.advanceTimersByTime(5_000)
  delivery.failing('nothing listens')
  vi.advanceTimersByTime(2_000)
  delivery.recovered()
  expect(delivery.report().failing).toBe(false)
  vi.advanceTimersByTime(500)
  delivery.failing('a timeout')
  vi.advanceTimersByTime(10_000)
  expect(logged).toEqual(['nothing listens', 'delivering again after 2 s; 0 lost', 'a timeout'])
  expect(delivery.report().failing).toBe(true)
})

test('nothing is logged at the end of a process that has lost nothing', () => {
  const { delivery, logged } = deliveryWithClock()
  delivery.settle({ count: 20, traceIds: [] }, { unconfirmed: 1 })
  delivery.logLosses()
  expect(logged).toEqual([])
})

test('only an accepted item ends an outage: not one that is dropped, nor one that is unconfirmed', () => {
  const delivery = new Delivery(() => {})
  delivery.started(3)
  delivery.failing('503')
  delivery.settle(one, { dropped: 1 })
  delivery.settle(one, { unconfirmed: 1 })
  expect(delivery.report().failing).toBe(true)
  delivery.settle(one)
  expect(delivery.report().failing).toBe(false)
})

test('idle is for as long as anything is pending, and no longer', async () => {
  const delivery = new Delivery(() => {})
  await delivery.idle()
  delivery.started(2)
  let isIdle = false
  void delivery.idle().then(() => {
    isIdle = true
  })
  delivery.settle(one)
  await new Promise((resolve) => setImmediate(resolve))
  expect(isIdle).toBe(false)
  delivery.settle(one)
  await new Promise((resolve) => setImmediate(resolve))
  expect(isIdle).toBe(true)
})

test('the trace of an item that did not reach the provider is not among the recent ones', () => {
  const delivery = new Delivery(() => {})
  delivery.started(3)
  delivery.settle({ count: 1, traceIds: ['lost'] }, { refused: 1, message: '401' })
  delivery.settle({ count: 1, traceIds: ['dropped'] }, { dropped: 1 })
  delivery.settle({ count: 1, traceIds: ['sent'] }, { unconfirmed: 1 })
  expect(delivery.report().recentTraceIds).toEqual(['sent'])
})

test('a batch of which only a part is accepted is a failure that lasts, not one failure and one recovery each', () => {
  const logged: string[] = []
  const delivery = new Delivery((message) => logged.push(message))
  const batch = { count: 3, traceIds: ['a'] }
  delivery.started(6)
  for (let i = 0; i < 2; i++) delivery.settle(batch, { refused: 1, message: 'one is too long' })
  expect(logged).toEqual(['one is too long'])
  expect(delivery.report()).toMatchObject({ accepted: 4, refused: 2, failing: true })
})

test('what was sent without proof of receipt is unconfirmed, and refused when that turns out', () => {
  const delivery = new Delivery(() => {})
  delivery.started(3)
  delivery.settle({ count: 3, traceIds: ['a'] }, { unconfirmed: 3 })
  expect(delivery.report()).toMatchObject({
    accepted: 0,
    unconfirmed: 3,
    pending: 0,
    failing: false,
    recentTraceIds: ['a'],
  })
  delivery.revoke(1, 'nothing listens')
  expect(delivery.report()).toMatchObject({ unconfirmed: 2, refused: 1, failing: true })
})

test('the trace of an answer that was cut off does not count among those that arrived', () => {
  const delivery = new Delivery(() => {})
  delivery.started(2)
  delivery.settle({ count: 1, traceIds: ['a'] })
  delivery.settle({ count: 1, traceIds: ['b'] }, { unconfirmed: 1, message: 'the answer was cut off' })
  expect(delivery.report()).toMatchObject({ accepted: 1, unconfirmed: 1, recentTraceIds: ['a'] })
})

test('the newest 500 trace ids are kept', () => {
  const delivery = new Delivery(() => {})
  delivery.started(601)
  for (let i = 0; i < 600; i++) delivery.settle({ count: 1, traceIds: [`t${i}`] })
  delivery.settle({ count: 1, traceIds: ['t100'] })
  const { recentTraceIds } = delivery.report()
  expect(recentTraceIds).toHaveLength(500)
  expect(recentTraceIds.at(-1)).toBe('t100')
  expect(recentTraceIds[0]).toBe('t101')
})

test('secrets are removed from what is logged and reported', () => {
  const logged: string[] = []
  const delivery = new Delivery(
    (message) => logged.push(message),
    (text) => text.replaceAll('hcaik_1', 'REDACTED'),
  )
  delivery.failing('unknown key hcaik_1')
  expect([...logged, delivery.report().lastError?.message]).toEqual(Array(2).fill('unknown key REDACTED'))
})

test('a limit of this process is no failure of the provider, and is logged once a minute', () => {
  const { delivery, logged } = deliveryWithClock()
  for (let i = 0; i < 2; i++) {
    delivery.drop(one, 'more than 60')
    delivery.settle(one)
  }
  expect(logged).toEqual(['more than 60'])
  expect(delivery.report()).toMatchObject({
    accepted: 2,
    dropped: 2,
    failing: false,
    lastError: { message: 'more than 60' },
  })
  vi.advanceTimersByTime(60_000)
  delivery.drop(one, 'more than 60')
  expect(logged).toHaveLength(2)
  delivery.failing('a 503')
  delivery.drop(one, 'more than 60')
  expect(delivery.report().lastError?.message).toBe('a 503')
})
