import { expect, test } from 'vitest'
import { shownValue } from './mask.ts'

test.each([
  ['HONEYCOMB_API_KEY', 'hcaik_0123456789', '••••••••6789'],
  ['HONEYCOMB_API_KEY', '123456789012', '••••••••'],
  ['HONEYCOMB_API_KEY', 'x', '••••••••'],
  ['AWS_REGION', 'us-east-1', 'us-east-1'],
  ['OTEL_EXPORTER_OTLP_ENDPOINT', 'https://me:hidden@host:4318', 'https://me:••••••••@host:4318'],
] as const)('%s=%s is shown as %s', (name, value, shown) => {
  expect(shownValue(name, value)).toBe(shown)
})
