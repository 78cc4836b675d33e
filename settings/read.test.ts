import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../tests/harness/temporary-folder.ts'
import { readRawSettings, readSettings } from './read.ts'

let file: string

beforeEach(() => {
  file = join(temporaryFolder(), '.env')
})

const environment = (more: Record<string, string> = {}) => ({ WORKSPACE_ENV_FILE: file, ...more })

describe('settings', () => {
  test('are the defaults, typed and frozen, when nothing is set', () => {
    const settings = readSettings(environment())
    expect(settings).toMatchObject({ PORT: 4567, AWS_REGION: 'us-east-1', XRAY_ENABLED: 'true' })
    expect(settings.HONEYCOMB_API_KEY).toBeUndefined()
    expect(settings.AWS_XRAY_DAEMON_ADDRESS.udp).toEqual({ host: '127.0.0.1', port: 2000 })
    expect(Object.isFrozen(settings)).toBe(true)
  })

  test('come from the environment, else .env, else the default', () => {
    writeFileSync(file, 'PORT=5001\nPROFILES_PORT=5002\nROLLBAR_ACCESS_TOKEN="to#ken"\n')
    const raw = readRawSettings(environment({ PORT: '6001' }))
    expect(raw.PORT).toEqual({ value: '6001', source: 'environment' })
    expect(raw.PROFILES_PORT).toEqual({ value: '5002', source: '.env' })
    expect(raw.ROLLBAR_ACCESS_TOKEN).toEqual({ value: 'to#ken', source: '.env' })
    expect(raw.SANDBOX_PORT).toEqual({ value: '4318', source: 'default' })
    expect(raw.AWS_PROFILE).toEqual({ value: undefined, source: 'unset' })
  })

  test.each([
    [{}, '', 'us-east-1', { source: 'default' }],
    [
      { AWS_DEFAULT_REGION: 'eu-west-1' },
      '',
      'eu-west-1',
      { source: 'environment', from: 'AWS_DEFAULT_REGION' },
    ],
    [{}, 'AWS_DEFAULT_REGION=eu-west-1', 'eu-west-1', { source: '.env', from: 'AWS_DEFAULT_REGION' }],
    [{ AWS_DEFAULT_REGION: 'eu-west-1' }, 'AWS_REGION=eu-north-1', 'eu-north-1', { source: '.env' }],
    [
      { AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: 'eu-north-1' },
      '',
      'eu-north-1',
      { source: 'environment' },
    ],
    [{ AWS_DEFAULT_REGION: 'eu-west-1', AWS_REGION: ' ' }, '', 'eu-west-1', { from: 'AWS_DEFAULT_REGION' }],
  ])('with %j and %j in .env the region is %s', (variables, content, region, raw) => {
    writeFileSync(file, content)
    expect(readSettings(environment(variables)).AWS_REGION).toBe(region)
    expect(readRawSettings(environment(variables)).AWS_REGION).toMatchObject({ value: region, ...raw })
  })

  test('an invalid AWS_DEFAULT_REGION is an error with its own name, unless AWS_REGION is set', () => {
    const wrong = environment({ AWS_DEFAULT_REGION: 'Ohio' })
    expect(() => readSettings(wrong)).toThrow('AWS_DEFAULT_REGION "Ohio" (environment) is not a region')
    expect(readSettings({ ...wrong, AWS_REGION: 'eu-west-1' }).AWS_REGION).toBe('eu-west-1')
  })

  test('count as unset when they are empty', () => {
    writeFileSync(file, 'HONEYCOMB_API_KEY=\nPORT=5001\n')
    const raw = readRawSettings(environment({ PORT: '  ', HONEYCOMB_API_KEY: '' }))
    expect(raw.PORT).toEqual({ value: '5001', source: '.env' })
    expect(raw.HONEYCOMB_API_KEY.source).toBe('unset')
  })

  test.each([
    ['yes', 'true'],
    ['0', 'false'],
    ['OFF', 'false'],
    ['local', 'local'],
  ])('a switch reads %j as %j', (text, expected) => {
    expect(readSettings(environment({ XRAY_ENABLED: text })).XRAY_ENABLED).toBe(expected)
  })

  test('are reported in one error when they are invalid, a line each with its source, and a secret without its value', () => {
    const bad = environment({
      PORT: '99999',
      AWS_REGION: 'Ohio',
      AWS_XRAY_DAEMON_ADDRESS: 'localhost',
      OTEL_TRACES_SAMPLER_ARG: '2',
      XRAY_ENABLED: 'maybe',
      DATABASE_URL: 'canary',
    })
    const attempt = () => readSettings(bad)
    for (const words of [
      'PORT "99999" (environment) is not a port between 1 and 65535',
      'AWS_REGION "Ohio" (environment) is not a region',
      'AWS_XRAY_DAEMON_ADDRESS "localhost" (environment) is neither',
      'OTEL_TRACES_SAMPLER_ARG "2" (environment) is above 1',
      'XRAY_ENABLED "maybe" (environment) is none of',
      'DATABASE_URL (environment) is not a postgresql:// address',
    ])
      expect(attempt).toThrow(words)
    expect(attempt).not.toThrow('canary')
    expect(attempt).toThrow(/^(\w+ .+\.\n){5}\w+ .+\.$/)
    const fixOf = (attempted: () => unknown, fix: string) =>
      expect(attempted).toThrow(expect.objectContaining({ name: 'UserError', fix }))
    fixOf(attempt, 'Correct each value in the environment, or remove it to get the default.')
    writeFileSync(file, 'OTEL_TRACES_SAMPLER_ARG=5\n')
    const inFile = () => readSettings(environment({}))
    fixOf(inFile, `Correct the value in ${file}, or remove it to get the default.`)
    fixOf(
      () => readSettings(environment({ PORT: 'none' })),
      `Correct each value in ${file} and in the environment, or remove it to get the default.`,
    )
  })

  test('a sampler that does not exist is answered with all that do', () => {
    expect(() => readSettings(environment({ OTEL_TRACES_SAMPLER: 'never' }))).toThrow(
      'OTEL_TRACES_SAMPLER "never" (environment) is none of xray, always_on, always_off, traceidratio, parentbased_always_on, parentbased_always_off, parentbased_traceidratio.',
    )
  })
})

