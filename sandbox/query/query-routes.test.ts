import { afterAll, describe, expect, test } from 'vitest'
import {
  BubbleUpAnswer,
  ColumnList,
  QueryAnswer,
  QueryErrorBody,
  type QueryInput,
} from '../../contracts/sandbox/query.ts'
import { OTLP_JSON, type SandboxForTest, sandboxForTest } from '../../tests/harness/sandbox.ts'

const NOW_MS = Date.now()

interface TestSpan {
  readonly name?: string
  readonly durationMs?: number
  /** Before now. */
  readonly agoS?: number
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
  readonly isError?: boolean
}

/** Sends spans of the service `api`, each in another trace. */
async function sendSpans(
  sandbox: SandboxForTest,
  spans: readonly TestSpan[],
  service = 'api',
): Promise<void> {
  const body = {
    resourceSpans: [
      {
        resource: { attributes: [keyValue('service.name', service)] },
        scopeSpans: [{ scope: { name: 'test' }, spans: spans.map(otlpSpan) }],
      },
    ],
  }
  expect((await sandbox.post('/v1/traces', JSON.stringify(body), OTLP_JSON)).status).toBe(200)
}

let ids = 1
function otlpSpan({ name = 'GET /', durationMs = 1, agoS = 60, attributes = {}, isError }: TestSpan) {
  const start = BigInt(Math.floor(NOW_MS - agoS * 1_000)) * 1_000_000n
  ids++
  return {
    traceId: ids.toString(16).padStart(32, '0'),
    spanId: ids.toString(16).padStart(16, '0'),
    name,
    kind: 2,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(Math.round(durationMs * 1e6))),
    attributes: Object.entries(attributes).map(([key, value]) => keyValue(key, value)),
    status: isError ? { code: 2 } : {},
  }
}

function keyValue(key: string, value: string | number | boolean) {
  if (typeof value === 'string') return { key, value: { stringValue: value } }
  if (typeof value === 'boolean') return { key, value: { boolValue: value } }
  return { key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } }
}

const post = (sandbox: SandboxForTest, path: string, body: unknown) =>
  sandbox.post(path, JSON.stringify(body), { 'content-type': 'application/json' })

async function ask(sandbox: SandboxForTest, question: QueryInput, dataset = '__all__'): Promise<QueryAnswer> {
  const response = await post(sandbox, `/sandbox/query?dataset=${dataset}`, question)
  const body: unknown = await response.json()
  expect(response.status, JSON.stringify(body)).toBe(200)
  return QueryAnswer.parse(body)
}

const plans = (plan: string, durationMs: number, count: number): TestSpan[] =>
  Array.from({ length: count }, () => ({
    durationMs,
    attributes: { plan, 'http.response.status_code': 200 },
  }))

