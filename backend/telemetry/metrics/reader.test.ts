import { AggregationTemporality, InMemoryMetricExporter, MeterProvider } from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { createMetrics } from './reader.ts'

test('the operation of a query is one of a few values in metrics', async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
  const { reader, views } = createMetrics(exporter)
  const provider = new MeterProvider({ readers: [reader], views })
  const duration = provider.getMeter('test').createHistogram('db.client.operation.duration')
  for (const text of ['SELECT', 'SELECT\nID,', '/*', "CUSTOMER'S", undefined]) {
    duration.record(1, { 'db.namespace': 'cruddur', ...(text && { 'db.operation.name': text }) })
  }
  await reader.forceFlush()
  const metric = exporter.getMetrics()[0]?.scopeMetrics[0]?.metrics[0]
  expect(metric?.dataPoints.map(({ attributes }) => attributes)).toEqual([
    { 'db.namespace': 'cruddur', 'db.operation.name': 'SELECT' },
    { 'db.namespace': 'cruddur' },
  ])
  await provider.shutdown()
})
