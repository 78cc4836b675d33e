import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { VERIFY_USER_AGENT } from '../contracts/verify-client.ts'
import { isSettingName } from '../settings/catalogue.ts'
import { COLLECTOR } from './harness/collector.ts'
import { readCompose } from './harness/compose.ts'
import { ROOT } from './harness/process.ts'
import { run } from './harness/run.ts'

const FOLDER = join(ROOT, 'collector')
const AGENT = ['agent.yaml']
const gateway = (kind: '' | '-live') => [
  'gateway.yaml',
  `destinations/honeycomb${kind}.yaml`,
  `destinations/xray${kind}.yaml`,
]
const RUNS = {
  agent: AGENT,
  local: [...gateway(''), 'destinations/jaeger.yaml'],
  live: gateway('-live'),
  'live, with fewer logs': [...gateway('-live'), 'fewer-logs.yaml'],
}
/** Beside the sandbox, between it and another app. scripts/own-app/pages.test.ts checks its variables. */
const OWN_APP = 'own-app.yaml'

/** Without this feature gate the gateway does not record which policy kept a trace. */
const RECORD_POLICY = '--feature-gates=processor.tailsamplingprocessor.recordpolicy'

const Component = z.record(z.string(), z.any()).default({})
const Pipeline = z.strictObject({
  receivers: z.array(z.string()),
  processors: z.array(z.string()),
  exporters: z.array(z.string()),
})
/** https://opentelemetry.io/docs/collector/configuration/ */
const Config = z.strictObject({
  receivers: Component,
  processors: Component,
  exporters: Component,
  extensions: Component,
  service: z
    .strictObject({
      extensions: z.array(z.string()).default([]),
      pipelines: z.record(z.string(), Pipeline).default({}),
      telemetry: z.unknown().optional(),
    })
    .default({ extensions: [], pipelines: {} }),
})

const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

type Values = Readonly<Record<string, unknown>>

const isMap = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Merges files as the collector does: maps are merged, and any other value is replaced by the last one. */
function joinMaps(first: Values, second: Values): Values {
  const joined = Object.entries(second).map(([key, value]) => {
    const other = first[key]
    return [key, isMap(value) && isMap(other) ? joinMaps(other, value) : value]
  })
  return { ...first, ...Object.fromEntries(joined) }
}

function merged(names: readonly string[]) {
  const { service, ...parts } = Config.parse(names.map((name) => parse(read(name))).reduce(joinMaps))
  return { ...parts, uses: service.extensions, pipelines: service.pipelines }
}

describe.each(Object.entries(RUNS))('collector: %s', (_, names) => {
  const config = merged(names)

  test('every component in a pipeline is defined, and every defined component is used', () => {
    for (const part of ['receivers', 'processors', 'exporters'] as const) {
      const used = Object.values(config.pipelines).flatMap((pipeline) => pipeline[part])
      expect(new Set(used), part).toEqual(new Set(Object.keys(config[part])))
    }
    expect(config.uses.toSorted()).toEqual(Object.keys(config.extensions).toSorted())
  })

  test('the memory limiter is first, and OTLP exporters queue on disk', () => {
    for (const { processors } of Object.values(config.pipelines)) expect(processors[0]).toBe('memory_limiter')
    const queued = Object.entries(config.exporters).filter(([name]) => !/^awsxray|jaeger$/.test(name))
    for (const [name, exporter] of queued) {
      expect(exporter, name).toMatchObject({
        retry_on_failure: { enabled: true },
        sending_queue: { enabled: true, storage: 'file_storage' },
      })
    }
  })
})

test('traces go to a gateway by trace id, and wait only on disk for an unreachable gateway', () => {
  expect(merged(AGENT).exporters.load_balancing).toMatchObject({
    routing_key: 'traceID',
    protocol: { otlp: { retry_on_failure: { enabled: false }, sending_queue: { enabled: false } } },
  })
})