describe('POST /sandbox/query', () => {
  test('without a clause it counts the events of the last two hours', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, [{}, {}, { agoS: 3 * 3_600 }])
    const answer = await ask(sandbox, {})
    expect(answer).toMatchObject({ results: [{ COUNT: 2 }], rows: 2, stored: 3, emptiedBy: null })
    expect(answer.range.end - answer.range.start).toBe(7_200)
  })

  test('groups, orders, limits, and names the slowest trace of each group', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, [...plans('free', 10, 3), ...plans('team', 500, 2), ...plans('pro', 20, 1), {}])
    const answer = await ask(sandbox, {
      calculations: [{ op: 'P95', column: 'duration_ms' }, { op: 'COUNT' }],
      breakdowns: ['plan'],
      orders: [{ op: 'P95', column: 'duration_ms', order: 'descending' }],
      havings: [{ calculate_op: 'COUNT', op: '>', value: 0 }],
      limit: 3,
    })
    expect(answer.results).toEqual([
      { plan: 'team', 'P95(duration_ms)': 500, COUNT: 2 },
      { plan: 'pro', 'P95(duration_ms)': 20, COUNT: 1 },
      { plan: 'free', 'P95(duration_ms)': 10, COUNT: 3 },
    ])
    expect(answer.groupCount).toBe(4)
    expect(answer.resultTraces.map((trace) => trace?.durationMs)).toEqual([500, 20, 10])
    expect(answer.traces[0]).toMatchObject({ durationMs: 500, name: 'GET /' })
  })

  test('what arrives after a question is in the next one', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, [{}])
    expect((await ask(sandbox, {})).rows).toBe(1)
    await sendSpans(sandbox, [{}, {}])
    expect((await ask(sandbox, {})).rows).toBe(3)
  })

  test('a dataset is asked by its slug; an unknown one is a 404', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, [{}, {}], 'My Service')
    await sendSpans(sandbox, [{}], 'other')
    expect((await ask(sandbox, {}, 'my-service')).rows).toBe(2)
    const unknown = await post(sandbox, '/sandbox/query?dataset=nothing', {})
    expect(unknown.status).toBe(404)
    expect(QueryErrorBody.parse(await unknown.json()).message).toContain('"nothing"')
  })

  test('a calculated field is a column like any other, and its errors have a place', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, [...plans('free', 10, 3), ...plans('team', 500, 2)])
    const { results } = await ask(sandbox, {
      calculated_fields: [{ name: 'slow', expression: 'IF(GT($duration_ms, 100), "slow", "fast")' }],
      breakdowns: ['slow'],
    })
    expect(results).toEqual([
      { slow: 'fast', COUNT: 3 },
      { slow: 'slow', COUNT: 2 },
    ])
    const wrong = await post(sandbox, '/sandbox/query', {
      calculated_fields: [{ name: 'slow', expression: 'IF(GT($duration_ms, 100)' }],
    })
    expect(wrong.status).toBe(400)
    const { issues } = QueryErrorBody.parse(await wrong.json())
    expect(issues[0]?.clause).toBe('calculated_fields.0.expression')
    expect(issues[0]?.message).toMatch(/character \d+/)
  })

  test('an empty result names the clause that removed the last event', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, plans('free', 10, 3))
    const clauseOf = async (question: QueryInput) => (await ask(sandbox, question)).emptiedBy?.clause
    const plan = (value: string) => ({ column: 'plan', op: '=', value }) as const
    expect(await clauseOf({ filters: [plan('free'), plan('team')] })).toBe('filters.1')
    expect(await clauseOf({ filters: [plan('team'), plan('free')] })).toBe('filters.0')
    expect(await clauseOf({ filters: [plan('team'), plan('pro')], filter_combination: 'OR' })).toBe('filters')
    expect(await clauseOf({ time_range: 10 })).toBe('time_range')
    const having = { calculate_op: 'COUNT', op: '>', value: 9 } as const
    expect(await clauseOf({ breakdowns: ['plan'], havings: [having] })).toBe('havings.0')
    expect(await clauseOf({ breakdowns: ['plan'] })).toBeUndefined()
  })

  test('nothing stored is an empty result, not an error', async () => {
    await using sandbox = await sandboxForTest()
    expect(await ask(sandbox, {})).toMatchObject({ results: [{ COUNT: 0 }], emptiedBy: { clause: '' } })
  })

  test('a column that no event has is a warning at its clause', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, [{}])
    const { warnings } = await ask(sandbox, {
      breakdowns: ['plann'],
      calculations: [{ op: 'AVG', column: 'name' }],
    })
    expect(warnings.map(({ clause }) => clause)).toEqual(['breakdowns.0', 'calculations.0.column'])
  })

  test.each<[clause: string, question: unknown]>([
    ['calculations.0.op', { calculations: [{ op: 'P42', column: 'duration_ms' }] }],
    ['calculations.0.column', { calculations: [{ op: 'P95' }] }],
    ['calculations.0.column', { calculations: [{ op: 'CONCURRENCY', column: 'name' }] }],
    ['calculations.0.name', { calculations: [{ op: 'COUNT', filters: [{ column: 'a', op: 'exists' }] }] }],
    ['calculations.1.name', { calculations: [{ op: 'COUNT' }, { op: 'COUNT' }] }],
    ['filters.0.op', { filters: [{ column: 'a', op: '~', value: 1 }] }],
    ['filters.0.value', { filters: [{ column: 'a', op: '=' }] }],
    ['filters.0.value', { filters: [{ column: 'a', op: 'exists', value: 1 }] }],
    ['filters.0.value', { filters: [{ column: 'a', op: 'in', value: 'x' }] }],
    ['filters.0.value', { filters: [{ column: 'a', op: '=', value: ['x'] }] }],
    ['breakdowns.1', { breakdowns: ['a', 'a'] }],
    ['orders.0', { orders: [{ op: 'SUM', column: 'a' }] }],
    [
      'orders.0',
      { calculations: [{ op: 'HEATMAP', column: 'a' }], orders: [{ op: 'HEATMAP', column: 'a' }] },
    ],
    ['havings.0', { havings: [{ calculate_op: 'MAX', column: 'a', op: '>', value: 1 }] }],
    ['limit', { limit: 0 }],
    ['granularity', { granularity: 1, time_range: 7_200 }],
    ['time_range', { start_time: 1, end_time: 2, time_range: 1 }],
    ['end_time', { start_time: 2, end_time: 2 }],
    ['formulas', { formulas: [] }],
    ['calculated_fields.0.expression', { calculated_fields: [{ name: 'a', expression: 'NOPE(' }] }],
  ])('a wrong %s is a 400 that names it', async (clause, question) => {
    const response = await post(await shared(), '/sandbox/query', question)
    expect(response.status).toBe(400)
    const { issues, message } = QueryErrorBody.parse(await response.json())
    expect(issues.map((issue) => issue.clause)).toContain(clause)
    expect(message).toContain(clause)
  })

  test.each<[message: string, question: unknown]>([
    ['filters.0.op: must be one of =, !=, >', { filters: [{ column: 'a', op: '~', value: 1 }] }],
    ['limit: must be at most 1000', { limit: 1_001 }],
    ['limit: must be a whole number', { limit: 1.5 }],
    ['breakdowns: must be of type array', { breakdowns: 'name' }],
    ['breakdowns: must have at most 100 items', { breakdowns: Array.from({ length: 101 }, String) }],
    ['filters.0.column: is missing', { filters: [{ op: 'exists' }] }],
    ['filters.0.column: a column is missing', { filters: [{ column: '', op: 'exists' }] }],
    ['filters.0.value: must be text, a number', { filters: [{ column: 'a', op: '=', value: {} }] }],
    ['formulas: is an unknown clause; the clauses are calculations', { formulas: [] }],
    ['filters.0.x: is unknown here', { filters: [{ column: 'a', op: 'exists', x: 1 }] }],
  ])('says %s', async (message, question) => {
    const response = await post(await shared(), '/sandbox/query', question)
    expect(QueryErrorBody.parse(await response.json()).message).toContain(message)
  })

  test('an id of any depth is ignored', async () => {
    const id = `${'['.repeat(5_000)}${']'.repeat(5_000)}`
    const response = await (await shared()).post('/sandbox/query', `{"id": ${id}}`)
    expect(response.status).toBe(200)
  })

  test('a body that is no JSON is a 400 that says so', async () => {
    const response = await (await shared()).post('/sandbox/query', '{"filters": [')
    expect(response.status).toBe(400)
    expect(QueryErrorBody.parse(await response.json()).message).toContain('JSON')
  })

  test('columns with names that JavaScript knows are columns like any other', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, [{ attributes: { constructor: 'a', hasOwnProperty: 'b', ['__proto__']: 'c' } }])
    const question = { breakdowns: ['constructor', 'hasOwnProperty', '__proto__'] }
    const text = await (await post(sandbox, '/sandbox/query', question)).text()
    expect(text).toContain('"results":[{"constructor":"a","hasOwnProperty":"b","__proto__":"c","COUNT":1}]')
  })
})

