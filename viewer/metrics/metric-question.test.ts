import fc from 'fast-check'
import { expect, test } from 'vitest'
import { METRIC_CALCULATIONS, METRIC_FILTER_OPERATORS } from '../../contracts/sandbox/metric-words.ts'
import { MetricQuestion } from '../../contracts/sandbox/metrics.ts'

// The router reads the address of the page.
Object.assign(globalThis, {
  document: { baseURI: 'http://localhost/' },
  location: { href: 'http://localhost/' },
})
const { hrefOfQuestion, questionAt, usualCalculations, withCalculation, withoutValue, withTimes, withValue } =
  await import('./metric-question.ts')

const at = (search: string) => questionAt(new URLSearchParams(search))

test('a question that a person typed into the address', () => {
  expect(
    at(
      'name=http.server.request.duration&calculations=p95,RATE&where=http.route = /home&where=error.type exists&by=http.route&time_range=600',
    ),
  ).toEqual({
    question: {
      name: 'http.server.request.duration',
      calculations: ['P95', 'RATE'],
      filters: [
        { attribute: 'http.route', op: '=', value: '/home' },
        { attribute: 'error.type', op: 'exists' },
      ],
      breakdowns: ['http.route'],
      time_range: 600,
    },
    problems: [],
  })
  expect(at('text=duration')).toBeUndefined()
})

test('what cannot be read is named, and the rest is asked', () => {
  expect(at('name=a&calculations=P42,P50&where=route&where=code >= 5&limit=many')).toEqual({
    question: { name: 'a', calculations: ['P50'] },
    problems: [
      'There is no calculation P42.',
      'The filter route cannot be read: route needs an operator, such as = or exists.',
      'The filter code >= 5 cannot be read: There is no operator >=.',
      'limit is not a number.',
    ],
  })
})

test('every question is read as it was written into the address', () => {
  const attribute = fc.string({ minLength: 1 }).filter((name) => name.trim() === name)
  const value = fc.string()
  const question = fc.record(
    {
      name: fc.string({ minLength: 1 }),
      dataset: fc.string({ minLength: 1 }),
      kind: fc.constantFrom('sum', 'gauge'),
      calculations: fc.uniqueArray(fc.constantFrom(...METRIC_CALCULATIONS), { minLength: 1, maxLength: 11 }),
      filters: fc.array(
        fc.oneof(
          fc.record({
            attribute,
            op: fc.constantFrom(...METRIC_FILTER_OPERATORS.filter((op) => !/exist|in$/.test(op))),
            value,
          }),
          fc.record({ attribute, op: fc.constant('exists' as const) }),
          fc.record({
            attribute,
            op: fc.constantFrom('in' as const, 'not-in' as const),
            value: fc.array(value, { minLength: 1 }),
          }),
        ),
        { minLength: 1, maxLength: 3 },
      ),
      breakdowns: fc.array(attribute, { minLength: 1, maxLength: 3 }),
      limit: fc.integer({ min: 1, max: 100 }),
      time_range: fc.integer({ min: 1, max: 1e6 }),
    },
    { requiredKeys: ['name'] },
  )
  fc.assert(
    fc.property(question, (given) => {
      const read = questionAt(new URL(hrefOfQuestion(given), 'http://localhost').searchParams)
      expect(read).toEqual({ question: given, problems: [] })
      expect(MetricQuestion.safeParse(read?.question).success).toBe(true)
    }),
  )
})

test('a histogram begins with a percentile, a rate and a heatmap, a counter with its rate', () => {
  const shape = (kind: string, isMonotonic = false) => usualCalculations({ kind, isMonotonic })
  expect(shape('histogram')).toEqual(['P95', 'RATE', 'HEATMAP'])
  expect(shape('summary')).toEqual(['P99', 'P50', 'RATE'])
  expect(shape('sum', true)).toEqual(['RATE'])
  expect(shape('sum')).toEqual(['SUM'])
  expect(shape('gauge')).toEqual(['AVG'])
  expect(shape('other')).toEqual([])
})

test('calculations keep the order of the page, and the last one stays', () => {
  const possible = ['P95', 'P50', 'RATE'] as const
  expect(withCalculation(['RATE'], 'P95', possible)).toEqual(['P95', 'RATE'])
  expect(withCalculation(['P95', 'RATE'], 'P95', possible)).toEqual(['RATE'])
  expect(withCalculation(['RATE'], 'RATE', possible)).toEqual(['RATE'])
})

test('a group becomes filters, once', () => {
  const narrowed = withValue({ name: 'a' }, 'route', '/home')
  expect(withValue(narrowed, 'route', '/home')).toEqual(narrowed)
  expect(withValue(narrowed, 'error', null).filters).toEqual([
    { attribute: 'route', op: '=', value: '/home' },
    { attribute: 'error', op: 'does-not-exist' },
  ])
  expect(withoutValue({ name: 'a' }, 'route', '/home').filters).toEqual([
    { attribute: 'route', op: '!=', value: '/home' },
  ])
  expect(withoutValue({ name: 'a' }, 'error', null).filters).toEqual([{ attribute: 'error', op: 'exists' }])
})

test('times replace all times', () => {
  const before = { name: 'a', time_range: 600, granularity: 60, limit: 5 }
  expect(withTimes(before, { start_time: 10, end_time: 20 })).toEqual({
    name: 'a',
    limit: 5,
    start_time: 10,
    end_time: 20,
  })
})
