import stringWidth from 'fast-string-width'
import { expect, test } from 'vitest'
import type { QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { HOSTILE_TEXT, SHOWN_TRACE_ID, TODAY_MS } from '../../tests/harness/lens-traces.ts'
import { plainText } from '../command-line/styled-lines.ts'
import { answerLines, hasValues, nothingLines, valuelessLines } from './answer-lines.ts'

const START_S = Math.floor(TODAY_MS / 60_000) * 60
const STEPS = 30
const QUESTION: QueryInput = {
  calculations: [{ op: 'COUNT' }, { op: 'P95', column: 'duration_ms' }],
  breakdowns: ['http.route'],
}
const NONE: QueryAnswer = {
  ...{
    results: [],
    resultTraces: [],
    series: [],
    heatmaps: [],
    traces: [],
    rows: 0,
    stored: 95,
    groupCount: 0,
  },
  ...{
    range: { start: START_S, end: START_S + STEPS * 10, granularity: 10 },
    warnings: [],
    emptiedBy: null,
    elapsedMs: 3,
  },
}

function answerOf(routes: readonly string[], counts: (route: number, step: number) => number): QueryAnswer {
  const trace = {
    traceId: SHOWN_TRACE_ID,
    spanId: null,
    name: 'GET',
    atMs: TODAY_MS,
    durationMs: 492,
    error: false,
  }
  return {
    ...NONE,
    results: routes.map((route, index) => ({
      'http.route': route,
      COUNT: 1_000 - index,
      'P95(duration_ms)': 480.5 / (index + 1),
    })),
    resultTraces: routes.map((_, index) => (index === 1 ? null : trace)),
    series: Array.from({ length: STEPS }, (_, step) =>
      routes.map((route, index) => {
        const [COUNT, P95] = [counts(index, step), 10 + step * (index + 1)]
        return {
          time: new Date((START_S + step * 10) * 1_000).toISOString(),
          data: { 'http.route': route, COUNT, 'P95(duration_ms)': P95 },
        }
      }),
    ).flat(),
    ...{ rows: 95, groupCount: routes.length + 3 },
  }
}

test.each([60, 100])('an answer with groups at %i columns', async (width) => {
  const answer = answerOf(['/api/activities/home', '/api/search'], (route, step) => (step * (route + 3)) % 11)
  await expect(plainText(answerLines(QUESTION, answer, width))).toMatchFileSnapshot(
    `golden/answer-${width}.txt`,
  )
})

test('one group has a higher chart, and a heatmap its shades', async () => {
  const question = { calculations: [{ op: 'COUNT' }, { op: 'HEATMAP', column: 'duration_ms' }] } as const
  const heatmap = {
    ...{ name: 'HEATMAP(duration_ms)', column: 'duration_ms', scale: 'linear' as const },
    timesMs: Array.from({ length: STEPS }, (_, step) => (START_S + step * 10) * 1_000),
    edges: Array.from({ length: 25 }, (_, edge) => edge * 20),
    counts: Array.from({ length: STEPS * 24 }, (_, cell) =>
      cell % 24 === Math.floor(cell / 24) % 20 ? cell % 9 : 0,
    ),
  }
  const one = answerOf([''], (_, step) => step)
  const results = [{ COUNT: 435 }]
  const series = one.series.map(({ time, data }) => ({ time, data: { COUNT: data.COUNT ?? null } }))
  const answer = { ...one, results, series, heatmaps: [heatmap] }
  const text = plainText(answerLines(question as unknown as QueryInput, answer, 80))
  await expect(text).toMatchFileSnapshot('golden/answer-single.txt')
})

test('of many groups some have a line, and the table has all', () => {
  const answer = answerOf(
    Array.from({ length: 100 }, (_, index) => `/route/${index}`),
    () => 1,
  )
  const lines = plainText(answerLines(QUESTION, answer, 80)).split('\n')
  expect(lines.filter((line) => line === '… 92 more groups in the table')).toHaveLength(2)
  expect(lines.filter((line) => line.startsWith('/route/'))).toHaveLength(8 + 8 + 100)
  expect(lines.join(' ')).toContain('103 groups, 100 of them shown')
})

test('columns that do not fit are left out, which the table says', () => {
  const calculations = Array.from({ length: 30 }, (_, index) => ({ op: 'SUM', column: `column_${index}` }))
  const question = { calculations, breakdowns: ['http.route'] } as QueryInput
  const row = Object.fromEntries(calculations.map(({ column }) => [`SUM(${column})`, 123_456]))
  const answer = {
    ...NONE,
    rows: 3,
    results: [{ 'http.route': '/api', ...row }],
    resultTraces: [null],
    groupCount: 1,
  }
  const lines = plainText(answerLines(question, answer, 60)).split('\n')
  expect(lines.join('\n')).toMatch(/… \d+ more columns: a wider terminal, --json or --csv/)
  expect(lines.filter((line) => stringWidth(line) > 60)).toEqual([])
})

test.each([40, 80, 200])('no line is longer than %i columns, whatever was sent', (width) => {
  const answer = answerOf([HOSTILE_TEXT, `${HOSTILE_TEXT.repeat(50)}2`], () => Number.NaN)
  const text = plainText(answerLines(QUESTION, answer, width))
  expect(text).not.toMatch(/[^\n\P{Cc}]|[\p{Cf}\p{Zl}]/u)
  expect(text.split('\n').filter((line) => stringWidth(line) > width)).toEqual([])
})

test('without a result: the clause that left nothing, and what is stored', () => {
  const question: QueryInput = { filters: [{ column: 'plan', op: '=', value: 'pro' }] }
  const answer = { ...NONE, emptiedBy: { clause: 'filters.0', message: 'no event fulfils it' } }
  const datasets = [{ slug: 'api', name: 'api', rows: 95 }]
  const text = plainText(nothingLines(question, answer, { datasets }, 80))
  expect(text).toContain('No event matches. WHERE plan = pro: no event fulfils it\n')
  expect(text).toContain('Stored: 95 events of api (95).\n')
  expect(plainText(nothingLines(question, answer, { datasets: [] }, 80))).toContain('has no events yet')
})

test('a calculation over a column that no event has is no chart at 0: columns of nearly its name are named', () => {
  const question: QueryInput = { calculations: [{ op: 'AVG', column: 'durationms' }] }
  const answer = { ...NONE, rows: 9, results: [{ 'AVG(durationms)': null }] }
  expect(hasValues(question, answer)).toBe(false)
  expect(hasValues(question, { ...answer, results: [{ 'AVG(durationms)': 0 }] })).toBe(true)
  const columns = ['name', 'duration_ms'].map((name) => ({ name }))
  expect(plainText(valuelessLines(question, { columns }, 200))).toContain('of nearly this name: duration_ms.')
})
