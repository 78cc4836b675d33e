import { describe, expect, test, vi } from 'vitest'
import type { QueryAnswer } from '../../contracts/sandbox/query.ts'
import { ANSWER, COUNT_BY_NAME, queryApiForTest, TOTAL } from '../../tests/harness/query-api.ts'
import { clauseError } from '../query/query-error.ts'
import { QueryError } from '../read-thread/read-error.ts'

describe('a result', () => {
  test('runs in the background, until it is complete', async () => {
    await using api = await queryApiForTest()
    const { promise, resolve } = Promise.withResolvers<QueryAnswer>()
    api.answerWith(() => promise)
    const id = await api.create(COUNT_BY_NAME)
    const started = await api.startResult(id)
    const { body } = started
    expect(started.status).toBe(201)
    expect(started.headers.get('location')).toBe(`${api.url}/1/query_results/api/${body.id}`)
    expect(body).toMatchObject({
      query_id: id,
      complete: false,
      query: { ...COUNT_BY_NAME, time_range: 7200 },
    })
    const path = `/1/query_results/api/${body.id}`
    expect((await api.ask(path)).body).toEqual(body)

    resolve(ANSWER)
    const answer = await api.completed(body.id)
    expect(answer.body).toEqual({
      ...body,
      complete: true,
      data: {
        results: [{ data: { name: 'a', COUNT: 3 } }, { data: { COUNT: 1, 'AVG(duration_ms)': 2.5 } }],
        series: [{ time: '2023-11-14T22:13:20Z', data: { name: 'a', COUNT: 3 } }],
      },
    })
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60')
    expect(Date.parse(answer.headers.get('last-modified') ?? '')).toBeGreaterThan(Date.now() - 60_000)
    expect(api.asked).toMatchObject([{ question: COUNT_BY_NAME, options: { dataset: 'api' } }])
  })

  test('links to the question in the Ask page, at the address that the client has', async () => {
    await using api = await queryApiForTest()
    const id = await api.create(COUNT_BY_NAME, '__all__')
    const linkOf = async (headers: Record<string, string> = {}) =>
      new URL((await api.ask('/1/query_results/__all__', { query_id: id }, headers)).body.links.query_url)
    const link = await linkOf()
    expect([link.origin, link.pathname, link.searchParams.get('dataset')]).toEqual([
      api.url,
      '/ask',
      '__all__',
    ])
    expect(JSON.parse(link.searchParams.get('query') ?? '')).toEqual({ ...COUNT_BY_NAME, time_range: 7200 })
    const forwarded = { 'x-forwarded-host': '4318-me.gitpod.io', 'x-forwarded-proto': 'https' }
    expect((await linkOf(forwarded)).origin).toBe('https://4318-me.gitpod.io')
  })

  test('has no series where they are disabled, and then its own limit', async () => {
    await using api = await queryApiForTest()
    const { body } = await api.run({ ...COUNT_BY_NAME, limit: 5 }, { disable_series: true, limit: 10_000 })
    expect(body.data.series).toEqual([])
    expect([body.query.limit, api.asked[0]?.question.limit]).toEqual([1_000, 1_000])
  })

  test('ignores the limit where series are wanted', async () => {
    await using api = await queryApiForTest()
    const { body } = await api.run({ ...COUNT_BY_NAME, limit: 5 }, { limit: 7 })
    expect([body.query.limit, api.asked[0]?.question.limit]).toEqual([5, 5])
  })

  test('has totals of all groups where they are wanted', async () => {
    await using api = await queryApiForTest()
    const clauses = { orders: [{ op: 'COUNT' }], havings: [{ calculate_op: 'COUNT', op: '>', value: 1 }] }
    const { body } = await api.run({ ...COUNT_BY_NAME, ...clauses }, { disable_total_by_aggregate: false })
    expect(body.data.total_by_aggregate).toEqual({ data: { COUNT: 4 } })
    expect(body.data.total_by_aggregate_series).toEqual([
      { time: '2023-11-14T22:13:20Z', data: { COUNT: 3 } },
    ])
  })

  test('of another dataset is not found', async () => {
    await using api = await queryApiForTest()
    const { body } = await api.startResult(await api.create({}))
    expect((await api.ask(`/1/query_results/__all__/${body.id}`)).status).toBe(404)
    expect((await api.startResult(body.query_id, {}, '__all__')).status).toBe(404)
  })

  test('whose question is wrong is a 422 that names the clause', async () => {
    await using api = await queryApiForTest()
    api.answerWith(async () => {
      throw clauseError([{ clause: 'orders.0', message: 'is in neither breakdowns nor calculations' }])
    })
    const { status, body } = await api.run({})
    expect([status, body.type_detail]).toEqual([
      422,
      [{ field: 'orders.0', code: 'invalid', description: 'is in neither breakdowns nor calculations' }],
    ])
  })

  test('whose question took too long stays a 400, which clients do not repeat', async () => {
    await using api = await queryApiForTest()
    api.answerWith(async () => {
      throw new QueryError(503, 'the question took longer than 10 s')
    })
    const { status, body } = await api.run({})
    expect([status, body.error]).toEqual([400, 'the question took longer than 10 s'])
  })

  test('whose question met an internal error is a 500, and the error is reported', async () => {
    await using api = await queryApiForTest()
    api.answerWith(async () => {
      throw new TypeError('a mistake')
    })
    const { status, body } = await api.run({})
    expect([status, body]).toEqual([500, { error: 'internal error' }])
    expect(api.internalErrors.splice(0)).toEqual([expect.any(TypeError)])
  })

  test('waits for the results before it', async () => {
    await using api = await queryApiForTest()
    const first = Promise.withResolvers<QueryAnswer>()
    api.answerWith(async () => (api.asked.length === 1 ? first.promise : ANSWER))
    const id = await api.create(COUNT_BY_NAME)
    await api.startResult(id)
    const { body } = await api.startResult(id)
    expect((await api.ask(`/1/query_results/api/${body.id}`)).body.complete).toBe(false)
    expect(api.asked).toHaveLength(1)
    first.resolve(ANSWER)
    await api.completed(body.id)
    expect(api.asked).toHaveLength(2)
  })

  test('expires, which ends its question', async () => {
    await using api = await queryApiForTest({ expiryMs: 50 })
    api.answerWith(
      (_question, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
    )
    const id = await api.create({})
    const { body } = await api.startResult(id)
    await vi.waitFor(async () => expect((await api.ask(`/1/query_results/api/${body.id}`)).status).toBe(404))
    expect(api.asked[0]?.options.signal.aborted).toBe(true)
    api.answerWith(async () => TOTAL)
    await api.completed((await api.startResult(id)).body.id)
  })

  test.each([
    ['many results', { results: 2 }],
    ['much data', { characters: 600 }],
  ])('is dropped after so %s that the bound is reached', async (_what, limits) => {
    await using api = await queryApiForTest(limits)
    const ids: string[] = []
    for (let index = 0; index < 3; index++) ids.push((await api.run(COUNT_BY_NAME)).body.id)
    const statuses: number[] = []
    for (const id of ids) statuses.push((await api.ask(`/1/query_results/api/${id}`)).status)
    expect(statuses).toEqual([404, 200, 200])
  })
})
