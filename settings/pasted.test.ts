import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../tests/harness/temporary-folder.ts'
import { withoutPasted } from './pasted.ts'
import { resolveProviders } from './providers.ts'
import { readSettings } from './read.ts'

/** As `npm run sandbox` prints them for Flask and for a collector. */
const PASTED = {
  OTEL_SERVICE_NAME: 'backend-flask',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
  OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=sandbox',
  XRAY_OTLP_ENDPOINT: 'http://127.0.0.1:4318/v1/traces',
  ROLLBAR_ACCESS_TOKEN: 'sandbox',
  HONEYCOMB_API_ENDPOINT: 'http://127.0.0.1:4318',
  HONEYCOMB_API_KEY: 'sandbox',
  AWS_ACCESS_KEY_ID: 'sandbox',
  AWS_SECRET_ACCESS_KEY: 'sandbox',
}

test('what was pasted for an app makes no provider of the workspace live', () => {
  const environment = { ...PASTED, WORKSPACE_ENV_FILE: join(temporaryFolder(), '.env') }
  const settings = readSettings(environment)
  const { honeycomb, xray, rollbar } = resolveProviders(settings, environment)
  expect([honeycomb.mode, xray.mode, rollbar.mode]).toEqual(['local', 'local', 'local'])
  expect(settings.OTEL_EXPORTER_OTLP_ENDPOINT).toBeUndefined()
  expect(settings.OTEL_SERVICE_NAME).not.toBe('backend-flask')
  expect(settings.HONEYCOMB_API_ENDPOINT).toBe('https://api.honeycomb.io')
})

test('the daemon’s address counts, unless .env has one: the ports have changed since it was pasted', () => {
  const pasted = { ...PASTED, AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000' }
  const file = join(temporaryFolder(), '.env')
  const environment = { ...pasted, WORKSPACE_ENV_FILE: file }
  expect(readSettings(environment).AWS_XRAY_DAEMON_ADDRESS.udp.port).toBe(2000)
  writeFileSync(file, 'AWS_XRAY_DAEMON_ADDRESS=127.0.0.1:23014\n')
  expect(readSettings(environment).AWS_XRAY_DAEMON_ADDRESS.udp.port).toBe(23014)
})

test('other variables stay, and so does an address beside another key', () => {
  expect(withoutPasted({ ...PASTED, PATH: '/bin' })).toEqual({ PATH: '/bin' })
  const own = { ...PASTED, OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=mine', HONEYCOMB_API_KEY: 'mine' }
  expect(Object.keys(withoutPasted(own)).toSorted()).toEqual([
    'HONEYCOMB_API_ENDPOINT',
    'HONEYCOMB_API_KEY',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
    'OTEL_EXPORTER_OTLP_HEADERS',
    'XRAY_OTLP_ENDPOINT',
  ])
  expect(withoutPasted({ OTEL_SERVICE_NAME: 'backend-flask' })).toEqual({
    OTEL_SERVICE_NAME: 'backend-flask',
  })
})
