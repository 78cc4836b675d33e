import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetSamplingRulesCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { DATAGRAM_HEADER } from '../contracts/daemon-address.ts'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { readDockerfile } from './harness/dockerfile.ts'
import { freePorts } from './harness/ports.ts'
import { ROOT } from './harness/process.ts'
import { xrayClientOf } from './harness/sandbox.ts'
import { IS_LONG } from './harness/scale.ts'
import type { StoredTrace } from './harness/stored-trace.ts'
import { eventually } from './harness/wait-for.ts'

/** The commands in sandbox/README.md, as words. */
const [build = [], run = []] = readFileSync(join(ROOT, 'sandbox/README.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('docker '))
  .map((line) => line.trim().split(/\s+/))
/** The values of an option that may be given several times. */
const valuesOf = (words: readonly string[], option: string) =>
  words.flatMap((word, index) => (word === option ? (words[index + 1] ?? []) : []))

const DOCKERFILE = valuesOf(build, '-f')[0] ?? ''
const last = readDockerfile(DOCKERFILE).at(-1)

describe('the documented docker run', () => {
  test('publishes every port of the image, on this machine’s loopback only', () => {
    const exposed = last?.instructions.find(({ verb }) => verb === 'EXPOSE')?.rest.split(' ') ?? []
    const published = valuesOf(run, '-p').map(
      (port) => /^127\.0\.0\.1:(\d+):(\d+)(\/udp|\/tcp)?$/.exec(port) ?? [],
    )
    expect(published.map(([, outside]) => outside)).toEqual(published.map(([, , inside]) => inside))
    const withProtocol = (port: string) => (port.includes('/') ? port : `${port}/tcp`)
    expect(published.map(([, , port, protocol = '/tcp']) => `${port}${protocol}`).toSorted()).toEqual(
      exposed.map(withProtocol).toSorted(),
    )
  })

  test('runs the image that was built, and keeps the folder that its user owns', () => {
    expect(run.at(-1)).toBe(valuesOf(build, '-t')[0])
    expect(valuesOf(run, '-v').map((volume) => volume.split(':')[1])).toEqual(['/app/.workspace'])
    expect(last?.instructions).toContainEqual({
      verb: 'RUN',
      rest: 'mkdir .workspace && chown node:node .workspace',
    })
  })
})

const docker = (...args: string[]) =>
  spawnSync('docker', args, { cwd: ROOT, encoding: 'utf8', timeout: 600_000 })
const engine = IS_LONG ? docker('version', '--format', '{{.Server.Version}}') : undefined
const why =
  engine === undefined
    ? 'npm run test:long runs it'
    : engine.status === 0
      ? undefined
      : 'no container engine runs'

describe.skipIf(why)(`in a container${why ? ` (skipped: ${why})` : ''}`, () => {
  const name = `tracing-sandbox-${process.pid}`
  let offline: string | undefined
  let [http, grpc, daemon] = [0, 0, 0]

  beforeAll(async () => {
    const { status, stderr } = docker(
      ...build.slice(1).map((word) => (word === 'tracing-sandbox' ? name : word)),
    )
    if (status !== 0) {
      if (!/pull|resolve|registry|network|EAI_AGAIN|ENOTFOUND/i.test(stderr))
        throw new Error(`docker build ended with ${status}:\n${stderr}`)
      offline = 'the image cannot be built: its base image or its packages cannot be downloaded'
      return
    }
    ;[http = 0, grpc = 0, daemon = 0] = await freePorts(3)
    const moved = new Map([
      ['4318', http],
      ['4317', grpc],
      ['2000', daemon],
    ])
    const args = run
      .slice(1)
      .map((word) =>
        word
          .replaceAll('tracing-sandbox', name)
          .replace(/^127\.0\.0\.1:(\d+):/, (_, port) => `127.0.0.1:${moved.get(port)}:`),
      )
    const started = docker('run', '--detach', ...args.slice(1))
    expect(started.status, started.stderr).toBe(0)
    await eventually(
      () =>
        fetch(`http://127.0.0.1:${http}/health`).then(
          ({ status }) => status,
          () => 0,
        ),
      (status) => status === 200,
    )
  }, 900_000)

  beforeEach((context) => {
    if (offline) context.skip(offline)
  })

  afterAll(() => {
    docker('rm', '--force', name)
    docker('volume', 'rm', name)
    docker('image', 'rm', name)
  })

  test('a trace arrives by HTTP, UDP and Rollbar’s API, the daemon answers by TCP, and docker stop is in time', async () => {
    const base = `http://127.0.0.1:${http}`
    const traceId = newTraceId()
    const now = Date.now()
    const span = {
      traceId,
      spanId: newSpanId(),
      name: 'GET /',
      startTimeUnixNano: `${now - 5}000000`,
      endTimeUnixNano: `${now}000000`,
    }
    const post = (path: string, header: string, body: unknown) =>
      fetch(`${base}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', [header]: 'sandbox' },
        body: JSON.stringify(body),
      })
    const otlp = await post('/v1/traces', 'x-honeycomb-team', {
      resourceSpans: [{ scopeSpans: [{ spans: [span] }] }],
    })
    const item = await post('/api/1/item/', 'x-rollbar-access-token', {
      data: { environment: 'test', body: { message: { body: 'It broke' } }, custom: { trace_id: traceId } },
    })
    expect([otlp.status, item.status]).toEqual([200, 200])
    const segment = {
      name: 'app',
      id: newSpanId(),
      trace_id: toXRayTraceId(traceId),
      start_time: now / 1000 - 1,
      end_time: now / 1000,
    }
    const socket = createSocket('udp4')
    socket.send(DATAGRAM_HEADER + JSON.stringify(segment), daemon, '127.0.0.1', () => socket.close())
    await eventually(
      async () => (await (await fetch(`${base}/sandbox/traces/${traceId}`)).json()) as StoredTrace,
      ({ honeycomb, xray, rollbar }) =>
        honeycomb.spans.length === 1 && xray.segments.length === 1 && rollbar.items.length === 1,
    )
    const client = xrayClientOf(`http://127.0.0.1:${daemon}`)
    const { SamplingRuleRecords = [] } = await client.send(new GetSamplingRulesCommand({}))
    client.destroy()
    expect(SamplingRuleRecords.map(({ SamplingRule }) => SamplingRule?.RuleName)).toEqual(['Default'])
    const startedAt = performance.now()
    expect(docker('stop', name).status).toBe(0)
    // Docker kills after ten seconds.
    expect(performance.now() - startedAt).toBeLessThan(9_000)
  })
})
