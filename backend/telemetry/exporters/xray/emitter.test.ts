import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { DatagramBatch } from './emitter.ts'

describe('a batch of datagrams', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  test('is sent after 10 ms, when it is full, and when it is flushed', () => {
    const batch = new DatagramBatch()
    const sent: number[] = []
    const add = (from: number, to: number) => {
      for (let i = from; i <= to; i++) batch.add(() => sent.push(i))
    }
    add(1, 2)
    expect(sent).toEqual([])
    vi.advanceTimersByTime(10)
    expect(sent).toEqual([1, 2])
    add(3, 19)
    expect(sent).toHaveLength(18)
    batch.flush()
    expect(sent).toHaveLength(19)
    vi.advanceTimersByTime(100)
    expect(sent).toEqual(Array.from({ length: 19 }, (_, i) => i + 1))
    expect(vi.getTimerCount()).toBe(0)
  })
})