// Root can read every file.
test.skipIf(process.getuid?.() === 0)('a .env that cannot be read is an error', () => {
  writeFileSync(file, 'PORT=5001\n')
  chmodSync(file, 0)
  expect(() => readSettings(environment())).toThrow('cannot be read (EACCES)')
})

test.each(['Cruddur "dev"', 'Cruddur (dev)', 'x'.repeat(61), 'a\nb'])(
  'the service name %j is invalid',
  (OTEL_SERVICE_NAME) => {
    const attempt = () => readSettings(environment({ OTEL_SERVICE_NAME }))
    expect(attempt).toThrow('is not a name that X-Ray accepts')
  },
)

test('a host of digits and dots must be an IPv4 address', () => {
  expect(() => readSettings(environment({ SANDBOX_HOST: '999.1.1.1' }))).toThrow('is not an IPv4 address')
  expect(readSettings(environment({ SANDBOX_HOST: 'sandbox' })).SANDBOX_HOST).toBe('sandbox')
})

test('allowed origins are a list, each an origin or a star', () => {
  const read = (SANDBOX_ALLOWED_ORIGINS: string) =>
    readSettings(environment({ SANDBOX_ALLOWED_ORIGINS })).SANDBOX_ALLOWED_ORIGINS
  expect(read(' https://shop.example, http://192.168.1.7:* ,')).toEqual([
    'https://shop.example',
    'http://192.168.1.7:*',
  ])
  expect(read('*')).toEqual(['*'])
  expect(read('')).toBeUndefined()
  for (const wrong of ['localhost:3000', 'https://shop.example/path', 'null', 'https://a b']) {
    expect(() => read(wrong)).toThrow('neither an origin such as http://localhost:3000 nor *')
  }
})
