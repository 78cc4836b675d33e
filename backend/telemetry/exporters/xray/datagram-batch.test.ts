import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Outbox } from './datagram-batch.ts'

describe('the outbox', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('sends what has waited a moment, what is enough for a burst, and what there is when it is told to', () => {
    const outbox = new Outbox()
    const sent: number[] = []
    const add = (from: number, to: number) => {
      for (let i = from; i <= to; i++) outbox.add(() => sent.push(i))
    }
    add(1, 2)
    expect(sent).toEqual([])
    vi.advanceTimersByTime(10)
    expect(sent).toEqual([1, 2])
    add(3, 19)
    expect(sent).toHaveLength(18)
    outbox.flush()
    expect(sent).toHaveLength(19)
    vi.advanceTimersByTime(100)
    expect(sent).toEqual(Array.from({ length: 19 }, (_, i) => i + 1))
    expect(vi.getTimerCount()).toBe(0)
  })
})
