import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { LatencyPoints, RequestPage } from '../../contracts/sandbox/lists.ts'
import {
  FilterCheck,
  FilterErrorBody,
  FilterTerms,
  ResponseTimes,
} from '../../contracts/sandbox/xray-filter.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { JSON_TYPE, type SandboxForTest, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { eventually } from '../../tests/harness/wait-for.ts'

let sandbox: SandboxForTest
beforeAll(async () => {
  sandbox = await sandboxForTest({ daemon: undefined })
  await createGroup('slow', 'responsetime > 0.5')
  await createGroup('everything')
  await putTrace({ name: 'fast', tookS: 0.04, user: 'maya', annotations: { plan: 'free', age: 29 } })
  await putTrace({ name: 'slow', tookS: 0.9, user: 'andrew', annotations: { plan: 'pro', vip: true } })
  await putTrace({ name: 'failed', tookS: 0.2, status: 500, annotations: { 'plan.type': 'pro' } })
  await sandbox.postSpan({ traceId: idOf('spans only'), name: 'spans only' })
})
afterAll(() => sandbox[Symbol.asyncDispose]())

const NAMES = ['fast', 'slow', 'failed', 'spans only']
const idOf = (name: string) => `6921f3a${NAMES.indexOf(name)}`.padEnd(32, '1')

async function createGroup(name: string, filter?: string): Promise<void> {
  const body = JSON.stringify({ GroupName: name, FilterExpression: filter })
  expect((await sandbox.post('/CreateGroup', body, JSON_TYPE)).status).toBe(200)
}

interface TraceData {
  readonly name: string
  readonly tookS: number
  readonly status?: number
  readonly user?: string
  readonly annotations?: object
}

/** A root segment of the service `api` with a query. */
async function putTrace({ name, tookS, status = 200, user, annotations }: TraceData, at = sandbox) {
  const startS = 1_763_800_000
  const answer = await at.putSegments(
    JSON.stringify({
      name: 'api',
      id: '1'.repeat(16),
      trace_id: toXRayTraceId(idOf(name)),
      start_time: startS,
      end_time: startS + tookS,
      user,
      annotations,
      fault: status >= 500,
      http: { request: { method: 'GET', url: `http://x/${name}` }, response: { status } },
      subsegments: [
        {
          name: 'db',
          id: '2'.repeat(16),
          namespace: 'remote',
          start_time: startS,
          end_time: startS + tookS / 2,
        },
      ],
    }),
  )
  expect(await answer.json()).toEqual({ UnprocessedTraceSegments: [] })
}

async function read(path: string, query: Record<string, string>) {
  return (await sandbox.ask(`/sandbox/${path}?${new URLSearchParams(query)}`)).json()
}

/** The ids of the traces in the list, page by page. */
async function list(query: Record<string, string>, at = sandbox): Promise<{ ids: string[]; pages: number }> {
  const ids: string[] = []
  let pages = 0
  for (let after: string | null = ''; after !== null; pages++) {
    const answer = await at.ask(`/sandbox/requests?${new URLSearchParams({ ...query, after })}`)
    const page: RequestPage = RequestPage.parse(await answer.json())
    ids.push(...page.requests.map(({ traceId }) => traceId))
    after = page.next
  }
  return { ids, pages }
}

async function found(query: Record<string, string>): Promise<string[]> {
  const { ids } = await list(query)
  return NAMES.filter((name) => ids.includes(idOf(name)))
}

