import { afterAll, expect, test } from 'vitest'
import { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { type LogEntry, LogPage } from '../../contracts/sandbox/lists.ts'
import { OTLP_JSON, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { nanoOf } from '../../tests/harness/viewer-data.ts'

const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

const NOW_MS = Date.now()

interface Sent {
  readonly text: string
  /** Milliseconds before now. */
  readonly ago?: number
  readonly timeUnixNano?: string
}

async function send(records: readonly Sent[], to = sandbox): Promise<void> {
  const logRecords = records.map(({ text, ago = 0, timeUnixNano = nanoOf(NOW_MS - ago) }) => ({
    timeUnixNano,
    body: { stringValue: text },
  }))
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
  expect((await to.post('/v1/logs', body, OTLP_JSON)).status).toBe(200)
}

async function page(query: string, of = sandbox): Promise<LogPage> {
  return LogPage.parse(await (await of.ask(`/sandbox/logs?${query}`)).json())
}

/** All pages of a search, with what `between` does after each. */
async function pages(query: string, between = async (_page: number) => {}): Promise<LogEntry[]> {
  const found: LogEntry[] = []
  let next: string | null = ''
  for (let number = 0; next !== null; number++) {
    const { logs, next: following }: LogPage = await page(`${query}&before=${next}`)
    found.push(...logs)
    next = following
    await between(number)
  }
  return found
}

const textsOf = (logs: readonly LogEntry[]) => logs.map(({ body }) => body)

test('records that arrive late stand where their times are', async () => {
  await send([{ text: 'order: third', ago: 1_000 }])
  await send([
    { text: 'order: first', ago: 30_000 },
    { text: 'order: fourth', ago: 0 },
  ])
  await send([{ text: 'order: second', ago: 20_000 }])
  expect(textsOf((await page('text=order:')).logs)).toEqual(
    ['fourth', 'third', 'second', 'first'].map((text) => `order: ${text}`),
  )
})

test('pages repeat and miss nothing, also of equal times and while late records arrive', async () => {
  // Several records have the same time, as those of one batch do.
  const sent = Array.from({ length: 40 }, (_, index) => ({ text: `paging: ${index}`, ago: 5 * (index % 7) }))
  for (const record of sent.slice(0, 20)) await send([record])
  await send(sent.slice(20))
  const expected = sent
    .map((record, row) => ({ ...record, row }))
    .toSorted((a, b) => a.ago - b.ago || b.row - a.row)
    .map(({ text }) => text)
  const found = await pages('text=paging:&limit=3', async (number) => {
    // Late ones among those that were read, and among those that were not.
    if (number < 5)
      await send([
        { text: 'paging: late', ago: 0 },
        { text: 'paging: late', ago: 30.5 },
      ])
  })
  expect(textsOf(found).filter((text) => text !== 'paging: late')).toEqual(expected)
  expect(new Set(found.map(({ row }) => row)).size).toBe(found.length)
})

test('a time that cannot be right is replaced by that of the arrival, and named', async () => {
  const far = Date.UTC(2500)
  await send([
    { text: 'odd: far', timeUnixNano: nanoOf(far) },
    { text: 'odd: none', timeUnixNano: '0' },
    { text: 'odd: plausible', ago: -60_000 },
  ])
  const { logs } = await page('text=odd:')
  expect(logs).toMatchObject([
    { body: 'odd: plausible', timeFrom: 'record' },
    { body: 'odd: none', timeFrom: 'arrival', ownMs: 0 },
    { body: 'odd: far', timeFrom: 'arrival', ownMs: far },
  ])
  for (const { atMs } of logs) expect(Math.abs(atMs - Date.now())).toBeLessThan(61_000)
})

test('in a trace, a log with a time that cannot be right is where it arrived', async () => {
  const traceId = 'd1'.repeat(16)
  const times = ['1000', nanoOf(Date.UTC(2500)), nanoOf(NOW_MS)]
  const logRecords = times.map((timeUnixNano) => ({ traceId, timeUnixNano, body: { stringValue: 'odd' } }))
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
  expect((await sandbox.post('/v1/logs', body, OTLP_JSON)).status).toBe(200)
  const { logs, originMs } = TraceLenses.parse(
    await (await sandbox.ask(`/sandbox/traces/${traceId}/lenses`)).json(),
  )
  expect(logs).toHaveLength(3)
  for (const { atMs } of logs) expect(Math.abs(originMs + atMs - Date.now())).toBeLessThan(61_000)
})

test.each(['before=1', 'before=x_1', 'before=1_x', 'before=1_1_1'])('%s is a 400', async (query) => {
  expect((await sandbox.ask(`/sandbox/logs?${query}`)).status).toBe(400)
})
