import { describe, expect, test } from 'vitest'
import { QUERY_LIMITS } from '../../contracts/sandbox/query-words.ts'
import { queryApiForTest } from '../../tests/harness/query-api.ts'

describe('a question', () => {
  test('is answered with its id, and can be read again', async () => {
    await using api = await queryApiForTest()
    const specification = {
      calculations: [{ op: 'P95', column: 'duration_ms' }],
      filters: [{ column: 'name', op: 'in', value: ['a', 'b'] }],
      filter_combination: 'OR',
      breakdowns: ['name'],
      orders: [{ op: 'P95', column: 'duration_ms', order: 'descending' }],
      havings: [{ calculate_op: 'P95', column: 'duration_ms', op: '>', value: 5 }],
      limit: 10,
      time_range: 600,
      granularity: 5,
    }
    const { status, body } = await api.ask('/1/queries/api', specification)
    expect(status).toBe(200)
    expect(body).toEqual({ ...specification, id: expect.stringMatching(/^[A-Za-z0-9]{11}$/) })
    expect((await api.ask(`/1/queries/api/${body.id}`)).body).toEqual(body)
  })

  test('has the same id whenever it says the same, and another in another dataset', async () => {
    await using api = await queryApiForTest()
    const ids = [
      await api.create({}),
      await api.create({ calculations: [{ op: 'COUNT' }], time_range: 7200 }),
      await api.create({
        time_range: 7200,
        filters: [],
        filter_combination: 'AND',
        granularity: 0,
        id: 'x',
        limit: null,
      }),
    ]
    expect(new Set(ids).size).toBe(1)
    expect((await api.ask(`/1/queries/api/${ids[0]}`)).body).toEqual({
      id: ids[0],
      calculations: [{ op: 'COUNT' }],
      time_range: 7200,
    })
    expect(await api.create({}, '__all__')).not.toBe(ids[0])
    expect((await api.ask(`/1/queries/__all__/${ids[0]}`)).status).toBe(404)
  })

  test.each([
    ['start and end', { start_time: 1, end_time: 2 }],
    ['a start, and ends now', { start_time: 1 }],
  ])('has no default time range with %s', async (_what, time) => {
    await using api = await queryApiForTest()
    expect((await api.ask('/1/queries/api', time)).body).toEqual({
      id: expect.any(String),
      calculations: [{ op: 'COUNT' }],
      ...time,
    })
  })

  test('is dropped when there are too many', async () => {
    await using api = await queryApiForTest({ queries: 2 })
    const [first, second, third] = [
      await api.create({ limit: 1 }),
      await api.create({ limit: 2 }),
      await api.create({ limit: 3 }),
    ]
    const statusOf = async (id: string) => (await api.ask(`/1/queries/api/${id}`)).status
    expect([await statusOf(first), await statusOf(second), await statusOf(third)]).toEqual([404, 200, 200])
  })
})

describe('a long question', () => {
  const ofLength = (characters: number, column = 'name') => ({
    filters: [{ column, op: '=', value: 'x'.repeat(characters) }],
  })

  test('is taken up to 1 MiB, as POST /sandbox/query takes it', async () => {
    await using api = await queryApiForTest()
    const longest = ofLength(QUERY_LIMITS.bytes - JSON.stringify(ofLength(0)).length)
    expect((await api.ask('/1/queries/api', longest)).status).toBe(200)
    expect((await api.ask('/1/queries/api', ofLength(QUERY_LIMITS.bytes))).status).toBe(413)
  })

  test('drops older ones when all together are too long', async () => {
    await using api = await queryApiForTest({ characters: 5_000 })
    const ids: string[] = []
    for (const column of ['a', 'b', 'c', 'c']) ids.push(await api.create(ofLength(2_000, column)))
    const statuses: number[] = []
    for (const id of ids) statuses.push((await api.ask(`/1/queries/api/${id}`)).status)
    expect(statuses).toEqual([404, 200, 200, 200])
    const last = await api.create(ofLength(20_000))
    expect((await api.ask(`/1/queries/api/${last}`)).status).toBe(200)
    expect((await api.ask(`/1/queries/api/${ids[2]}`)).status).toBe(404)
  })
})

