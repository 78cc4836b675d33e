import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { GetSamplingRulesCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { readDockerfile } from './harness/dockerfile.ts'
import { freePorts } from './harness/ports.ts'
import { findProgram, ROOT, skipped } from './harness/process.ts'
import { HONEYCOMB_KEY, xrayClientOf } from './harness/sandbox.ts'
import { IS_LONG } from './harness/scale.ts'
import { sendEverywhere } from './harness/send-everywhere.ts'
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

/**
 * Why an image cannot be built without a network; undefined where its build failed for another reason. BuildKit names each
 * image that it resolves in its progress, so only the lines of errors count.
 */
function offlineReason(stderr: string): string | undefined {
  return stderr
    .split('\n')
    .filter((line) => /\b(ERROR|error|failed to)\b/.test(line))
    .find((line) => /dial tcp|i\/o timeout|EAI_AGAIN|ENOTFOUND|no such host|TLS handshake/.test(line))
}

test.each([
  ['> [1/4] FROM docker.io/library/node:24\nERROR: failed to solve: "/docs/your-app": not found', false],
  ['#4 ERROR: process "npm ci" did not complete\nnpm ERR! registry error parsing json', false],
  ['ERROR: failed to solve: node:24: failed to resolve source metadata: dial tcp: i/o timeout', true],
  ['#9 npm error code EAI_AGAIN', true],
])('a build that ends with %j is skipped: %s', (stderr, isOffline) => {
  expect(offlineReason(stderr) !== undefined).toBe(isOffline)
})

const docker = (...args: string[]) =>
  spawnSync('docker', args, { cwd: ROOT, encoding: 'utf8', timeout: 600_000 })
// `docker version` fails where no engine runs.
const engine = IS_LONG ? findProgram(['docker', 'version']) : undefined
const kind = engine?.kind ?? 'skipped: npm run test:long runs it'

describe.skipIf(!engine?.isThere)(`in a container (${kind})`, () => {
  const name = `tracing-sandbox-${process.pid}`
  let offline: string | undefined
  let [http, grpc, daemon] = [0, 0, 0]

  beforeAll(async () => {
    const { status, stderr } = docker(
      ...build.slice(1).map((word) => (word === 'tracing-sandbox' ? name : word)),
    )
    if (status !== 0) {
      const reason = offlineReason(stderr)
      if (reason) offline = skipped(reason, 'docker')
      else throw new Error(`docker build ended with ${status}:\n${stderr}`)
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
    const traceId = await sendEverywhere({
      ...{ otlp: base, otlpHeaders: HONEYCOMB_KEY },
      ...{ items: `${base}/api/1/item/`, rollbarToken: 'sandbox' },
      daemon: { host: '127.0.0.1', port: daemon },
    })
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