describe('collector: the gateway', () => {
  const { processors, receivers, exporters, pipelines } = merged(RUNS.live)

  test('keeps every error, every slow trace, and verify’s requests', () => {
    const { policies } = processors.tail_sampling
    expect(policies).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ type: 'status_code', status_code: { status_codes: ['ERROR'] } }),
        expect.objectContaining({ type: 'latency', latency: { threshold_ms: 500 } }),
        expect.objectContaining({
          string_attribute: { key: 'user_agent.original', values: [VERIFY_USER_AGENT] },
        }),
      ]),
    )
  })

  test('multiplies SampleRate by the rate of its last policy, and is started with the gate that records policies', () => {
    const { name, probabilistic } = processors.tail_sampling.policies.at(-1)
    const [{ conditions, statements }] = processors['transform/sample-rate'].trace_statements
    expect(conditions).toEqual([`scope.attributes["tailsampling.policy"] == "${name}"`])
    const factor = 100 / probabilistic.sampling_percentage
    expect(statements.at(-1)).toBe(
      `set(span.attributes["SampleRate"], span.attributes["SampleRate"] * ${factor})`,
    )
    expect(readCompose()['collector-gateway']?.command).toContain(RECORD_POLICY)
    expect(readFileSync(join(ROOT, 'deploy/kubernetes/collector.yaml'), 'utf8')).toContain(
      `- ${RECORD_POLICY}\n`,
    )
  })

  test('has only a disk queue in front of the exporter that waits for X-Ray’s answers', () => {
    for (const [name, pipeline] of Object.entries(pipelines)) {
      if (!pipeline.exporters.includes('awsxray')) continue
      expect(pipeline, name).toMatchObject({ receivers: ['otlp/xray'], exporters: ['awsxray'] })
    }
    expect(exporters['otlp_grpc/xray'].endpoint).toBe(receivers['otlp/xray'].protocols.grpc.endpoint)
    expect(exporters['otlp_grpc/xray'].endpoint).toMatch(/^127\.0\.0\.1:/)
  })
})

test('the configurations use only variables that are settings', () => {
  const files = globSync('**/*.yaml', { cwd: FOLDER, exclude: [OWN_APP] })
  const variables = files.flatMap((name) => [...read(name).matchAll(/\$\{env:(\w+)/g)].map(([, v = '']) => v))
  expect(variables).not.toEqual([])
  expect(variables.filter((name) => !isSettingName(name))).toEqual([])
})

test('the collector of another app sends spans to both providers, on ports that the sandbox does not have', () => {
  const { receivers, exporters, pipelines } = merged([OWN_APP])
  expect(pipelines.traces).toMatchObject({ receivers: ['otlp'], exporters: Object.keys(exporters) })
  const endpoints = Object.values(receivers.otlp.protocols as Record<string, { endpoint: string }>)
  expect(endpoints.map(({ endpoint }) => endpoint)).toEqual(['127.0.0.1:4327', '127.0.0.1:4328'])
})

test.skipIf(!COLLECTOR.isThere).each(Object.entries({ ...RUNS, 'another app': [OWN_APP] }))(
  `the collector accepts the configuration of %s (${COLLECTOR.kind})`,
  async (_, names) => {
    const gates = names.includes('gateway.yaml') ? [RECORD_POLICY] : []
    const args = ['validate', ...gates, ...names.map((name) => `--config=${join(FOLDER, name)}`)]
    const honeycomb = { HONEYCOMB_API_KEY: 'key', HONEYCOMB_API_ENDPOINT: 'https://api.honeycomb.io' }
    const xray = { AWS_REGION: 'us-east-1', XRAY_ENDPOINT: 'http://127.0.0.1:4318' }
    const env = { PATH: process.env.PATH ?? '', ...xray, ...honeycomb }
    const { code, stderr } = await run('otelcol-contrib', args, { env })
    expect(code, stderr).toBe(0)
  },
)
