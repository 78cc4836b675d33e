import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  JSON_TYPE,
  sandboxForTest,
  segmentDocument,
  TRACE_ID,
  XRAY_TRACE_ID,
} from '../../tests/harness/sandbox.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { DEFAULT_BOUNDS } from '../store/prune.ts'

const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

const EVIL = '<script>alert("x")</script>'
const ONLY_XRAY = '1-6921f3a1-0123456789abcdef01234567'

async function page(path: string) {
  const response = await sandbox.ask(path)
  return {
    status: response.status,
    policy: response.headers.get('content-security-policy'),
    text: await response.text(),
  }
}

test('an empty sandbox says what to run', async () => {
  expect((await page('/')).text).toContain('npm run verify')
  expect(await (await sandbox.ask('/sandbox/traces')).json()).toEqual({ traces: [] })
})

describe('with traces of all three', () => {
  beforeAll(async () => {
    await sandbox.postSpan({ name: `GET ${EVIL}`, status: { code: 2 } })
    const documents = [segmentDocument(), segmentDocument({ trace_id: ONLY_XRAY, start_time: 1763800001 })]
    // The second ends before it starts, and so only the first and the corrected one are kept.
    documents.push(segmentDocument({ trace_id: ONLY_XRAY, start_time: 1763800001, end_time: 1763800002 }))
    await sandbox.putSegments(...documents)
    const item = {
      data: {
        environment: 'production',
        uuid: 'the-uuid',
        custom: { trace_id: TRACE_ID },
        body: {
          trace: { exception: { class: 'E', message: EVIL }, frames: [{ filename: 'a.ts', lineno: 7 }] },
        },
      },
    }
    await sandbox.post('/api/1/item/', JSON.stringify(item), { ...JSON_TYPE, 'x-rollbar-access-token': 't' })
  })

  test('the list counts each provider’s own records, newest first', async () => {
    expect(await (await sandbox.ask('/sandbox/traces')).json()).toEqual({
      traces: [
        {
          traceId: '6921f3a10123456789abcdef01234567',
          startedAt: '2025-11-22T08:26:41.000Z',
          durationMs: 1000,
          services: ['cruddur-backend'],
          rootName: 'cruddur-backend',
          spans: 0,
          segments: 1,
          items: 0,
          error: false,
          pruned: false,
        },
        expect.objectContaining({ traceId: TRACE_ID, spans: 1, segments: 1, items: 1, error: true }),
      ],
    })
  })

  test.each([
    ['?error=true', 1],
    ['?error=false', 1],
    ['?service=cruddur-backend', 2],
    ['?service=other', 0],
    ['?since=2025-11-22T08:26:41Z', 1],
    ['?since=1763800000000', 2],
    ['?limit=1', 1],
  ])('%s finds %i', async (query, count) => {
    const response = await sandbox.ask(`/sandbox/traces${query}`)
    expect(await response.json()).toEqual({ traces: expect.objectContaining({ length: count }) })
  })

  test.each(['?limit=0', '?limit=x', '?since=yesterday', '?error=maybe'])('%s is a 400', async (query) => {
    expect((await sandbox.ask(`/sandbox/traces${query}`)).status).toBe(400)
  })

  test('one trace has the same shape in either notation, known or not', async () => {
    const [hex, xray] = await Promise.all([TRACE_ID, XRAY_TRACE_ID].map((id) => sandbox.trace(id)))
    expect(hex).toEqual(xray)
    const unknown = await sandbox.ask(`/sandbox/traces/${'9'.repeat(32)}`)
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      {
        traceId: '9'.repeat(32),
        honeycomb: { spans: [], logs: [] },
        xray: { segments: [] },
        rollbar: { items: [] },
        pruned: false,
      },
    ])
    expect((await sandbox.ask('/sandbox/traces/12')).status).toBe(400)
  })

  test('without a built viewer each page says how to build it, and names the JSON read, which has all records', async () => {
    for (const path of [`/trace/${TRACE_ID}`, `/trace/${XRAY_TRACE_ID}`]) {
      const { status, policy, text } = await page(path)
      expect([path, status]).toEqual([path, 200])
      expect(policy).toMatch(/^default-src 'none'/)
      expect(text).toContain('npm run viewer')
      expect(text).toContain(`href="../sandbox/traces/${TRACE_ID}"`)
    }
    const { honeycomb, rollbar } = await sandbox.trace(TRACE_ID)
    expect(honeycomb.spans).toMatchObject([{ name: `GET ${EVIL}` }])
    expect(rollbar.items).toMatchObject([
      {
        data: {
          body: { trace: { exception: { message: EVIL }, frames: [{ filename: 'a.ts', lineno: 7 }] } },
        },
      },
    ])
    for (const [path, read] of [
      ['/', './sandbox/traces'],
      ['/map', './sandbox/traces'],
      ['/errors', './sandbox/errors'],
      ['/errors/7', '../sandbox/errors/7'],
      ['/logs', './sandbox/logs'],
      ['/providers', './sandbox/providers'],
    ] as const) {
      const { status, policy, text } = await page(path)
      expect([path, status, policy]).toEqual([path, 200, expect.stringMatching(/^default-src 'none'/)])
      expect(text).toContain(`href="${read}"`)
      expect(text).not.toMatch(/(?:src|href)="(?:https?:)?\/\//)
    }
    expect((await page(`/trace/${'9'.repeat(32)}`)).status).toBe(404)
    expect((await page('/trace/nonsense')).status).toBe(400)
  })
})

test('a trace that was deleted for space is a 404, and its read says that it is pruned', async () => {
  await using small = await sandboxForTest({ bounds: { ...DEFAULT_BOUNDS, maxSpans: 1 } })
  const ids = ['1', '2'].map((digit) => digit.repeat(32))
  for (const traceId of ids) await small.postSpan({ traceId })
  const [deleted = ''] = ids
  const read = () => small.trace(deleted)
  expect(await eventually(read, ({ pruned }) => pruned === true)).toMatchObject({ honeycomb: { spans: [] } })
  expect((await read()).status).toBe(404)
  expect((await small.ask(`/trace/${deleted}`)).status).toBe(404)
})

test('an independent subsegment is not a service', async () => {
  await using small = await sandboxForTest({ daemon: undefined })
  const documents = [
    segmentDocument(),
    segmentDocument({ id: 'a'.repeat(16), parent_id: '53995c3f42cd8ad8', name: 'work', type: 'subsegment' }),
  ]
  await small.putSegments(...documents)
  const list = async (query = ''): Promise<unknown> => (await small.ask(`/sandbox/traces${query}`)).json()
  expect(await list()).toMatchObject({ traces: [{ services: ['cruddur-backend'], segments: 2 }] })
  expect(await list('?service=work')).toEqual({ traces: [] })
})
