import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { MetricList } from '../contracts/sandbox/metrics.ts'
import { buildGo } from './harness/built-program.ts'
import { findModules, PYTHON } from './harness/python.ts'
import { run } from './harness/run.ts'
import { HONEYCOMB_KEY, sandboxForTest } from './harness/sandbox.ts'

// OpenTelemetry's gRPC exporters of other languages; sandbox/honeycomb/exporters.test.ts has JavaScript's.

const python = findModules('opentelemetry.exporter.otlp.proto.grpc.trace_exporter')
const go = await buildGo('tests/fixtures/otlp-grpc-go')

const Sent = z.object({ traceId: z.string(), logged: z.array(z.string()) })

const CLIENTS = [
  {
    name: `Python (${python.kind})`,
    command: python.isThere ? [PYTHON, 'tests/fixtures/send_otlp_grpc.py'] : undefined,
    language: 'Python',
  },
  {
    name: `Go (${go.kind})`,
    command: go.command,
    language: 'Go',
  },
]

const sandbox = await sandboxForTest({ daemon: undefined, grpcPort: 0 })
afterAll(() => sandbox[Symbol.asyncDispose]())

describe.each(CLIENTS)('OpenTelemetry’s gRPC exporters for $name', ({ command, language }) => {
  const send = async (headers: Record<string, string>, compression: string, padding = 1) => {
    const [program = '', ...args] = command ?? []
    const input = JSON.stringify({
      endpoint: `http://127.0.0.1:${sandbox.grpcPort}`,
      ...{ headers, compression, padding },
    })
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
    const { code, stdout, stderr } = await run(program, args, { env, input })
    expect(code, stderr).toBe(0)
    return Sent.parse(JSON.parse(stdout))
  }

  test.runIf(command).each(['none', 'gzip'])(
    'traces, logs and metrics arrive, with compression %s',
    async (compression) => {
      const { traceId, logged } = await send(HONEYCOMB_KEY, compression)
      expect(logged).toEqual([])
      const { spans, logs } = (await sandbox.trace(traceId)).honeycomb
      const service = `grpc-${language.toLowerCase()}`
      expect(spans).toMatchObject([{ name: `from ${language}`, service, dataset: service }])
      expect(logs).toMatchObject([{ body: 'a record', service, spanId: spans[0]?.spanId }])
      const { metrics } = MetricList.parse(await (await sandbox.ask('/sandbox/metrics')).json())
      expect(metrics.map(({ name }) => name)).toContain(`${language.toLowerCase()}.counter`)
    },
  )

  test.runIf(command)('they show what is wrong: no key, or a message that is too large', async () => {
    const withoutKey = await send({}, 'none')
    expect(withoutKey.logged).not.toEqual([])
    for (const text of withoutKey.logged) {
      expect(text).toMatch(/unauthenticated/i)
      expect(text).toContain("missing 'x-honeycomb-team' header")
    }
    const large = await send(HONEYCOMB_KEY, 'gzip', 16_000_000)
    expect(large.logged.join()).toMatch(/received message after decompression larger than max 15000000/)
  })
})
