import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { eventually } from '../../tests/harness/wait-for.ts'
import { HttpError } from '../http/answer.ts'
import { createDecodeThread, type DecodeThread } from './decode-thread.ts'

let decoder: DecodeThread
afterEach(() => decoder.close())

const START_NS = '1763800000123456789'
const hex = (bytes: number) => randomBytes(bytes).toString('hex')

/** OTLP/JSON with spans, each in its own trace. */
function spansIn(count: number, last: object = {}): { input: Input; traceIds: string[] } {
  const spans = Array.from({ length: count }, (_, index) => ({
    ...{ traceId: hex(16), spanId: hex(8), name: 'GET /api', attributes: [] },
    ...{ startTimeUnixNano: START_NS, endTimeUnixNano: START_NS },
    ...(index === count - 1 ? last : {}),
  }))
  const body = Buffer.from(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }))
  const input = { encoding: 'json', body, classicDataset: undefined } as const
  return { input, traceIds: spans.map(({ traceId }) => traceId) }
}
type Input = {
  readonly encoding: 'json'
  readonly body: Buffer<ArrayBuffer>
  readonly classicDataset: undefined
}

/** How many threads have been ended. */
function watchEnds(): () => number {
  const terminate = vi.spyOn(Worker.prototype, 'terminate')
  onTestFinished(() => terminate.mockRestore())
  return () => terminate.mock.calls.length
}

const noTurn = async () => {}

/** The rows of each batch. */
const decode = (input: Input) =>
  decoder.decode(
    'spans',
    input,
    async ({ batches, facts }) => {
      const found = []
      for await (const rows of batches) found.push(rows)
      return { batches: found, facts }
    },
    noTurn,
  )

test.each([
  [20, 1],
  [3_000, 6],
])('%i spans come in %i batches, in their order, with their bytes', async (count, expected) => {
  decoder = createDecodeThread()
  const { input, traceIds } = spansIn(count)
  const { batches, facts } = await decode(input)
  expect([batches.length, facts]).toEqual([expected, { rejected: 0 }])
  const rows = batches.flat()
  expect(rows.map(({ traceId }) => traceId)).toEqual(traceIds)
  const read = JSON.parse(Buffer.from(rows.at(-1)?.body ?? []).toString())
  expect(read.resourceSpans[0].scopeSpans[0].spans).toMatchObject([{ traceId: traceIds.at(-1) }])
})

test('the main thread goes on while a large body is decoded', async () => {
  decoder = createDecodeThread()
  const { input } = spansIn(15_000)
  let longestMs = 0
  let lastMs = performance.now()
  const timer = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - lastMs)
    lastMs = performance.now()
  }, 5)
  const startedMs = performance.now()
  await decode(input)
  clearInterval(timer)
  const tookMs = performance.now() - startedMs
  expect(longestMs, `of ${Math.round(tookMs)} ms`).toBeLessThan(Math.max(100, tookMs / 4))
})

test('an error of a large body is that of a small one, and nothing of it is passed on', async () => {
  decoder = createDecodeThread()
  const errors: unknown[] = []
  for (const count of [20, 3_000]) {
    const { input } = spansIn(count, { name: 1 })
    errors.push(await decode(input).catch((error) => error))
  }
  expect(errors[0]).toBeInstanceOf(HttpError)
  expect(errors[1]).toBeInstanceOf(HttpError)
  expect(errors[1]).toMatchObject({ status: 400, message: (errors[0] as HttpError).message })
  expect((await decode(spansIn(3_000).input)).batches).toHaveLength(6)
})

test('a body whose storing fails is no other body’s end', async () => {
  decoder = createDecodeThread()
  const full = new HttpError(503, 'the disk is full')
  const failing = decoder.decode(
    'spans',
    spansIn(5_000).input,
    async ({ batches }) => {
      for await (const _rows of batches) throw full
    },
    noTurn,
  )
  const next = spansIn(3_000)
  const following = decode(next.input)
  await expect(failing).rejects.toBe(full)
  expect((await following).batches.flat().map(({ traceId }) => traceId)).toEqual(next.traceIds)
})

test('a body that needs too much memory is a 413, and the next one is decoded', async () => {
  // Far too little for the first body, and far more than the second one needs.
  decoder = createDecodeThread({ maxHeapMb: 32 })
  await expect(decode(spansIn(60_000).input)).rejects.toMatchObject({ status: 413 })
  expect((await decode(spansIn(3_000).input)).batches).toHaveLength(6)
})

