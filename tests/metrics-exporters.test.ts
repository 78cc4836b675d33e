import { OTLPMetricExporter as JsonExporter } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { MetricAnswer, MetricList, type MetricQuestion } from '../contracts/sandbox/metrics.ts'
import { buildGo } from './harness/built-program.ts'
import { findModules, PYTHON } from './harness/python.ts'
import { run } from './harness/run.ts'
import { HONEYCOMB_KEY, type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { eventually } from './harness/wait-for.ts'

const python = findModules('opentelemetry.exporter.otlp.proto.http.metric_exporter')
const go = await buildGo('tests/fixtures/metrics-go')

interface Work {
  readonly url: string
  readonly headers: Record<string, string>
  readonly service: string
  readonly temporality: 'delta' | 'cumulative'
  /** The values that each instrument records before an export. Those with an even index have another attribute. */
  readonly rounds: readonly (readonly number[])[]
}

/** Records and exports; returns the ids of the traces in which values were recorded. */
type Client = (work: Work) => Promise<readonly string[]>

const Seen = z.object({ traces: z.array(z.string()) })
const program =
  (command: string, ...args: string[]): Client =>
  async (work) => {
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
    const { code, stdout, stderr } = await run(command, args, { env, input: JSON.stringify(work) })
    expect(code, stderr).toBe(0)
    return Seen.parse(JSON.parse(stdout)).traces
  }

const CLIENTS: readonly { name: string; isThere: boolean; send: Client; hasExemplars: boolean }[] = [
  { name: 'JavaScript, protobuf', isThere: true, send: byJavaScript(ProtobufExporter), hasExemplars: false },
  { name: 'JavaScript, JSON', isThere: true, send: byJavaScript(JsonExporter), hasExemplars: false },
  {
    name: `Python (${python.kind})`,
    isThere: python.isThere,
    send: program(PYTHON, 'tests/fixtures/send_metrics.py'),
    hasExemplars: true,
  },
  {
    name: `Go (${go.kind})`,
    isThere: !go.skipped,
    send: program(go.command?.[0] ?? ''),
    hasExemplars: true,
  },
]

const ROUNDS = [[3, 14, 15, 92, 65], [35, 89], [], [79, 32, 38, 46, 26, 43]]
const ALL = ROUNDS.flat()
const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)
const [EVEN, ODD] = [0, 1].map((rest) =>
  ROUNDS.flatMap((round) => round.filter((_, index) => index % 2 === rest)),
)

