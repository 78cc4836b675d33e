import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { isSettingName } from '../settings/catalogue.ts'
import { ROOT } from './support/compose.ts'
import { run } from './support/run.ts'

const FOLDER = join(ROOT, 'collector')
const AGENT = ['agent.yaml']
const gateway = (kind: '' | '-live') => [
  'gateway.yaml',
  `destinations/honeycomb${kind}.yaml`,
  `destinations/xray${kind}.yaml`,
]
const RUNS = { agent: AGENT, local: [...gateway(''), 'destinations/jaeger.yaml'], live: gateway('-live') }

const Component = z.record(z.string(), z.unknown()).default({})
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
    })
    .default({ extensions: [], pipelines: {} }),
})

const read = (name: string) => readFileSync(join(FOLDER, name), 'utf8')

/** As the collector merges several files: maps are joined, lists are the last one's. */
function merged(names: readonly string[]) {
  const files = names.map((name) => Config.parse(parse(read(name))))
  const join = (part: 'receivers' | 'processors' | 'exporters' | 'extensions') =>
    Object.assign({}, ...files.map((file) => file[part]))
  return {
    receivers: join('receivers'),
    processors: join('processors'),
    exporters: join('exporters'),
    extensions: join('extensions'),
    uses: files.flatMap(({ service }) => service.extensions),
    pipelines: Object.assign({}, ...files.map(({ service }) => service.pipelines)) as Record<
      string,
      z.output<typeof Pipeline>
    >,
  }
}

describe.each(Object.entries(RUNS))('collector: %s', (_, names) => {
  const config = merged(names)

  test('every part that a pipeline names is defined, and every one that is defined is used', () => {
    const used = { receivers: new Set(), processors: new Set(), exporters: new Set() }
    for (const pipeline of Object.values(config.pipelines))
      for (const part of ['receivers', 'processors', 'exporters'] as const)
        for (const name of pipeline[part]) used[part].add(name)
    for (const part of ['receivers', 'processors', 'exporters'] as const)
      expect([...used[part]].toSorted(), part).toEqual(Object.keys(config[part]).toSorted())
    expect(config.uses.toSorted()).toEqual(Object.keys(config.extensions).toSorted())
  })

  test('what memory there is none for is refused first, and what leaves by OTLP waits on disk', () => {
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

test('traces are shared out by their id, and the gateway keeps every error and every slow one', () => {
  expect(merged(AGENT).exporters.loadbalancing).toMatchObject({ routing_key: 'traceID' })
  const { tail_sampling } = merged(RUNS.live).processors
  expect(tail_sampling.policies).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ type: 'status_code', status_code: { status_codes: ['ERROR'] } }),
      expect.objectContaining({ type: 'latency', latency: { threshold_ms: 500 } }),
    ]),
  )
})

test('a configuration takes no variable that is not a setting', () => {
  const files = [
    ...AGENT,
    'gateway.yaml',
    ...readdirSync(join(FOLDER, 'destinations')).map((n) => `destinations/${n}`),
  ]
  const variables = files.flatMap((name) => [...read(name).matchAll(/\$\{env:(\w+)/g)].map(([, v = '']) => v))
  expect(variables).not.toEqual([])
  expect(variables.filter((name) => !isSettingName(name))).toEqual([])
})

const collector = spawnSync('otelcol-contrib', ['--version']).status === 0

test.skipIf(!collector).each(Object.entries(RUNS))(
  `the collector takes the configuration of %s${collector ? '' : ' (skipped: there is no otelcol-contrib on this machine)'}`,
  async (_, names) => {
    const args = ['validate', ...names.map((name) => `--config=${join(FOLDER, name)}`)]
    const env = {
      PATH: process.env.PATH ?? '',
      AWS_REGION: 'us-east-1',
      HONEYCOMB_API_KEY: 'key',
      HONEYCOMB_API_ENDPOINT: 'https://api.honeycomb.io',
    }
    const { code, stderr } = await run('otelcol-contrib', args, { cwd: ROOT, env })
    expect(code, stderr).toBe(0)
  },
)
