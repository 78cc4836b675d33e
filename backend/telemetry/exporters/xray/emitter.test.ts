import { setImmediate as nextTurn } from 'node:timers/promises'
import { ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { AlwaysOnSampler, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Delivery } from '../delivery.ts'
import { DaemonSocket } from './daemon-socket.ts'
import { SegmentEmitter } from './emitter.ts'

const tracer = new TracerProvider({ sampler: new AlwaysOnSampler() }).getTracer('test')
const TRACE = '6b0359b306368b5bae022778cb47cac6'

let delivery: Delivery
let emitter: SegmentEmitter
/** How many spans have become records. */
let made = 0
let sent: string[] = []

beforeEach(() => {
  made = 0
  sent = []
  // Time stands still, unless a test lets it pass.
  vi.spyOn(performance, 'now').mockReturnValue(0)
  vi.spyOn(DaemonSocket.prototype, 'send').mockImplementation((text) => {
    sent.push(text)
    delivery.settle({ count: 1, traceIds: [TRACE] }, { unconfirmed: 1 })
  })
  delivery = new Delivery(() => {})
  emitter = new SegmentEmitter({ host: '127.0.0.1', port: 2000 }, delivery, {
    nameOf: ({ name }) => {
      made++
      if (name === 'broken') throw new Error('no name')
      return name
    },
    isTraced: () => {
      made++
      return false
    },
  })
})

afterEach(async () => {
  vi.useRealTimers()
  await emitter.flush()
  vi.restoreAllMocks()
})

function ended(name: string, parent?: Span, attributes = {}): Span {
  const span = tracer.startSpan(
    name,
    { attributes },
    parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
  )
  span.end()
  return span
}

function add(...spans: readonly Span[]): void {
  emitter.add(TRACE, spans as unknown as readonly ReadableSpan[], { left: 50 })
}

function wide(spans: number, attributes = {}): Span[] {
  const root = ended('root')
  return [root, ...Array.from({ length: spans - 1 }, () => ended('child', root, attributes))]
}

const namesOf = (texts: readonly string[]) => texts.map((text) => JSON.parse(text).name)

describe('traces of one document', () => {
  test('are sent after 10 ms, or when 16 wait', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    add(ended('1'))
    add(ended('2'))
    expect(delivery.report().pending).toBe(2)
    expect(sent).toEqual([])
    vi.advanceTimersByTime(10)
    expect(namesOf(sent)).toEqual(['1', '2'])
    for (let i = 3; i <= 17; i++) add(ended(String(i)))
    expect(sent).toHaveLength(2)
    add(ended('18'))
    expect(namesOf(sent)).toEqual(Array.from({ length: 18 }, (_, i) => String(i + 1)))
    expect(vi.getTimerCount()).toBe(0)
  })

  test('are sent in the call of flush, before it returns', async () => {
    add(...wide(50))
    const flushed = emitter.flush()
    expect(namesOf(sent)).toEqual(['root'])
    await flushed
  })

  test('of which one cannot be made: it is counted as dropped, and the others are sent', async () => {
    add(ended('1'))
    add(ended('broken'))
    add(ended('2'))
    await emitter.flush()
    expect(namesOf(sent)).toEqual(['1', '2'])
    expect(delivery.report()).toMatchObject({ unconfirmed: 2, dropped: 1, pending: 0 })
    expect(delivery.report().lastError?.message).toBe('a segment could not be made: no name')
  })
})

