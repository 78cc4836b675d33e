import { expect, test } from 'vitest'
import type { QueryAnswer, QueryInput } from '../../contracts/sandbox/query.ts'
import { csvOf } from './csv.ts'

const answer = (results: QueryAnswer['results']) => ({ results }) as QueryAnswer

test('results become RFC 4180, without heatmaps', () => {
  const question: QueryInput = {
    breakdowns: ['http.route', 'a "name"'],
    calculations: [
      { op: 'HEATMAP', column: 'duration_ms' },
      { op: 'P95', column: 'duration_ms' },
      { op: 'COUNT', name: 'n' },
    ],
  }
  const results = [
    { 'http.route': '/home, "all"', 'a "name"': null, 'P95(duration_ms)': 12.5, n: 3 },
    { 'http.route': 'two\r\nlines', 'a "name"': true, 'P95(duration_ms)': null, n: -1 },
  ]
  expect(csvOf(question, answer(results))).toBe(
    'http.route,"a ""name""",P95(duration_ms),n\r\n' +
      '"/home, ""all""",,12.5,3\r\n' +
      '"two\r\nlines",true,,-1\r\n',
  )
})

test.each(['=HYPERLINK("x")', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1'])(
  'the text %j is no formula',
  (text) => {
    const csv = csvOf({ breakdowns: ['name'] }, answer([{ name: text, COUNT: 1 }]))
    expect(csv).toMatch(/^name,COUNT\r\n"?'/)
  },
)