describe('GET /sandbox/columns', () => {
  test('lists type, share, and the most frequent values', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, [...plans('free', 1.5, 3), ...plans('team', 2, 1), {}])
    const list = ColumnList.parse(await (await sandbox.ask('/sandbox/columns')).json())
    const find = (name: string) => list.columns.find((column) => column.name === name)
    expect(list).toMatchObject({ rows: 5, truncated: 0, datasets: [{ slug: 'api', name: 'api', rows: 5 }] })
    expect(find('plan')).toEqual({
      name: 'plan',
      type: 'string',
      share: 0.8,
      distinct: 2,
      values: [
        { value: 'free', share: 0.6 },
        { value: 'team', share: 0.2 },
      ],
    })
    expect(find('duration_ms')?.type).toBe('float')
    expect(find('http.response.status_code')?.type).toBe('integer')
  })

  test('lists the values of one column that contain a text', async () => {
    await using sandbox = await sandboxForTest()
    await sendSpans(sandbox, [...plans('free', 1, 1), ...plans('enterprise', 1, 1)])
    const list = ColumnList.parse(
      await (await sandbox.ask('/sandbox/columns?column=plan&contains=PRI')).json(),
    )
    expect(list.columns.map(({ name, values }) => [name, values.map(({ value }) => value)])).toEqual([
      ['plan', ['enterprise']],
    ])
  })
})

