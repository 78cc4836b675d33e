import { expect, test } from 'vitest'
import type { Metric } from '../../contracts/sandbox/metrics.ts'
import { spanQuestion } from './span-question.ts'

const metric = (name: string): Metric => ({
  dataset: 'api',
  name,
  kind: 'histogram',
  unit: 's',
  description: '',
  temporality: 'delta',
  isMonotonic: false,
})

test('a duration of requests becomes a question about server spans, with the shared filters and groups', () => {
  const question = {
    name: 'http.server.request.duration',
    filters: [
      { attribute: 'http.route', op: '=', value: '/home' },
      { attribute: 'process.pid', op: 'exists' },
    ],
    breakdowns: ['http.response.status_code', 'host.name'],
    time_range: 600,
  } as const
  expect(
    spanQuestion(metric('http.server.request.duration'), structuredClone(question) as never),
  ).toMatchObject({
    filters: [
      { column: 'span.kind', op: '=', value: 'server' },
      { column: 'http.route', op: '=', value: '/home' },
    ],
    breakdowns: ['http.response.status_code'],
    time_range: 600,
  })
  expect(spanQuestion(metric('db.client.operation.duration'), { name: 'a' })?.filters).toEqual([
    { column: 'span.kind', op: '=', value: 'client' },
  ])
})

test('the memory of a process and a pool of connections have no spans', () => {
  expect(spanQuestion(metric('process.memory.usage'), { name: 'a' })).toBeUndefined()
  expect(
    spanQuestion({ ...metric('db.client.connection.count'), kind: 'gauge' }, { name: 'a' }),
  ).toBeUndefined()
  expect(spanQuestion(metric('db.client.connection.wait_time'), { name: 'a' })).toBeUndefined()
  const active = { ...metric('http.server.active_requests'), kind: 'sum' }
  expect(spanQuestion(active, { name: 'a' })).toBeUndefined()
})
