import { describe, expect, test } from 'vitest'
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

test('a cell with the separator of another language is quoted', () => {
  const results = [{ name: 'a;=1+1' }, { name: 'a\t=1+1' }]
  expect(csvOf({ breakdowns: ['name'] }, answer(results))).toContain('"a;=1+1",\r\n"a\t=1+1",\r\n')
})

describe('a text that a spreadsheet could run', () => {
  const texts = [
    '=HYPERLINK("x")',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '\0=1',
    '＝1',
    "'=1",
    "''",
  ]

  test.each(texts)('%j is marked', (text) => {
    const csv = csvOf({ breakdowns: ['name'] }, answer([{ name: text, COUNT: 1 }]))
    expect(csv).toMatch(/^name,COUNT\r\n"?'/)
  })

  test('is the same again without one apostrophe at the start of each cell', () => {
    const values = [...texts, 'plain', "it's", '-', '']
    const csv = csvOf({ breakdowns: ['name'] }, answer(values.map((name) => ({ name, COUNT: 1 }))))
    const rows = [...csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*)),[^,\r\n]+\r\n/g)].slice(1)
    const read = rows.map(([, quoted, plain = '']) => quoted?.replaceAll('""', '"') ?? plain)
    expect(read.map((cell) => cell.replace(/^'/, ''))).toEqual(values)
  })
})
