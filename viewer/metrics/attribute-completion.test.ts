import { expect, test } from 'vitest'
import type { MetricAttribute } from '../../contracts/sandbox/metrics.ts'
import { completeAttribute, completeMetricFilter } from './attribute-completion.ts'

const ATTRIBUTES: readonly MetricAttribute[] = [
  { name: 'http.response.status_code', isResource: false, distinct: 2, values: ['200', '500'] },
  { name: 'http.route', isResource: false, distinct: 3, values: ['/home', '/search', 'a, b'] },
  { name: 'service.instance.id', isResource: true, distinct: 1, values: ['1f'] },
]
const filter = (text: string) => completeMetricFilter(ATTRIBUTES, text, text.length)
const texts = (suggestions: ReturnType<typeof filter>) => suggestions.items.map(({ text }) => text)

test('attributes of the points come before those of the sender', () => {
  expect(completeAttribute(ATTRIBUTES, '').items).toEqual([
    expect.objectContaining({ text: 'http.response.status_code', note: '2 values', isComplete: true }),
    expect.objectContaining({ text: 'http.route', note: '3 values' }),
    expect.objectContaining({ text: 'service.instance.id', note: 'of the sender, 1 value' }),
  ])
  expect(texts(completeAttribute(ATTRIBUTES, 'ROUTE'))).toEqual(['http.route'])
})

test('a filter is completed part by part: attribute, operator, value', () => {
  expect(texts(filter('rou'))).toEqual(['http.route '])
  expect(texts(filter('http.route '))).toContain('http.route starts-with ')
  // Metrics compare text: there is no order of values.
  expect(texts(filter('http.route '))).not.toContain('http.route >= ')
  expect(texts(filter('http.route = /s'))).toEqual(['http.route = /search'])
  expect(texts(filter('http.response.status_code = '))).toEqual([
    'http.response.status_code = 200',
    'http.response.status_code = 500',
  ])
  expect(texts(filter('http.route in /home, a'))).toContain('http.route in /home, "a, b"')
  expect(texts(filter('http.route exists '))).toEqual([])
  expect(texts(filter('unknown = '))).toEqual([])
})