test('a body that takes too long is a 503, and the next one is decoded', async () => {
  decoder = createDecodeThread({ maxMs: 1 })
  await expect(decode(spansIn(3_000).input)).rejects.toMatchObject({ status: 503 })
  expect((await decode(spansIn(20).input)).batches).toHaveLength(1)
})

test('a body that needs too much of the CPU is a 413, and the next one is decoded', async () => {
  decoder = createDecodeThread({ maxCpuMs: 1 })
  await expect(decode(spansIn(60_000).input)).rejects.toMatchObject({ status: 413 })
  expect((await decode(spansIn(20).input)).batches).toHaveLength(1)
})

test('a thread whose heap has grown ends after its body, and the next one is decoded by another', async () => {
  decoder = createDecodeThread({ maxKeptHeapBytes: 1 })
  const ended = watchEnds()
  await decode(spansIn(3_000).input)
  expect(ended()).toBe(1)
  expect((await decode(spansIn(3_000).input)).batches).toHaveLength(6)
})

test.each([
  ['json', 3_000, true],
  ['json', 1_500, false],
  ['protobuf', 3_000, true],
  ['protobuf', 1_500, false],
] as const)(
  'a body in %s of a few KB with %i records takes a turn and is decoded in the thread: %s',
  async (encoding, count, inThread) => {
    decoder = createDecodeThread()
    const records = encoding === 'json' ? `${'{},'.repeat(count - 1)}{}` : '\x12\0'.repeat(count)
    const length = String.fromCharCode((records.length & 127) | 128, records.length >> 7)
    const scope = String.fromCharCode(((records.length + 3) & 127) | 128, (records.length + 3) >> 7)
    const text =
      encoding === 'json'
        ? `{"resourceLogs":[{"scopeLogs":[{"logRecords":[${records}]}]}]}`
        : `\n${scope}\x12${length}${records}`
    // A part of a buffer that others use.
    const buffer = Buffer.from(`before${text}`, 'latin1')
    const takeTurn = vi.fn(async () => {})
    const posted = vi.spyOn(Worker.prototype, 'postMessage')
    onTestFinished(() => posted.mockRestore())
    const input = { encoding, body: buffer.subarray(6), dataset: '' }
    const rows = await decoder.decode(
      'logs',
      input,
      async ({ batches }) => {
        const found = []
        for await (const batch of batches) found.push(...batch)
        return found
      },
      takeTurn,
    )
    expect(rows).toHaveLength(count)
    expect(takeTurn).toHaveBeenCalledTimes(inThread ? 1 : 0)
    expect(posted.mock.calls.length > 0).toBe(inThread)
    expect(buffer.toString('latin1')).toBe(`before${text}`)
  },
)

test('the thread ends when it has no more to do, and starts again', async () => {
  decoder = createDecodeThread({ idleMs: 1 })
  const ended = watchEnds()
  await decode(spansIn(3_000).input)
  await eventually(ended, (count) => count === 1)
  expect((await decode(spansIn(3_000).input)).batches).toHaveLength(6)
})

test('a thread that is closed decodes no more', async () => {
  decoder = createDecodeThread()
  const running = decode(spansIn(5_000).input).catch((error) => error)
  await decoder.close()
  expect(await running).toMatchObject({ status: 503 })
  await expect(decode(spansIn(3_000).input)).rejects.toMatchObject({ status: 503 })
})

test('a body whose thread is closed between two batches is a 503, and not acknowledged in part', async () => {
  decoder = createDecodeThread()
  const events = vi.spyOn(Worker.prototype, 'emit')
  onTestFinished(() => events.mockRestore())
  const arrived = () => events.mock.calls.filter(([name]) => name === 'message').length
  let taken = 0
  const result = decoder.decode(
    'spans',
    spansIn(5_000).input,
    async ({ batches }) => {
      for await (const _rows of batches) {
        if (++taken !== 2) continue
        await eventually(arrived, (count) => count >= 3)
        await decoder.close()
      }
      return 'acknowledged'
    },
    noTurn,
  )
  await expect(result).rejects.toMatchObject({ status: 503 })
})

test('a thread without the batches of a body that is asked for more answers an error, and no empty last batch', async () => {
  const worker = new Worker(new URL('./decode-worker.ts', import.meta.url))
  onTestFinished(() => void worker.terminate())
  worker.postMessage({ kind: 'next' })
  expect(await once(worker, 'message')).toMatchObject([{ kind: 'error', status: 503 }])
})