describe('the list', () => {
  test.each([
    ['fault', ['failed']],
    ['!fault', ['fast', 'slow']],
    ['responsetime > 0.1', ['slow', 'failed']],
    ['http.status = 500 OR user = "maya"', ['fast', 'failed']],
    ['http.url ENDSWITH "/slow"', ['slow']],
    ['annotation.plan = "pro"', ['slow']],
    ['annotation[plan.type]', ['failed']],
    ['service("api") { responsetime < 0.1 }', ['fast']],
    ['edge("api", "db")', ['fast', 'slow', 'failed']],
    ['group.name = "slow"', ['slow']],
    ['user = "nobody"', []],
    [' ', NAMES],
  ])('has the traces that match %s', async (filter, expected) => {
    expect(await found({ filter })).toEqual(expected)
  })

  test.each([
    [{ group: 'slow' }, ['slow']],
    [{ group: 'everything' }, ['fast', 'slow', 'failed']],
    [{ group: 'Default' }, ['fast', 'slow', 'failed']],
    [{ group: 'slow', filter: 'user = "maya"' }, []],
    [{ filter: 'responsetime > 0.1', status: 'error' }, ['failed']],
    [{ filter: 'responsetime > 0.1', max: '300' }, ['failed']],
    [{ filter: 'ok', service: 'api', text: 'api', lacks: 'honeycomb' }, ['fast', 'slow']],
    [{ filter: 'ok', has: 'honeycomb' }, []],
  ])('combines %j', async (query, expected) => {
    expect(await found(query)).toEqual(expected)
  })

  test('continues behind a page, each trace once', async () => {
    const { ids } = await list({ filter: '!fault', limit: '1' })
    expect(ids.toSorted()).toEqual([idOf('fast'), idOf('slow')])
  })

  test('is searched in steps that do not block the process, and no trace is left out', async () => {
    await using own = await sandboxForTest({ daemon: undefined })
    const startS = 1_763_800_000
    const wanted = 'f'.repeat(24)
    const documentOf = (index: number) =>
      JSON.stringify({
        name: 'api',
        id: '1'.repeat(16),
        trace_id: `1-6921f3a0-${index === 0 ? wanted : String(index).padStart(24, '0')}`,
        start_time: startS + index / 1_000,
        end_time: startS + 1 + index / 1_000,
        annotations: { note: index === 0 ? 'wanted' : 'other' },
        // Enough to make each trace slow to read.
        subsegments: Array.from({ length: 400 }, (_, child) => ({
          id: String(child).padStart(16, '0'),
          name: 'db',
          namespace: 'remote',
          start_time: startS,
          end_time: startS + 1,
        })),
      })
    for (let from = 0; from < 240; from += 40) {
      await own.putSegments(...Array.from({ length: 40 }, (_, index) => documentOf(from + index)))
    }
    const { ids, pages } = await list({ filter: 'annotation.note = "wanted"' }, own)
    expect(ids).toEqual([`6921f3a0${wanted}`])
    expect(pages).toBeGreaterThan(1)
  })
})

test.each(['requests', 'latency', 'live', 'xray/response-times'])(
  'a wrong expression or an unknown group is a 400 of %s',
  async (path) => {
    const answer = await sandbox.ask(`/sandbox/${path}?filter=${encodeURIComponent('responsetime > "1"')}`)
    expect(answer.status).toBe(400)
    expect(FilterErrorBody.parse(await answer.json())).toEqual({
      message: 'filter: expected a number, found "1", at position 15',
      position: 15,
      code: 'invalid',
    })
    const unknown = await sandbox.ask(`/sandbox/${path}?group=unknown`)
    expect(unknown.status).toBe(400)
    expect(await unknown.json()).toEqual({ message: 'group: there is no X-Ray group "unknown"' })
  },
)

test.each([
  ['', null],
  ['fault AND', { code: 'unfinished', message: 'expected a keyword', position: 9 }],
  ['user = "may', { code: 'unfinished', message: 'a string without an end', position: 7 }],
  ['fault', null],
  [
    'x'.repeat(2_001),
    { code: 'invalid', message: 'an expression has at most 2000 characters', position: 2_000 },
  ],
])('the check of %j', async (filter, issue) => {
  expect(FilterCheck.parse(await read('xray/check', { filter }))).toEqual({ issue })
})