describe('POST /sandbox/bubble-up', () => {
  test('ranks the columns by which the selection differs, of an area and of a group', async () => {
    await using sandbox = await sandboxForTest()
    const cohort = { plan: 'team', region: 'ap-south', size: 1 }
    const others = ['free', 'pro', 'team'].flatMap((plan) =>
      ['eu', 'us', 'ap-south'].flatMap((region) =>
        Array.from({ length: 5 }, (_, size) => ({ durationMs: 10, attributes: { plan, region, size } })),
      ),
    )
    await sendSpans(sandbox, [
      ...others,
      ...Array.from({ length: 9 }, () => ({ durationMs: 900, attributes: cohort })),
    ])
    const bubble = async (selection: unknown) => {
      const response = await post(sandbox, '/sandbox/bubble-up', { query: {}, selection })
      return BubbleUpAnswer.parse(await response.json())
    }
    const end = Math.ceil(NOW_MS / 1_000) + 1
    const area = await bubble({
      start_time: end - 7_200,
      end_time: end,
      column: 'duration_ms',
      min: 500,
      max: 1_000,
    })
    expect(area).toMatchObject({ inside: 9, outside: 45 })
    expect(area.dimensions.slice(0, 3).map(({ name }) => name)).toEqual(['size', 'plan', 'region'])
    expect(area.dimensions.find(({ name }) => name === 'plan')?.values[0]).toEqual({
      value: 'team',
      inside: 1,
      outside: 1 / 3,
    })
    expect(area.traces[0]?.durationMs).toBe(900)
    const group = await bubble({ group: { plan: 'team' } })
    expect(group).toMatchObject({ inside: 24, outside: 30 })
    expect([...group.dimensions, ...group.measures].map(({ name }) => name)).not.toContain('plan')
  })

  test('a wrong selection is a 400 that names it', async () => {
    const response = await post(await shared(), '/sandbox/bubble-up', {
      query: {},
      selection: { column: 'a' },
    })
    expect(response.status).toBe(400)
    expect(QueryErrorBody.parse(await response.json()).issues[0]?.clause).toContain('selection')
  })
})

let sharedSandbox: SandboxForTest | undefined
/** One sandbox with a span, for questions that are answered without events. */
async function shared(): Promise<SandboxForTest> {
  if (!sharedSandbox) {
    sharedSandbox = await sandboxForTest()
    await sendSpans(sharedSandbox, [{}])
  }
  return sharedSandbox
}
afterAll(() => sharedSandbox?.[Symbol.asyncDispose]())
