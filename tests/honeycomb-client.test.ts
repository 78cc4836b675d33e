import { resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { QueryAnswer, type QueryInput, type ResultRow } from '../contracts/sandbox/query.ts'
import { findModules, PYTHON } from './harness/python.ts'
import { run } from './harness/run.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'

const python = findModules('honeycomb.resources.query_results')
/**
 * Another client of Honeycomb's API: a program that reads the work as JSON from standard input and prints what it
 * understood, as `tests/fixtures/honeycomb_client.py` does.
 */
const OTHER = process.env.HONEYCOMB_CLIENT

const CLIENTS = [
  {
    name: `honeycomb-api (${python.kind})`,
    isThere: python.isThere,
    command: [PYTHON, 'tests/fixtures/honeycomb_client.py'],
  },
  {
    name: `HONEYCOMB_CLIENT (${OTHER ?? 'skipped: not set'})`,
    isThere: OTHER !== undefined,
    command: [OTHER ?? ''],
  },
]

const failure = z.object({ status: z.number(), fields: z.array(z.string()) })
const row = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))
const Seen = z.object({
  questions: z.array(
    z.object({
      query: z.looseObject({ id: z.string() }),
      results: z.array(row),
      series: z.array(z.object({ time: z.string(), data: row })),
      url: z.string(),
    }),
  ),
  columns: z.array(z.string()),
  column: z.object({ name: z.string(), type: z.string(), written: z.string() }),
  derived: z.number(),
  errors: z.record(z.string(), failure),
})

const SPANS = 60
const SERVICES = ['Cruddur Backend', 'profiles']
const DATASET = 'cruddur-backend'

/** s; the spans began in the ten minutes before it. */
const END = Math.floor(Date.now() / 60_000) * 60
const TIME = { start_time: END - 600, end_time: END }

const QUESTIONS: readonly { readonly dataset: string; readonly specification: QueryInput }[] = [
  { dataset: DATASET, specification: TIME },
  {
    dataset: DATASET,
    specification: {
      ...TIME,
      calculations: [
        { op: 'COUNT' },
        { op: 'P95', column: 'duration_ms' },
        { op: 'COUNT_DISTINCT', column: 'user.id' },
      ],
      filters: [
        { column: 'name', op: 'starts-with', value: 'GET' },
        { column: 'duration_ms', op: '>', value: 20 },
        { column: 'user.id', op: 'in', value: ['u1', 'u2', 'u3'] },
      ],
      breakdowns: ['name', 'user.id'],
      orders: [{ op: 'P95', column: 'duration_ms', order: 'descending' }, { column: 'name' }],
      havings: [{ calculate_op: 'COUNT', op: '>=', value: 2 }],
      limit: 4,
      granularity: 30,
    },
  },
  {
    dataset: '__all__',
    specification: {
      ...TIME,
      calculations: [
        { op: 'AVG', column: 'duration_ms' },
        { op: 'MAX', column: 'user.age' },
      ],
      filters: [
        { column: 'user.id', op: 'does-not-exist' },
        { column: 'error', op: '=', value: true },
      ],
      filter_combination: 'OR',
      breakdowns: ['service.name', 'error'],
    },
  },
]

describe.each(CLIENTS)(
  '$name takes the sandbox for Honeycomb',
  ({ isThere, command: [program = '', ...args] }) => {
    let sandbox: SandboxForTest

    beforeAll(async () => {
      sandbox = await sandboxForTest({ daemon: undefined })
      for (const service of SERVICES) await postSpans(sandbox, service)
    })
    afterAll(() => sandbox[Symbol.asyncDispose]())

    test.runIf(isThere)('and understands every answer', async () => {
      const work = {
        url: sandbox.url,
        dataset: DATASET,
        column: 'duration_ms',
        questions: QUESTIONS,
        wrong: { orders: [{ op: 'SUM', column: 'duration_ms' }] },
      }
      const { code, stdout, stderr } = await run(program, args, {
        cwd: resolve(import.meta.dirname, '..'),
        env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' },
        input: JSON.stringify(work),
      })
      expect(code, stderr).toBe(0)
      const seen = Seen.parse(JSON.parse(stdout))

      expect(seen.questions).toHaveLength(QUESTIONS.length)
      for (const [index, { dataset, specification }] of QUESTIONS.entries()) {
        const { query, results, series, url } = seen.questions[index] ?? expect.fail('a question is missing')
        const answer = await ask(sandbox, dataset, specification)
        expect(answer.results.length).toBeGreaterThan(0)
        expect(results).toEqual(answer.results.map(withoutNulls))
        expect(series).toEqual(
          answer.series.map(({ time, data }) => ({
            time: time.replace('.000Z', 'Z'),
            data: withoutNulls(data),
          })),
        )
        expect(query).toMatchObject(specification)
        const link = new URL(url)
        expect(link.pathname).toBe('/ask')
        expect(link.searchParams.get('dataset')).toBe(dataset)
        expect(JSON.parse(link.searchParams.get('query') ?? '')).toMatchObject(specification)
      }
      expect(seen.columns).toEqual(expect.arrayContaining(['name', 'duration_ms', 'user.id', 'user.age']))
      expect(seen.column).toMatchObject({ name: 'duration_ms', type: 'float' })
      expect(Date.parse(seen.column.written)).toBeGreaterThan(Date.now() - 60_000)
      expect(seen.derived).toBe(0)
      const notFound = { status: 404, fields: [] }
      expect(seen.errors).toEqual({
        wrong: { status: 422, fields: ['orders.0'] },
        dataset: notFound,
        query: notFound,
        result: notFound,
        column: notFound,
      })
    })
  },
)

async function ask(
  sandbox: SandboxForTest,
  dataset: string,
  specification: QueryInput,
): Promise<QueryAnswer> {
  const response = await sandbox.post(`/sandbox/query?dataset=${dataset}`, JSON.stringify(specification))
  return QueryAnswer.parse(await response.json())
}

function withoutNulls(cells: ResultRow): ResultRow {
  return Object.fromEntries(Object.entries(cells).filter(([, value]) => value !== null))
}

/** Spans of different lengths, some of users, some failed. */
async function postSpans(sandbox: SandboxForTest, service: string): Promise<void> {
  for (let index = 0; index < SPANS; index++) {
    const startMs = (END - 600) * 1_000 + index * 9_973
    const user = index % 5
    const response = await sandbox.postSpan(
      {
        traceId: `6921f3a00123456789abcdef${index.toString(16).padStart(8, '0')}`,
        spanId: (SERVICES.indexOf(service) * SPANS + index + 1).toString(16).padStart(16, '0'),
        name: index % 3 === 0 ? 'POST /api/activities' : `GET /api/${index % 2 === 0 ? 'home' : 'search'}`,
        startTimeUnixNano: `${startMs}000000`,
        endTimeUnixNano: `${startMs + 10 + ((index * 37) % 200)}500000`,
        ...(index % 7 === 0 ? { status: { code: 2 } } : {}),
        attributes:
          user === 0
            ? []
            : [
                { key: 'user.id', value: { stringValue: `u${user}` } },
                { key: 'user.age', value: { intValue: String(20 + user) } },
              ],
      },
      service,
    )
    expect(response.status).toBe(200)
  }
}
