import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { run } from './harness/run.ts'
import { createWorkspace } from './harness/workspace.ts'

/**
 * What shows that a provider's code is loaded: packages, or our files where sdk-node always loads the packages.
 */
const OF = {
  honeycomb: ['exporters/honeycomb'],
  xray: ['aws-xray-sdk-core', 'sampler-aws-xray'],
  rollbar: ['exporters/rollbar'],
  otlp: ['signature-v4'],
} as const
/** sdk-node's exporters that are not used here, and Rollbar's SDK, which the first error loads. */
const NEVER = ['@grpc/grpc-js', 'exporter-zipkin', 'exporter-prometheus', 'yaml', 'node_modules/rollbar']
const ALL = [...Object.values(OF).flat(), ...NEVER]

test.each([
  ['every provider on', {}, [...OF.honeycomb, ...OF.xray, ...OF.rollbar]],
  ['Honeycomb off', { HONEYCOMB_ENABLED: 'false' }, [...OF.xray, ...OF.rollbar]],
  ['X-Ray off', { XRAY_ENABLED: 'false' }, [...OF.honeycomb, ...OF.rollbar]],
  ['Rollbar off', { ROLLBAR_ENABLED: 'false' }, [...OF.honeycomb, ...OF.xray]],
  [
    'XRAY_PIPELINE=otlp',
    { XRAY_PIPELINE: 'otlp' },
    [...OF.honeycomb, 'sampler-aws-xray', ...OF.rollbar, ...OF.otlp],
  ],
  [
    'XRAY_PIPELINE=collector',
    { XRAY_PIPELINE: 'collector', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' },
    [...OF.honeycomb, ...OF.rollbar],
  ],
])('with %s the process loads nothing that it does not use', async (_what, env, expected) => {
  const workspace = await createWorkspace(env)
  const { stdout, stderr } = await run(process.execPath, ['tests/fixtures/loaded-modules.ts', ...ALL], {
    cwd: resolve(import.meta.dirname, '..'),
    env: { ...workspace.env },
  })
  await workspace.dispose()
  const loaded = Object.entries(JSON.parse(stdout || '{}')).flatMap(([name, isLoaded]) =>
    isLoaded ? name : [],
  )
  expect(loaded.toSorted(), stderr).toEqual([...expected].toSorted())
})