describe('errors are Honeycomb’s', () => {
  test('a wrong specification names the clause', async () => {
    await using api = await queryApiForTest()
    const { status, headers, body } = await api.ask('/1/queries/api', {
      calculations: [{ op: 'COUNT' }, { op: 'MEDIAN', column: 'x' }],
    })
    expect(status).toBe(422)
    expect(headers.get('content-type')).toBe('application/problem+json')
    expect(body).toEqual({
      status: 422,
      type: `${api.url}/problems/validation-failed`,
      title: 'The provided input is invalid.',
      error: 'The provided input is invalid.',
      type_detail: [
        {
          field: 'calculations.1.op',
          code: 'invalid',
          description: expect.stringContaining('must be one of'),
        },
      ],
    })
  })

  test('an order that is in no other clause is a 422, before anything runs', async () => {
    await using api = await queryApiForTest()
    const { status, body } = await api.ask('/1/queries/api', { orders: [{ op: 'SUM', column: 'x' }] })
    expect([status, body.type_detail]).toEqual([
      422,
      [{ field: 'orders.0', code: 'invalid', description: expect.stringContaining('SUM(x)') }],
    ])
    expect(api.asked).toEqual([])
  })

  test('a body that is not JSON is a 400', async () => {
    await using api = await queryApiForTest()
    const { status, body } = await api.ask('/1/queries/api', '{"calculations"')
    expect(status).toBe(400)
    expect(body).toMatchObject({
      type: `${api.url}/problems/unparseable`,
      title: 'The request body could not be parsed.',
      error: 'could not parse request body',
    })
  })

  test.each([
    ['/1/queries/none', {}, 'Dataset not found'],
    ['/1/queries/api/none', undefined, 'Query not found'],
    ['/1/query_results/api', { query_id: 'none' }, 'Query not found'],
    ['/1/query_results/api/none', undefined, 'Query result not found'],
    ['/1/columns/none', undefined, 'Dataset not found'],
    ['/1/columns/api?key_name=none', undefined, 'Column not found'],
    ['/1/columns/api/none', undefined, 'Column not found'],
    ['/1/derived_columns/none', undefined, 'Dataset not found'],
    ['/1/derived_columns/api?alias=none', undefined, 'Derived column not found'],
  ])('%s with %j is a 404', async (path, body, error) => {
    await using api = await queryApiForTest()
    expect((await api.ask(path, body)).body).toEqual({
      status: 404,
      type: `${api.url}/problems/not-found`,
      title: 'The requested resource cannot be found.',
      error,
    })
  })

  test('a result without a query id is a 422', async () => {
    await using api = await queryApiForTest()
    const { status, body } = await api.ask('/1/query_results/api', {})
    expect([status, body.type_detail]).toEqual([
      422,
      [{ field: 'query_id', code: 'invalid', description: 'cannot be blank' }],
    ])
  })

  test('without a key every route is a 401', async () => {
    await using api = await queryApiForTest()
    const response = await fetch(`${api.url}/1/columns/api`)
    expect([response.status, await response.json()]).toEqual([
      401,
      { error: 'unknown API key - check your credentials' },
    ])
  })
})

describe('columns', () => {
  const DURATION = {
    id: expect.stringMatching(/^[A-Za-z0-9]{11}$/),
    key_name: 'duration_ms',
    type: 'float',
    description: '',
    hidden: false,
    last_written: '2023-11-14T22:14:20Z',
    created_at: '2023-11-14T22:13:20Z',
    updated_at: '2023-11-14T22:13:20Z',
  }

  test('are listed, and found by name and by id', async () => {
    await using api = await queryApiForTest()
    const { body: all } = await api.ask('/1/columns/api')
    expect(all).toHaveLength(2)
    expect(all[1]).toEqual(DURATION)
    expect((await api.ask('/1/columns/api?key_name=duration_ms')).body).toEqual(all[1])
    expect((await api.ask(`/1/columns/api/${all[1].id}`)).body).toEqual(all[1])
  })

  test('of all datasets have the times of all', async () => {
    await using api = await queryApiForTest()
    expect((await api.ask('/1/columns/__all__?key_name=duration_ms')).body).toEqual(DURATION)
  })

  test('that are derived do not exist', async () => {
    await using api = await queryApiForTest()
    expect((await api.ask('/1/derived_columns/api')).body).toEqual([])
  })
})