test('the latency chart and the response times are those of the traces that match', async () => {
  // A busy machine needs more than one try, because these reads have no next page.
  const { points } = await eventually(
    async () => LatencyPoints.parse(await read('latency', { filter: 'responsetime > 0.1' })),
    (latency) => latency.points.length === 2,
  )
  expect(points.map(([, , , traceId]) => traceId).toSorted()).toEqual([idOf('slow'), idOf('failed')])
  const timesOf = (query: Record<string, string>) =>
    eventually(
      async () => ResponseTimes.parse(await read('xray/response-times', query)),
      ({ isComplete }) => isComplete,
    )
  const all = await timesOf({})
  expect(all.times.toSorted(([a], [b]) => a - b)).toEqual([
    [expect.closeTo(0.04), 0],
    [expect.closeTo(0.2), 1],
    [expect.closeTo(0.9), 0],
  ])
  const some = await timesOf({ group: 'slow', filter: 'ok' })
  expect(some.times).toEqual([[expect.closeTo(0.9), 0]])
})

test('the terms are the names and values of the stored traces', async () => {
  const terms = FilterTerms.parse(await read('xray/terms', {}))
  expect(terms).toMatchObject({
    traces: 3,
    services: [
      { name: 'api', type: null },
      { name: 'db', type: 'remote' },
    ],
    edges: [['api', 'db']],
    values: { 'http.method': ['GET'], 'http.status': [200, 500] },
  })
  expect(terms.groups.map(({ name, filter }) => [name, filter])).toEqual([
    ['Default', ''],
    ['everything', ''],
    ['slow', 'responsetime > 0.5'],
  ])
  expect(terms.annotations.find(({ key }) => key === 'plan')?.values.toSorted()).toEqual(['free', 'pro'])
  expect(terms.annotations.map(({ key }) => key).toSorted()).toEqual(['age', 'plan', 'plan.type', 'vip'])
  expect(terms.values.user?.toSorted()).toEqual(['andrew', 'maya'])
})

test('many names and values do not make the terms large, and unusable ones are left out', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  for (let trace = 0; trace < 30; trace++) {
    const annotations = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`key_${trace}_${index}`, `${'v'.repeat(100)}${index}`]),
    )
    const document = {
      name: 'api',
      id: '1'.repeat(16),
      trace_id: `1-6921f3a0-${String(trace).padStart(24, '0')}`,
      start_time: 1_763_800_000 + trace,
      end_time: 1_763_800_001 + trace,
      user: trace === 0 ? 'two\nlines' : 'u'.repeat(100 + trace),
      annotations: { ...annotations, often: true },
    }
    await own.putSegments(JSON.stringify(document))
  }
  const text = await (await own.ask('/sandbox/xray/terms')).text()
  const terms = FilterTerms.parse(JSON.parse(text))
  expect(terms.annotations[0]).toEqual({ key: 'often', values: [true] })
  expect(terms.annotations.length).toBe(60)
  expect(terms.values.user?.every((user) => String(user).length <= 120)).toBe(true)
  expect(text.length).toBeLessThan(100_000)
})

test('the live feed sends the traces that match, also after their group was deleted', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  await own.post('/CreateGroup', '{"GroupName":"g","FilterExpression":"fault"}', JSON_TYPE)
  let text = ''
  const follow = async (query: string) => {
    const feed = await own.ask(`/sandbox/live?${query}`)
    return (async () => {
      for await (const chunk of feed.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk
    })()
  }
  const ended = Promise.all([follow('filter=fault'), follow('group=g')])
  const hasText = (part: string) =>
    eventually(
      () => text,
      (received) => received.includes(part),
    )
  await putTrace({ name: 'fast', tookS: 0.1 }, own)
  await putTrace({ name: 'failed', tookS: 0.1, status: 500 }, own)
  await hasText(idOf('failed'))
  expect(text).not.toContain(idOf('fast'))
  await own.post('/DeleteGroup', '{"GroupName":"g"}', JSON_TYPE)
  await putTrace({ name: 'slow', tookS: 0.1, status: 500 }, own)
  await hasText(idOf('slow'))
  await own.close()
  await ended
})
