import { expect, test } from 'vitest'
import { Delivery } from './delivery.ts'

test('what was started ends in accepted, refused or dropped, and is pending until then', async () => {
  const delivery = new Delivery(() => {})
  delivery.started(3)
  expect(delivery.report()).toMatchObject({ accepted: 0, pending: 3 })
  delivery.accepted(['a'], 1)
  delivery.refused(1, 'no')
  let isIdle = false
  const idle = delivery.idle().then(() => {
    isIdle = true
  })
  expect(isIdle).toBe(false)
  delivery.dropped(1, 'full')
  await idle
  expect(delivery.report()).toMatchObject({
    accepted: 1,
    refused: 1,
    dropped: 1,
    pending: 0,
    lastError: { message: 'full' },
  })
})

test('a failure is said once, and again only after a success', () => {
  const said: string[] = []
  const delivery = new Delivery((message) => said.push(message))
  for (let i = 0; i < 5; i++) delivery.refused(1, '401')
  expect(said).toEqual(['401'])
  delivery.accepted([], 1)
  delivery.refused(1, '401')
  expect(said).toEqual(['401', '401'])
})

test('the newest trace ids are kept, and only so many', () => {
  const delivery = new Delivery(() => {})
  for (let i = 0; i < 600; i++) delivery.accepted([`t${i}`], 1)
  delivery.accepted(['t100'], 1)
  const { recentTraceIds } = delivery.report()
  expect(recentTraceIds).toHaveLength(500)
  expect(recentTraceIds.at(-1)).toBe('t100')
  expect(recentTraceIds[0]).toBe('t101')
})
