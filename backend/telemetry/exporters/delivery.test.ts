import { expect, test, vi } from 'vitest'
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

test('an outage is logged when it begins and when it ends, with what it has cost', () => {
  const logged: string[] = []
  const delivery = new Delivery((message) => logged.push(message))
  delivery.started(9)
  delivery.settle(one, { dropped: 1 })
  for (let i = 0; i < 5; i++) delivery.settle(one, { refused: 1, message: '401' })
  delivery.failing('a timeout')
  expect(logged).toEqual(['401'])
  expect(delivery.report()).toMatchObject({ failing: true, lastError: { message: 'a timeout' } })
  delivery.settle(one)
  expect(logged).toEqual(['401', 'delivering again after 0 s; 5 lost'])
  expect(delivery.report()).toMatchObject({ failing: false, lastError: { message: 'a timeout' } })
  delivery.settle(one, { refused: 1, message: '401' })
  expect(logged).toHaveLength(3)
})

test('the line at the end of an outage counts refused and dropped items, and none that was delivered meanwhile', () => {
  const logged: string[] = []
  const delivery = new Delivery((message) => logged.push(message))
  delivery.started(8)
  delivery.settle({ count: 6, traceIds: [] }, { refused: 2, dropped: 3, message: '503' })
  delivery.settle(one)
  expect(logged).toEqual(['503', 'delivering again after 0 s; 5 lost'])
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
  vi.useFakeTimers({ toFake: ['performance'] })
  const logged: string[] = []
  const delivery = new Delivery((message) => logged.push(message))
  delivery.started(9)
  for (let i = 0; i < 2; i++) {
    delivery.dropByLimit(one, 'more than 60')
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
  delivery.dropByLimit(one, 'more than 60')
  expect(logged).toHaveLength(2)
  delivery.failing('a 503')
  delivery.dropByLimit(one, 'more than 60')
  expect(delivery.report().lastError?.message).toBe('a 503')
  vi.useRealTimers()
})
