import { expect, test } from 'vitest'
import { activeFilters } from './filter-words.ts'

const words = (query: string) => activeFilters(new URLSearchParams(query)).map((filter) => filter.words)

test('each filter of the address is named, with what it consists of', () => {
  expect(words('')).toEqual([])
  expect(words('sort=duration&order=asc&trace=1')).toEqual([])
  expect(words('service=api&status=ok&has=xray&min=100')).toEqual([
    'Service: api',
    'Status: without an error',
    'X-Ray has it',
    'Duration: over 100 ms',
  ])
  expect(words(`text=${'x'.repeat(500)}`)[0]).toHaveLength(80)
})

test('what was drawn in the chart is one filter, also with one end only', () => {
  const [drawn, ...others] = activeFilters(new URLSearchParams('since=0&until=60000&min=5&max=70'))
  expect(others).toEqual([])
  expect(drawn?.names).toEqual(['since', 'until', 'min', 'max'])
  expect(drawn?.words).toMatch(/ – .*, 5 ms – 70 ms$/)
  expect(words('until=60000')[0]).toMatch(/^until /)
  expect(words('max=70')).toEqual(['0 ms – 70 ms'])
})
