import { get } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { HONEYCOMB_KEY, JSON_TYPE, OTLP_JSON, sandboxForTest, TRACE_ID } from '../../tests/harness/sandbox.ts'

const SPANS = 6_000
const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

const spanOf = (index: number) => ({
  traceId: TRACE_ID,
  spanId: String(index + 1).padStart(16, '0'),
  name: `step ${index}`,
  startTimeUnixNano: `${1_763_800_000_000 + index}000000`,
  endTimeUnixNano: `${1_763_800_000_001 + index}000000`,
  attributes: Array.from({ length: 8 }, (_, key) => ({
    key: `key${key}`,
    value: { stringValue: `value ${index}` },
  })),
})

beforeAll(async () => {
  const spans = Array.from({ length: SPANS }, (_, index) => spanOf(index))
  const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] })
  expect((await sandbox.post('/v1/traces', body, OTLP_JSON)).status).toBe(200)
  // The thread starts, and loads its code.
  await (await sandbox.ask(`/sandbox/traces/${TRACE_ID}`)).arrayBuffer()
})

/** Milliseconds of processor time of this thread, in which the sandbox has its main thread; the body is not parsed. */
async function cpuMsOf(path: string): Promise<number> {
  const before = process.threadCpuUsage()
  await new Promise<void>((resolve, reject) => {
    get(new URL(path, sandbox.url), (answer) => answer.resume().on('end', resolve)).on('error', reject)
  })
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

test.each(['', '/lenses', '/export/otlp.json'])(
  'a large trace costs the main thread less than half of its decoding: %s',
  async (path) => {
    const text = await (await sandbox.ask(`/sandbox/traces/${TRACE_ID}${path}`)).text()
    const before = process.threadCpuUsage()
    // What the main thread would do at least.
    JSON.stringify(JSON.parse(text))
    JSON.stringify(JSON.parse(text))
    const { user, system } = process.threadCpuUsage(before)
    const decodingMs = (user + system) / 1_000
    const spent: number[] = []
    for (let times = 0; times < 3; times++) spent.push(await cpuMsOf(`/sandbox/traces/${TRACE_ID}${path}`))
    expect(Math.min(...spent)).toBeLessThan(decodingMs / 2)
  },
)

test('a large trace has all of its records, in each form', async () => {
  const trace = SandboxTrace.parse(await (await sandbox.ask(`/sandbox/traces/${TRACE_ID}`)).json())
  expect(trace.honeycomb.spans.map(({ name }) => name)).toEqual(
    Array.from({ length: SPANS }, (_, index) => `step ${index}`),
  )
  const lenses = TraceLenses.parse(await (await sandbox.ask(`/sandbox/traces/${TRACE_ID}/lenses`)).json())
  expect(lenses.spans).toHaveLength(SPANS)
  const exported = await sandbox.ask(`/sandbox/traces/${TRACE_ID}/export/otlp.json`)
  expect(exported.headers.get('content-disposition')).toContain('otlp.json')
  const { resourceSpans } = (await exported.json()) as {
    resourceSpans: { scopeSpans: { spans: object[] }[] }[]
  }
  expect(resourceSpans[0]?.scopeSpans[0]?.spans).toHaveLength(SPANS)
})

test('a trace that grows large is read with what has just arrived', async () => {
  const [grown, ...more] = Array.from({ length: 700 }, (_, index) => spanOf(index))
  const traceId = TRACE_ID.replace(/^../, 'ff')
  const post = (spans: object[]) =>
    sandbox.post(
      '/v1/traces',
      JSON.stringify({
        resourceSpans: [{ scopeSpans: [{ spans: spans.map((span) => ({ ...span, traceId })) }] }],
      }),
      { ...JSON_TYPE, ...HONEYCOMB_KEY },
    )
  const spans = async () => (await sandbox.trace(traceId)).honeycomb.spans.length
  await post([grown as object])
  expect(await spans()).toBe(1)
  await post(more)
  expect(await spans()).toBe(700)
})
