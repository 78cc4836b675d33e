import { expect, test } from 'vitest'
import { Turns } from './turns.ts'

test('at most so many tasks run at a time, in order, and a failed or cancelled one gives its turn on', async () => {
  const turns = new Turns(2)
  const { signal } = new AbortController()
  let running = 0
  let most = 0
  const order: number[] = []
  const task = (number: number) => async () => {
    most = Math.max(most, ++running)
    order.push(number)
    await new Promise((resolve) => setImmediate(resolve))
    running--
    if (number % 3 === 0) throw new Error('failed')
    return number
  }
  const cancelled = expect(turns.run(task(99), AbortSignal.abort(new Error('cancelled')))).rejects.toThrow(
    'cancelled',
  )
  const results = await Promise.allSettled(
    Array.from({ length: 9 }, (_, number) => turns.run(task(number), signal)),
  )
  await cancelled
  expect(most).toBe(2)
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(6)
  expect(await turns.run(task(10), signal)).toBe(10)
})
