import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { MetricList } from '../contracts/sandbox/metrics.ts'
import { findProgram } from './harness/process.ts'
import { run } from './harness/run.ts'
import { HONEYCOMB_KEY, sandboxForTest } from './harness/sandbox.ts'
import { IS_LONG } from './harness/scale.ts'

// OpenTelemetry's gRPC exporters of other languages; sandbox/honeycomb/exporters.test.ts has JavaScript's.

/** A Python that has opentelemetry-sdk and opentelemetry-exporter-otlp-proto-grpc. */
const PYTHON = process.env.OTLP_PYTHON ?? 'python3'
const python = findProgram([PYTHON, '-c', 'import opentelemetry.exporter.otlp.proto.grpc.trace_exporter'])
const go = findProgram(['go', 'version'])
/** The program of tests/fixtures/otlp-grpc-go. Only the long run builds it: the first time, Go downloads its modules. */
const GO = IS_LONG && go.isThere ? await buildGo() : { skipped: IS_LONG ? go.kind : 'TEST_LONG is not 1' }

const Sent = z.object({ traceId: z.string(), logged: z.array(z.string()) })

const CLIENTS = [
  {
    name: `Python (${python.kind})`,
    isThere: python.isThere,
    command: [PYTHON, 'tests/fixtures/send_otlp_grpc.py'],
    language: 'Python',
  },
  {
    name: `Go (${'skipped' in GO ? `skipped: ${GO.skipped}` : go.kind})`,
    isThere: 'file' in GO,
    command: ['file' in GO ? GO.file : ''],
    language: 'Go',
  },
]

const sandbox = await sandboxForTest({ daemon: undefined, grpcPort: 0 })
afterAll(() => sandbox[Symbol.asyncDispose]())

describe.each(CLIENTS)('OpenTelemetry’s gRPC exporters for $name', ({ isThere, command, language }) => {
  const send = async (headers: Record<string, string>, compression: string, padding = 1) => {
    const [program = '', ...args] = command
    const input = JSON.stringify({
      endpoint: `http://127.0.0.1:${sandbox.grpcPort}`,
      ...{ headers, compression, padding },
    })
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' }
    const { code, stdout, stderr } = await run(program, args, { env, input })
    expect(code, stderr).toBe(0)
    return Sent.parse(JSON.parse(stdout))
  }

  test.runIf(isThere).each(['none', 'gzip'])(
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

  test.runIf(isThere)('they show what is wrong: no key, or a message that is too large', async () => {
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

async function buildGo(): Promise<{ readonly file: string } | { readonly skipped: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'otlp-grpc-go-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'otlp-grpc-go')
  const args = ['-C', 'tests/fixtures/otlp-grpc-go', 'build', '-o', file, '.']
  const { code, stderr } = await run('go', args, { env: process.env as Record<string, string> })
  return code === 0 ? { file } : { skipped: stderr.slice(0, 200) }
}
