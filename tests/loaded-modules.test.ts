import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { run } from './harness/run.ts'
import { scaled } from './harness/scale.ts'
import { createWorkspace } from './harness/workspace.ts'

/** What shows that a provider's code is loaded: packages, or our files where sdk-node always loads the packages. */
const HONEYCOMB = 'exporters/honeycomb'
const XRAY = ['aws-xray-sdk-core', 'sampling/xray']
const ROLLBAR = 'exporters/rollbar'
const SIGNATURE = 'signature-v4'
const ROLLBAR_SDK = 'node_modules/rollbar'
/** sdk-node's exporters, which are not used here. */
const NEVER = ['@grpc/grpc-js', 'exporter-zipkin', 'exporter-prometheus', 'yaml']
const ALL = [HONEYCOMB, ...XRAY, ROLLBAR, SIGNATURE, ROLLBAR_SDK, ...NEVER]

const COLLECTOR = { XRAY_PIPELINE: 'collector', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }

type Case = readonly [what: string, env: Readonly<Record<string, string>>, expected: readonly string[]]

const CASES: readonly Case[] = [
  ['every provider on', {}, [HONEYCOMB, ...XRAY, ROLLBAR]],
  ['XRAY_PIPELINE=otlp', { XRAY_PIPELINE: 'otlp' }, [HONEYCOMB, 'sampling/xray', ROLLBAR, SIGNATURE]],
  ['XRAY_PIPELINE=collector', COLLECTOR, [HONEYCOMB, ROLLBAR]],
  ['X-Ray and Rollbar off', { XRAY_ENABLED: 'false', ROLLBAR_ENABLED: 'false' }, [HONEYCOMB]],
  ['Honeycomb off', { HONEYCOMB_ENABLED: 'false' }, [...XRAY, ROLLBAR]],
]
const LONG_CASES: readonly Case[] = [
  ['X-Ray off', { XRAY_ENABLED: 'false' }, [HONEYCOMB, ROLLBAR]],
  ['Rollbar off', { ROLLBAR_ENABLED: 'false' }, [HONEYCOMB, ...XRAY]],
]

test.each(scaled(CASES, [...CASES, ...LONG_CASES]))(
  'with %s the process loads nothing that it does not use, and Rollbar’s SDK only when it listens',
  async (_what, env, expected) => {
    const workspace = await createWorkspace(env)
    const { stdout, stderr } = await run(process.execPath, ['tests/fixtures/loaded-modules.ts', ...ALL], {
      cwd: resolve(import.meta.dirname, '..'),
      env: workspace.env,
    })
    await workspace.dispose()
    const { atStart, listening } = JSON.parse(stdout || '{}')
    expect(atStart, stderr).toEqual(ALL.filter((name) => expected.includes(name)))
    const whenListening = expected.includes(ROLLBAR) ? [...expected, ROLLBAR_SDK] : expected
    expect(listening).toEqual(ALL.filter((name) => whenListening.includes(name)))
  },
)
