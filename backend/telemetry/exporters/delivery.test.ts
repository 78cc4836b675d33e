import { expect, test } from 'vitest'
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

test('a failure is logged once, and again only after a success', () => {
  const logged: string[] = []
  const delivery = new Delivery((message) => logged.push(message))
  for (let i = 0; i < 5; i++) delivery.settle({ count: 1, traceIds: [] }, { refused: 1, message: '401' })
  expect(logged).toEqual(['401'])
  delivery.settle({ count: 1, traceIds: [] })
  delivery.settle({ count: 1, traceIds: [] }, { refused: 1, message: '401' })
  expect(logged).toEqual(['401', '401'])
})

test('the newest 500 trace ids are kept', () => {
  const delivery = new Delivery(() => {})
  for (let i = 0; i < 600; i++) delivery.settle({ count: 1, traceIds: [`t${i}`] })
  delivery.settle({ count: 1, traceIds: ['t100'] })
  const { recentTraceIds } = delivery.report()
  expect(recentTraceIds).toHaveLength(500)
  expect(recentTraceIds.at(-1)).toBe('t100')
  expect(recentTraceIds[0]).toBe('t101')
})
