import { expect, test } from 'vitest'
import { nearestSetting, shownValue } from './check.ts'

test.each([
  ['HONEYCOMB_API_KEY', 'hcaik_0123456789', '••••••••6789'],
  ['HONEYCOMB_API_KEY', '123456789012', '••••••••'],
  ['HONEYCOMB_API_KEY', 'x', '••••••••'],
  ['AWS_REGION', 'us-east-1', 'us-east-1'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://me:hidden@host:4318', 'https://me:••••••••@host:4318'],
] as const)('%s=%s is shown as %s', (name, value, shown) => {
  expect(shownValue(name, value)).toBe(shown)
})

test.each([
  ['HONEYCOMB_APIKEY', 'HONEYCOMB_API_KEY'],
  ['aws-region', 'AWS_REGION'],
  ['ROLLBAR_TOKEN', 'ROLLBAR_READ_TOKEN'],
  ['QUITE_SOMETHING_ELSE_ALTOGETHER', undefined],
])('%s: %s', (name, nearest) => {
  expect(nearestSetting(name)).toBe(nearest)
})