describe('in a turn of the event loop', () => {
  /** Each look at the clock is a millisecond later, and there is one after each span. */
  function slowDown(): void {
    let ms = 0
    vi.spyOn(performance, 'now').mockImplementation(() => ms++)
  }

  test('no more is done than fits in 5 ms, and the next one continues', async () => {
    slowDown()
    add(...wide(100))
    const flushed = emitter.flush()
    const perTurn = [made]
    while (made < 100) {
      const before = made
      await nextTurn()
      perTurn.push(made - before)
    }
    await flushed
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(6)
    expect(namesOf(sent)).toEqual(['root'])
    expect(delivery.report()).toMatchObject({ unconfirmed: 1, dropped: 0, pending: 0 })
  })

  test('that is long, half of it may be used, so that many requests do not wait', async () => {
    slowDown()
    for (let i = 0; i < 16; i++) add(ended('x'))
    const first = made
    expect(first).toBeLessThan(10)
    // The application takes 200 ms.
    for (let i = 0; i < 200; i++) performance.now()
    for (let i = 0; i < 16; i++) add(ended('x'))
    expect(made - first).toBeGreaterThanOrEqual(15)
  })
})

describe('a trace of many documents', () => {
  test('is sent a batch at a time, and is pending until the last', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    // The segment has room for two of the subsegments.
    add(...wide(101, { blob: 'x'.repeat(30_000) }))
    const perTurn: number[] = []
    while (delivery.report().pending > 0) {
      const before = sent.length
      vi.advanceTimersByTime(1)
      perTurn.push(sent.length - before)
      await nextTurn()
    }
    expect(Math.max(...perTurn)).toBeLessThanOrEqual(16)
    expect(perTurn.length).toBeGreaterThan(10)
    expect(sent).toHaveLength(99)
    expect(delivery.report()).toMatchObject({ unconfirmed: 99, dropped: 0 })
  })

  test('does not hold up others', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    add(...wide(101, { blob: 'x'.repeat(30_000) }))
    add(ended('small'))
    vi.advanceTimersByTime(10)
    expect(namesOf(sent)).toContain('small')
    expect(delivery.report().pending).toBeGreaterThan(0)
  })

  test('of which the last cannot be made: those before it are sent, and it is counted as dropped', async () => {
    const spans = wide(10, { blob: 'x'.repeat(30_000) })
    const broken = Object.create(spans.pop() ?? null, {
      attributes: {
        get() {
          throw new Error('no attributes')
        },
      },
    }) as Span
    add(...spans, broken)
    await emitter.flush()
    expect(sent.length).toBeGreaterThan(1)
    expect(delivery.report()).toMatchObject({ unconfirmed: sent.length, dropped: 1, pending: 0 })
  })

  test('is sent after one that came before it', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    for (let i = 0; i < 2; i++) add(...wide(101, { blob: 'x'.repeat(30_000) }))
    for (let turn = 0; turn < 200 && delivery.report().pending > 0; turn++) {
      vi.advanceTimersByTime(3)
      await nextTurn()
    }
    expect(delivery.report()).toMatchObject({ unconfirmed: 198, dropped: 0, pending: 0 })
  })

  test('is sent completely by flush', async () => {
    add(...wide(101, { blob: 'x'.repeat(30_000) }))
    await emitter.flush()
    expect(delivery.report()).toMatchObject({ unconfirmed: 99, pending: 0 })
  })
})

test('spans that have been sent, or could not be, leave room for others', async () => {
  for (let i = 0; i < 60; i++) {
    add(...wide(350))
    add(ended('broken'))
    await emitter.flush()
  }
  expect(delivery.report()).toMatchObject({ unconfirmed: 60, dropped: 60, pending: 0 })
  expect(delivery.report().lastError?.message).toBe('a segment could not be made: no name')
})

test('more than 20,000 waiting spans are dropped, and counted', async () => {
  add(ended('kept'))
  add(...Array<Span>(20_000).fill(ended('lost')))
  expect(delivery.report()).toMatchObject({ pending: 1, dropped: 1 })
  // Exactly 20,000. The first cannot be made, so that the others take no time.
  add(ended('broken'), ...Array<Span>(19_998).fill(ended('also kept')))
  expect(delivery.report()).toMatchObject({ pending: 2, dropped: 1 })
  expect(delivery.report().lastError?.message).toBe('more than 20000 spans were waiting to become segments')
  await emitter.flush()
  expect(namesOf(sent)).toEqual(['kept'])
  expect(delivery.report()).toMatchObject({ unconfirmed: 1, pending: 0, dropped: 2 })
})
