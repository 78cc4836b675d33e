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

describe('a provider', () => {
  test('is local without credentials, and at the sandbox', () => {
    expect(modes({})).toEqual(['local', 'local', 'local'])
    const { honeycomb, xray, rollbar } = resolve({ SANDBOX_PORT: '5318' })
    expect(honeycomb).toMatchObject({
      otlpEndpoint: 'http://127.0.0.1:5318',
      apiEndpoint: 'http://127.0.0.1:5318',
    })
    expect(xray.apiEndpoint).toBe('http://127.0.0.1:5318')
    expect(rollbar.apiEndpoint).toBe('http://127.0.0.1:5318')
  })

  test.each([
    ['a Honeycomb key', { HONEYCOMB_API_KEY: 'k' }, 'honeycomb'],
    ['a key in the headers', { OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=k' }, 'honeycomb'],
    ['AWS keys', AWS, 'xray'],
    ['an AWS profile', { AWS_PROFILE: 'me' }, 'xray'],
    ['a container’s role', { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/x' }, 'xray'],
    ['a web identity', { AWS_WEB_IDENTITY_TOKEN_FILE: '/t', AWS_ROLE_ARN: 'arn' }, 'xray'],
    ['its switch', { XRAY_ENABLED: 'live' }, 'xray'],
    ['a Rollbar token', { ROLLBAR_ACCESS_TOKEN: 't' }, 'rollbar'],
  ] as const)('is live with %s', (_name, environment, provider) => {
    expect(resolve(environment)[provider].mode).toBe('live')
  })

  test.each([
    ['half an AWS key', { AWS_ACCESS_KEY_ID: 'AKIA' }],
    ['a header without a value', { OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=' }],
    ['half a web identity', { AWS_ROLE_ARN: 'arn' }],
    ['a region', { AWS_REGION: 'eu-west-1' }],
  ])('stays local with %s', (_name, environment) => {
    expect(modes(environment as Record<string, string>)).toEqual(['local', 'local', 'local'])
  })

  test('is off or local by its switch, with or without credentials', () => {
    const all = { HONEYCOMB_API_KEY: 'k', ROLLBAR_ACCESS_TOKEN: 't', ...AWS }
    expect(
      modes({ ...all, HONEYCOMB_ENABLED: 'false', XRAY_ENABLED: 'local', ROLLBAR_ENABLED: 'off' }),
    ).toEqual(['off', 'local', 'off'])
    expect(resolve({ ...all, HONEYCOMB_ENABLED: 'local' }).honeycomb.otlpHeaders['x-honeycomb-team']).toBe(
      'sandbox',
    )
    expect(resolve({ ...all, ROLLBAR_ENABLED: 'local' }).rollbar.accessToken).toBe('sandbox')
  })

  test('switched to live without its key is an error with its fix', () => {
    expect(() => resolve({ HONEYCOMB_ENABLED: 'live' })).toThrow(
      'HONEYCOMB_ENABLED is "live", but HONEYCOMB_API_KEY is not set.',
    )
    expect(() => resolve({ ROLLBAR_ENABLED: 'live' })).toThrow('ROLLBAR_ACCESS_TOKEN is not set')
  })
})

describe('X-Ray behind a collector', () => {
  const COLLECTOR = { XRAY_PIPELINE: 'collector' }

  test('is chosen by XRAY_PIPELINE, and does not change live or local', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4319' }
    expect(resolve({ ...COLLECTOR, ...endpoint }).xray).toMatchObject({
      mode: 'local',
      pipeline: 'collector',
    })
    expect(resolve({ ...COLLECTOR, ...endpoint, ...AWS }).xray.mode).toBe('live')
    expect(resolve({ ...COLLECTOR, XRAY_ENABLED: 'false' }).xray.mode).toBe('off')
  })

  test.each([
    ['is not set', {}],
    ['is Honeycomb’s own', { OTEL_EXPORTER_OTLP_ENDPOINT: 'https://api.eu1.honeycomb.io' }],
  ])('is an error with its fix when the endpoint %s', (why, environment) => {
    expect(() => resolve({ ...COLLECTOR, ...environment })).toThrow(
      `XRAY_PIPELINE is "collector", but OTEL_EXPORTER_OTLP_ENDPOINT ${why}.`,
    )
  })

  test('is an error when Honeycomb is off, because the collector gets Honeycomb’s spans', () => {
    const environment = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://localhost:4319', HONEYCOMB_ENABLED: 'false' }
    expect(() => resolve({ ...COLLECTOR, ...environment })).toThrow('nothing would be sent')
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

  test('without a key Honeycomb’s endpoint is ignored', () => {
    expect(resolve({ OTEL_EXPORTER_OTLP_ENDPOINT: 'https://api.honeycomb.io' }).honeycomb.otlpEndpoint).toBe(
      'http://127.0.0.1:4318',
    )
    expect(resolve({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' }).honeycomb.otlpEndpoint).toBe(
      'http://collector:4318',
    )
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
