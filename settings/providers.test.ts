import { describe, expect, test } from 'vitest'
import { profilesServiceName, resolveProviders, serviceName } from './providers.ts'
import { readSettings } from './read.ts'

const resolve = (environment: Record<string, string>) =>
  resolveProviders(readSettings({ WORKSPACE_ENV_FILE: '/nonexistent/.env', ...environment }), environment)

const modes = (environment: Record<string, string>) => {
  const { honeycomb, xray, rollbar } = resolve(environment)
  return [honeycomb.mode, xray.mode, rollbar.mode]
}

const AWS = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' }

test('without credentials every provider is local, and its addresses are the sandbox’s', () => {
  const { honeycomb, xray, rollbar } = resolve({ SANDBOX_PORT: '5318' })
  expect([honeycomb.mode, xray.mode, rollbar.mode]).toEqual(['local', 'local', 'local'])
  const { otlpEndpoint } = honeycomb
  const endpoints = [otlpEndpoint, ...[honeycomb, xray, rollbar].map(({ apiEndpoint }) => apiEndpoint)]
  expect(endpoints).toEqual(Array(4).fill('http://127.0.0.1:5318'))
})

test.each([
  ['honeycomb', { HONEYCOMB_API_KEY: 'k' }],
  ['honeycomb', { OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=k' }],
  ['xray', AWS],
  ['xray', { AWS_PROFILE: 'me' }],
  // A container's role, and a web identity.
  ['xray', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x' }],
  ['xray', { AWS_WEB_IDENTITY_TOKEN_FILE: '/t', AWS_ROLE_ARN: 'arn' }],
  // Without any credentials that are settings.
  ['xray', { XRAY_ENABLED: 'live' }],
  ['rollbar', { ROLLBAR_ACCESS_TOKEN: 't' }],
] as const)('%s is live with %j', (provider, environment) => {
  expect(resolve(environment)[provider].mode).toBe('live')
})

test.each([
  { AWS_ACCESS_KEY_ID: 'AKIA' },
  { OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=' },
  { AWS_ROLE_ARN: 'arn' },
  { AWS_REGION: 'eu-west-1' },
])('every provider is local with %j, which is no credential', (environment) => {
  expect(modes(environment)).toEqual(['local', 'local', 'local'])
})

test('a switch makes a provider off, or local, even with credentials', () => {
  const all = { HONEYCOMB_API_KEY: 'k', ROLLBAR_ACCESS_TOKEN: 't', ...AWS }
  expect(
    modes({ ...all, HONEYCOMB_ENABLED: 'false', XRAY_ENABLED: 'local', ROLLBAR_ENABLED: 'off' }),
  ).toEqual(['off', 'local', 'off'])
  const { honeycomb, rollbar } = resolve({ ...all, HONEYCOMB_ENABLED: 'local', ROLLBAR_ENABLED: 'local' })
  expect(honeycomb.otlpHeaders['x-honeycomb-team']).toBe('sandbox')
  expect(rollbar.accessToken).toBe('sandbox')
})

test.each([
  ['HONEYCOMB_ENABLED', 'HONEYCOMB_API_KEY'],
  ['ROLLBAR_ENABLED', 'ROLLBAR_ACCESS_TOKEN'],
])('%s=live without %s is an error whose fix names the key', (name, key) => {
  const error = expect.objectContaining({
    code: 'CREDENTIAL_MISSING',
    message: `${name} is "live", but ${key} is not set.`,
    fix: expect.stringContaining(`npm run env -- ${key}`),
  })
  expect(() => resolve({ [name]: 'live' })).toThrow(error)
})

describe('XRAY_PIPELINE=collector', () => {
  const OTEL_EXPORTER_OTLP_ENDPOINT = 'http://localhost:4319'
  const collector = (environment: Record<string, string>) =>
    resolve({ XRAY_PIPELINE: 'collector', ...environment }).xray

  test('sets the pipeline, and leaves the mode as it is', () => {
    expect(collector({ OTEL_EXPORTER_OTLP_ENDPOINT })).toMatchObject({ mode: 'local', pipeline: 'collector' })
    expect(collector({ OTEL_EXPORTER_OTLP_ENDPOINT, ...AWS }).mode).toBe('live')
    expect(collector({ XRAY_ENABLED: 'false' }).mode).toBe('off')
  })

  test.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT is not set', {}],
    [
      'OTEL_EXPORTER_OTLP_ENDPOINT is Honeycomb’s own',
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://api.eu1.honeycomb.io' },
    ],
    ['nothing would be sent', { OTEL_EXPORTER_OTLP_ENDPOINT, HONEYCOMB_ENABLED: 'false' }],
  ])('throws COLLECTOR_MISSING: %s', (what, environment) => {
    const message = expect.stringContaining(what)
    expect(() => collector(environment)).toThrow(
      expect.objectContaining({ code: 'COLLECTOR_MISSING', message }),
    )
  })
})

describe('Honeycomb', () => {
  test('the key wins over the header, and other headers are sent too', () => {
    const { honeycomb } = resolve({
      HONEYCOMB_API_KEY: 'key',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=other, x-more=a%20b',
    })
    expect(honeycomb.otlpHeaders).toEqual({ 'x-honeycomb-team': 'key', 'x-more': 'a b' })
  })

  test('without a key Honeycomb’s own address in OTEL_EXPORTER_OTLP_ENDPOINT is ignored, another is used', () => {
    const endpointOf = (OTEL_EXPORTER_OTLP_ENDPOINT: string) =>
      resolve({ OTEL_EXPORTER_OTLP_ENDPOINT }).honeycomb.otlpEndpoint
    expect(endpointOf('https://api.honeycomb.io')).toBe('http://127.0.0.1:4318')
    expect(endpointOf('http://collector:4318/')).toBe('http://collector:4318')
  })
})

test('the service name is OTEL_SERVICE_NAME, else HONEYCOMB_SERVICE_NAME, else the default', () => {
  const of = (environment: Record<string, string>) =>
    readSettings({ WORKSPACE_ENV_FILE: '/nonexistent/.env', ...environment })
  expect(serviceName(of({}))).toBe('cruddur-backend')
  expect(serviceName(of({ HONEYCOMB_SERVICE_NAME: 'Cruddur' }))).toBe('Cruddur')
  expect(serviceName(of({ HONEYCOMB_SERVICE_NAME: 'Cruddur', OTEL_SERVICE_NAME: 'mine' }))).toBe('mine')
  expect(profilesServiceName(of({ OTEL_SERVICE_NAME: 'mine' }))).toBe('mine-profiles')
})
