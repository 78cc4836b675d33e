import { expect, test } from 'vitest'
import { readSettings } from '../settings/read.ts'
import { secretValues } from './secret-values.ts'

function secretsOf(environment: Record<string, string>): string[] {
  const all = { WORKSPACE_ENV_FILE: '/dev/null', ...environment }
  return secretValues(readSettings(all), all).filter(Boolean)
}

test.each([
  [{ HONEYCOMB_API_KEY: 'a-key' }, 'a-key'],
  [{ OTEL_EXPORTER_OTLP_HEADERS: 'x-one=first,x-two=second' }, 'second'],
  [{ OTEL_EXPORTER_OTLP_LOGS_HEADERS: 'x-honeycomb-team=a-key' }, 'a-key'],
  [{ DATABASE_URL: 'postgresql://me:p%40ss@db:5432/cruddur' }, 'p@ss'],
  [{ HTTPS_PROXY: 'http://me:p%40ss@proxy:3128' }, 'p@ss'],
  [{ http_proxy: 'http://me:a-password@proxy:3128' }, 'a-password'],
  [{ ALL_PROXY: 'me:a-password@proxy:3128' }, 'a-password'],
])('%o has the secret %s', (environment, secret) => {
  expect(secretsOf(environment)).toContain(secret)
})

test('the address of a proxy is no secret, nor is a setting without one', () => {
  expect(secretsOf({ HTTPS_PROXY: 'http://proxy:3128', AWS_REGION: 'eu-west-1' })).toEqual([])
})
