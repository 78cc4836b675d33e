import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { QueryAnswer, type QueryInput } from '../contracts/sandbox/query.ts'
import { ALL_DATASETS, PERCENTILES } from '../contracts/sandbox/query-words.ts'
import { findDuckDb } from './harness/duckdb.ts'
import type { NaiveEvent } from './harness/naive-events.ts'
import { approximately, ask, sendTelemetry } from './harness/questions.ts'
import { FIRST_SECOND, SPAN_OF_SECONDS } from './harness/random-telemetry.ts'
import { sandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'

const SEED = 15
const QUESTIONS = scaled(60, 1_000)
const PERCENTILE_NAMES = Object.keys(PERCENTILES) as (keyof typeof PERCENTILES)[]
/** Columns of one type, which a table of SQL needs. */
const NUMBERS = ['duration_ms', 'n', 'x'] as const
const TEXTS = ['name', 'plan', 'service.name', 'severity', 'span.kind'] as const

const duckdb = await findDuckDb()

describe.skipIf(!duckdb.run)(`DuckDB counts what the sandbox counts (${duckdb.kind})`, () => {
  test('groups, filters, sums and percentiles', { timeout: scaled(90_000, 600_000) }, async () => {
    await using sandbox = await sandboxForTest()
    const events = await sendTelemetry(sandbox, SEED)
    const asked = fc.sample(questions, { seed: SEED, numRuns: QUESTIONS })
    const [, ...tables] = (await duckdb.run?.([tableOf(events), ...asked.map(({ sql }) => sql)])) ?? []
    for (const [index, { question, sql }] of asked.entries()) {
      const { results } = QueryAnswer.parse(
        await ask(sandbox, `/sandbox/query?dataset=${ALL_DATASETS}`, question),
      )
      const expected = sorted(tables[index] ?? [], question).map(approximately)
      expect(sorted(results, question), sql).toEqual(expected)
    }
  })
})

interface Asked {
  readonly question: QueryInput
  readonly sql: string
}

const filters = fc.oneof(
  fc.record({
    column: fc.constantFrom(...TEXTS),
    op: fc.constantFrom('=', '!='),
    value: fc.constantFrom('pro', 'GET /', 'api', ''),
  }),
  fc.record({
    column: fc.constantFrom(...NUMBERS),
    op: fc.constantFrom('<', '<=', '>', '>='),
    value: fc.integer({ min: 0, max: 40 }),
  }),
  fc.record({
    column: fc.constantFrom(...TEXTS, ...NUMBERS),
    op: fc.constantFrom('exists', 'does-not-exist'),
  }),
)

/** A question, and the same one in SQL. The table has each event as often as its sample rate says. */
const questions: fc.Arbitrary<Asked> = fc
  .record({
    breakdowns: fc.subarray([...TEXTS], { maxLength: 2 }),
    all: fc.array(filters, { maxLength: 2 }),
    combination: fc.constantFrom('AND', 'OR'),
    number: fc.constantFrom(...NUMBERS),
    text: fc.constantFrom(...TEXTS),
    percentiles: fc.subarray(PERCENTILE_NAMES, { minLength: 1, maxLength: 3 }),
  })
  .map(({ breakdowns, all, combination, number, text, percentiles }) => {
    const column = quoted(number)
    const selected = [
      ...breakdowns.map((name) => [name, quoted(name)]),
      ['COUNT', 'count(*)'],
      [`COUNT(${number})`, `count(${column})`],
      [`SUM(${number})`, `sum(${column})`],
      [`AVG(${number})`, `avg(${column})`],
      [`MIN(${number})`, `min(${column})`],
      [`MAX(${number})`, `max(${column})`],
      [`COUNT_DISTINCT(${text})`, `count(DISTINCT ${quoted(text)})`],
      ...percentiles.map((name) => [`${name}(${number})`, `quantile_disc(${column}, ${PERCENTILES[name]})`]),
    ].map(([name = '', expression = '']) => {
      const isNumber = !(breakdowns as readonly string[]).includes(name)
      return `${isNumber ? `CAST(${expression} AS DOUBLE)` : expression} AS ${quoted(name)}`
    })
    const conditions = all.map(sqlOf)
    const where = conditions.length > 0 ? ` WHERE ${conditions.join(` ${combination} `)}` : ''
    const groups = breakdowns.length > 0 ? ` GROUP BY ${breakdowns.map(quoted).join(', ')}` : ''
    const operators = ['SUM', 'AVG', 'MIN', 'MAX', ...percentiles] as const
    const question = {
      start_time: FIRST_SECOND - 60,
      end_time: FIRST_SECOND + SPAN_OF_SECONDS + 120,
      breakdowns,
      calculations: [
        { op: 'COUNT' },
        { op: 'COUNT', column: number },
        ...operators.map((op) => ({ op, column: number })),
        { op: 'COUNT_DISTINCT', column: text },
      ],
      filters: all,
      filter_combination: combination,
      limit: 1_000,
    } as QueryInput
    return { question, sql: `SELECT ${selected.join(', ')} FROM events${where}${groups}` }
  })

function sqlOf({ column, op, value }: { column: string; op: string; value?: string | number }): string {
  const name = quoted(column)
  if (op === 'exists') return `${name} IS NOT NULL`
  if (op === 'does-not-exist') return `${name} IS NULL`
  // As in SQL, a comparison does not hold for a row without the column, negated or not.
  return `${name} ${op} ${literal(value)}`
}

function tableOf(events: readonly NaiveEvent[]): string {
  const columns = [...NUMBERS, ...TEXTS]
  const types = [
    ...NUMBERS.map((name) => `${quoted(name)} DOUBLE`),
    ...TEXTS.map((name) => `${quoted(name)} VARCHAR`),
  ]
  const rows = events.flatMap(({ sampleRate, fields }) =>
    Array.from({ length: sampleRate }, () => `(${columns.map((name) => literal(fields[name])).join(', ')})`),
  )
  return `CREATE TABLE events (${types.join(', ')}); INSERT INTO events VALUES ${rows.join(', ')}`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function literal(value: unknown): string {
  if (value === undefined) return 'NULL'
  return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`
}

function sorted<Row extends Readonly<Record<string, unknown>>>(
  rows: readonly Row[],
  { breakdowns }: QueryInput,
): Row[] {
  const keyOf = (row: Row) => JSON.stringify((breakdowns ?? []).map((name) => row[name]))
  return rows.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}