describe.each(CLIENTS)('OpenTelemetry’s exporter for $name', ({ isThere, send, hasExemplars }) => {
  describe.runIf(isThere).each(['cumulative', 'delta'] as const)('with %s temporality', (temporality) => {
    let sandbox: SandboxForTest
    let traces: readonly string[]
    beforeAll(async () => {
      sandbox = await sandboxForTest({ daemon: undefined })
      const url = `${sandbox.url}/v1/metrics`
      traces = await send({ url, headers: HONEYCOMB_KEY, service: 'exporters', temporality, rounds: ROUNDS })
    })
    afterAll(() => sandbox[Symbol.asyncDispose]())

    const ask = async (question: MetricQuestion) => {
      const range = { time_range: 600, end_time: Math.floor(Date.now() / 1_000) + 2 }
      const response = await sandbox.post('/sandbox/metrics/query', JSON.stringify({ ...range, ...question }))
      const body: unknown = await response.json()
      expect(response.status, JSON.stringify(body)).toBe(200)
      return MetricAnswer.parse(body)
    }
    const totalsOf = async (name: string, calculations: NonNullable<MetricQuestion['calculations']>) =>
      (await ask({ name, calculations })).groups[0]?.totals
    const byParity = async (
      name: string,
      calculation: NonNullable<MetricQuestion['calculations']>[number],
    ) => {
      const { groups } = await ask({ name, calculations: [calculation], breakdowns: ['parity'] })
      return new Map(
        groups.map(({ key, values, totals }) => [
          key[0],
          { last: values[calculation]?.findLast((value) => value !== null), total: totals[calculation] },
        ]),
      )
    }

    test('the list has every metric with its kind, unit, temporality and attributes', async () => {
      const { metrics, warnings } = MetricList.parse(await (await sandbox.ask('/sandbox/metrics')).json())
      expect(warnings).toBeUndefined()
      const own = metrics.filter(({ name }) => /^(counter|updown|gauge|explicit|exponential)$/.test(name))
      expect(own.map(({ name, kind, unit }) => [name, kind, unit]).toSorted()).toEqual([
        ['counter', 'sum', '{request}'],
        ['explicit', 'histogram', 'ms'],
        ['exponential', 'exponentialHistogram', 'ms'],
        ['gauge', 'gauge', 'Cel'],
        ['updown', 'sum', ''],
      ])
      for (const { name, ...metric } of own) {
        expect(metric, name).toMatchObject({ series: 2, warnings: [] })
        expect(metric.attributes, name).toEqual(
          expect.arrayContaining([
            { name: 'flag', isResource: false, distinct: 1, values: ['true'] },
            { name: 'n', isResource: false, distinct: 1, values: ['1'] },
            {
              name: 'parity',
              isResource: false,
              distinct: 2,
              values: expect.arrayContaining(['even', 'odd']),
            },
            { name: 'service.name', isResource: true, distinct: 1, values: ['exporters'] },
          ]),
        )
        expect(metric.last?.value, name).toEqual(expect.any(Number))
      }
      const temporalities = new Map(own.map((metric) => [metric.name, metric.temporality]))
      for (const name of ['counter', 'explicit', 'exponential'])
        expect(temporalities.get(name)).toBe(temporality)
      expect(temporalities.get('updown')).toBe('cumulative')
      expect(own.find(({ name }) => name === 'counter')?.isMonotonic).toBe(true)
      expect(own.find(({ name }) => name === 'updown')?.isMonotonic).toBe(false)
    })

    test('a counter grew by what was added, an up-down counter and a gauge are what they were last', async () => {
      const grown = await byParity('counter', 'INCREASE')
      expect(grown.get('even')?.total).toBeCloseTo(sumOf(EVEN ?? []), 6)
      expect(grown.get('odd')?.total).toBeCloseTo(sumOf(ODD ?? []), 6)
      expect((await ask({ name: 'counter' })).resets).toBe(0)
      const level = await byParity('updown', 'SUM')
      expect([level.get('even')?.last, level.get('odd')?.last]).toEqual([
        -sumOf(EVEN ?? []),
        -sumOf(ODD ?? []),
      ])
      const last = await byParity('gauge', 'SUM')
      expect([last.get('even')?.last, last.get('odd')?.last]).toEqual([EVEN?.at(-1), ODD?.at(-1)])
    })

    test('a histogram, explicit or exponential, has the count, the sum and the percentiles', async () => {
      const sorted = ALL.toSorted((a, b) => a - b)
      const median = sorted[Math.ceil(sorted.length / 2) - 1] ?? 0
      for (const name of ['explicit', 'exponential']) {
        const totals = await totalsOf(name, ['INCREASE', 'TOTAL', 'AVG', 'P50'])
        expect(totals?.INCREASE).toBeCloseTo(ALL.length, 6)
        expect(totals?.TOTAL).toBeCloseTo(sumOf(ALL), 6)
        expect(totals?.AVG).toBeCloseTo(sumOf(ALL) / ALL.length, 6)
        // The exporters' default bounds have 25 and 50, and exponential buckets are at most 5 % wide here.
        const [least, most] = name === 'explicit' ? [25, 50] : [median / 1.05, median * 1.05]
        expect(totals?.P50, name).toBeGreaterThanOrEqual(least)
        expect(totals?.P50, name).toBeLessThanOrEqual(most)
      }
    })

    test.runIf(hasExemplars)('exemplars lead to the traces in which the values were recorded', async () => {
      for (const name of ['counter', 'gauge', 'explicit', 'exponential']) {
        const { exemplars } = await ask({ name })
        expect(exemplars.length, name).toBeGreaterThan(0)
        for (const { traceId, spanId, value } of exemplars) {
          expect(value, name).toBe(ALL[traces.indexOf(traceId)])
          expect(spanId).toMatch(/^[0-9a-f]{16}$/)
        }
      }
    })
  })
})

function byJavaScript(Exporter: typeof ProtobufExporter | typeof JsonExporter): Client {
  return async ({ url, headers, service, temporality, rounds }) => {
    const temporalityPreference =
      temporality === 'delta' ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE
    const reader = new PeriodicExportingMetricReader({
      exporter: new Exporter({ url, headers, temporalityPreference }),
      exportIntervalMillis: 3_600_000,
      exportTimeoutMillis: 30_000,
    })
    const provider = new MeterProvider({
      resource: resourceFromAttributes({ 'service.name': service }),
      readers: [reader],
      views: [
        { instrumentName: 'exponential', aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM } },
      ],
    })
    const meter = provider.getMeter('test', '1.0')
    const counter = meter.createCounter('counter', { unit: '{request}' })
    const upDown = meter.createUpDownCounter('updown')
    const gauge = meter.createGauge('gauge', { unit: 'Cel' })
    const explicit = meter.createHistogram('explicit', { unit: 'ms' })
    const exponential = meter.createHistogram('exponential', { unit: 'ms' })
    for (const values of rounds) {
      for (const [index, value] of values.entries()) {
        const attributes = { parity: index % 2 === 0 ? 'even' : 'odd', n: 1, flag: true }
        counter.add(value, attributes)
        upDown.add(-value, attributes)
        for (const instrument of [gauge, explicit, exponential]) instrument.record(value, attributes)
      }
      // JavaScript's points have whole milliseconds, and one at the time of its start has an unknown one.
      const recordedMs = Date.now()
      await eventually(Date.now, (nowMs) => nowMs > recordedMs + 1)
      await provider.forceFlush()
    }
    await provider.shutdown()
    return []
  }
}
