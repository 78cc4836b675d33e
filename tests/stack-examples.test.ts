import { createHash } from 'node:crypto'
import { cpSync, existsSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { readDocument } from './harness/documents.ts'
import { freePort } from './harness/ports.ts'
import { findProgram, ROOT, startProcess } from './harness/process.ts'
import { run } from './harness/run.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { IS_LONG } from './harness/scale.ts'
import type { StoredTrace } from './harness/stored-trace.ts'

const BASE_ENV = { PATH: process.env.PATH ?? '', HOME: homedir() }
/** What is built, for the next run too: Maven alone takes as long as all tests of this file. */
const BUILT = join(ROOT, 'node_modules/.cache/examples')

interface Command {
  readonly program?: string
  readonly args: readonly string[]
  readonly cwd?: string
}

interface Example {
  readonly service: string
  /** How it is started, or why it cannot be. */
  readonly command: Command | { readonly skipped: string }
  readonly route: string
  /** The type of the error on /error, and the file that throws it. */
  readonly error: readonly [type: string, file: string]
  /** The headers by which it continues its caller's trace. */
  readonly continues: readonly ('traceparent' | 'x-amzn-trace-id')[]
}

const Package = z.object({
  scripts: z.record(z.string(), z.string()),
  dependencies: z.record(z.string(), z.string()),
  devDependencies: z.record(z.string(), z.string()).default({}),
})

const [go, java] = await Promise.all([buildGo(), buildJava()])
const EXAMPLES: readonly Example[] = [
  {
    service: 'my-express',
    command: { args: startOf('examples/express'), cwd: join(ROOT, 'examples/express') },
    route: '/',
    error: ['Error', 'app.js'],
    continues: ['traceparent'],
  },
  {
    service: 'my-go',
    command: go,
    route: '/{$}',
    error: ['*errors.errorString', 'main.go'],
    continues: ['traceparent', 'x-amzn-trace-id'],
  },
  {
    service: 'my-java',
    command: java,
    route: '/',
    error: ['java.lang.IllegalStateException', 'Main.java'],
    continues: ['traceparent', 'x-amzn-trace-id'],
  },
]

const Answer = z.object({ trace_id: z.string().regex(/^[0-9a-f]{32}$/) })

describe.each(EXAMPLES)('$service', ({ service, command, route, error: [type, file], continues }) => {
  if ('skipped' in command) {
    test.skip(`skipped: ${command.skipped}`, () => {})
    return
  }
  let sandbox: SandboxForTest
  let proxy: Awaited<ReturnType<typeof startProxy>>
  const ids: Record<string, string> = {}
  const callerOf = { traceparent: newTraceId(), 'x-amzn-trace-id': newTraceId() }
  const callerSpan = newSpanId()
  const trace = async (name: string) => (await sandbox.trace(ids[name] ?? '')) as StoredTrace

  /** Sends every request and ends the app, which sends what waits to be sent. */
  beforeAll(async () => {
    sandbox = await sandboxForTest({ daemon: undefined })
    proxy = await startProxy(sandbox.url)
    await sandbox.post('/UpdateTraceSegmentDestination', JSON.stringify({ Destination: 'CloudWatchLogs' }))
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const env = {
      ...BASE_ENV,
      PORT: String(port),
      OTEL_EXPORTER_OTLP_ENDPOINT: sandbox.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-honeycomb-team=sandbox',
      XRAY_OTLP_ENDPOINT: `${proxy.url}/v1/traces`,
      XRAY_API_KEY: 'sandbox',
      ROLLBAR_ENDPOINT: `${sandbox.url}/api/1/item/`,
      ROLLBAR_ACCESS_TOKEN: 'sandbox',
    }
    const { args, ...options } = command
    const app = await startProcess(args, env, url, options)
    const headersOf = {
      traceparent: `00-${callerOf.traceparent}-${callerSpan}-01`,
      'x-amzn-trace-id': `Root=${toXRayTraceId(callerOf['x-amzn-trace-id'])};Parent=${callerSpan};Sampled=1`,
    }
    for (const [name, path, headers] of [
      ['good', '/', {}],
      ['failed', '/error', {}],
      ...continues.map((header) => [header, '/', { [header]: headersOf[header] }] as const),
    ] as const) {
      const response = await fetch(url + path, { headers })
      expect(response.status, app.output()).toBe(path === '/error' ? 500 : 200)
      ids[name] = Answer.parse(await response.json()).trace_id
    }
    // A JVM ends with 128 and the signal's number.
    expect([0, 143], app.output()).toContain(await app.stop())
  })
  afterAll(async () => {
    proxy.server.close()
    await sandbox[Symbol.asyncDispose]()
  })

  test('a request is one span and one segment under one trace id', async () => {
    const { honeycomb, xray, rollbar } = await trace('good')
    expect(honeycomb.spans).toMatchObject([
      {
        name: `GET ${route}`,
        kind: 'SERVER',
        parentSpanId: '',
        service,
        attributes: { 'http.route': route, 'http.response.status_code': 200 },
      },
    ])
    expect(xray.segments).toMatchObject([
      { id: honeycomb.spans[0]?.spanId, name: service, http: { response: { status: 200 } } },
    ])
    expect(rollbar.items).toEqual([])
  })

  test('an error is an exception, a fault and an item under one trace id', async () => {
    const { honeycomb, xray, rollbar } = await trace('failed')
    expect(honeycomb.spans).toMatchObject([
      {
        name: 'GET /error',
        status: { code: 'ERROR' },
        events: [{ name: 'exception', attributes: { 'exception.type': type } }],
      },
    ])
    expect(xray.segments).toMatchObject([{ name: service, fault: true, cause: { exceptions: [{ type }] } }])
    const stack = xray.segments[0]?.cause?.exceptions[0]?.stack
    expect(stack?.map(({ path }) => path.split('/').at(-1))).toContain(file)
    const custom = { trace_id: ids.failed, span_id: honeycomb.spans[0]?.spanId }
    expect(rollbar.items).toMatchObject([{ data: { level: 'error', custom } }])
    expect(JSON.stringify(rollbar.items[0]?.data.body)).toContain('error is deliberate')
  })

  test.each(continues)('continues the trace of a caller that sends %s', async (header) => {
    expect(ids[header]).toBe(callerOf[header])
    const { honeycomb, xray } = await trace(header)
    expect(honeycomb.spans).toMatchObject([{ parentSpanId: callerSpan }])
    expect(xray.segments).toMatchObject([{ parent_id: callerSpan, name: service }])
  })

  test('keeps Honeycomb’s key from AWS', () => {
    expect(proxy.keys.length).toBeGreaterThan(0)
    expect(proxy.keys.filter(Boolean)).toEqual([])
  })
})

test.each([
  ['express', 'npm start'],
  ['go', 'go run .'],
  ['java', 'java -jar target/my-java.jar'],
])('docs/your-app/%s.md starts the example with: %s', (page, command) => {
  const commands = readDocument(`docs/your-app/${page}.md`).blocks.flatMap(({ text }) => text.split('\n'))
  expect(commands).toContain(command)
})

test('examples/express has the versions of package.json', () => {
  const { dependencies, devDependencies } = readPackage('.')
  const ours: Record<string, string> = { ...devDependencies, ...dependencies }
  const versions = Object.entries(readPackage('examples/express').dependencies)
  expect(versions.filter(([name, version]) => ours[name] !== version)).toEqual([])
})

/** Passes requests on to the sandbox, and keeps the Honeycomb key of each. */
async function startProxy(target: string) {
  const keys: (string | undefined)[] = []
  const server: Server = createServer(async (request, response) => {
    const { authorization = '', 'content-type': type = '', 'x-honeycomb-team': key } = request.headers
    keys.push(key?.toString())
    const answer = await fetch(new URL(request.url ?? '', target), {
      method: 'POST',
      headers: { authorization, 'content-type': type },
      body: new Uint8Array(await buffer(request)),
    })
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' })
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  return { server, keys, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function readPackage(folder: string) {
  return Package.parse(JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')))
}

/** The arguments of Node in `npm start`. */
function startOf(folder: string): string[] {
  return (readPackage(folder).scripts.start ?? '').split(' ').slice(1)
}

/** Only the long run downloads modules. */
async function buildGo(): Promise<Example['command']> {
  const found = findProgram(['go', 'version'])
  if (!found.isThere) return { skipped: found.kind }
  const program = join(BUILT, 'my-go')
  const offline = { GOPROXY: 'off', GOTOOLCHAIN: 'local', GOFLAGS: '-mod=readonly' }
  const env = { ...BASE_ENV, ...(!IS_LONG && offline) }
  const built = await run('go', ['-C', 'examples/go', 'build', '-o', program, '.'], { env })
  return built.code === 0 ? { program, args: [] } : { skipped: reasonOf(built) }
}

/** Only the long run downloads packages. */
async function buildJava(): Promise<Example['command']> {
  const source = join(ROOT, 'examples/java')
  const files = ['pom.xml', 'src/main/java/Main.java', 'src/main/java/Tracing.java']
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(source, file)))
  const cwd = join(BUILT, `java-${hash.digest('hex').slice(0, 16)}`)
  const command = { program: 'java', args: ['-jar', 'target/my-java.jar'], cwd }
  if (existsSync(join(cwd, 'target/my-java.jar'))) return command
  const found = findProgram(['mvn', '--version'])
  if (!found.isThere) return { skipped: found.kind }
  if (!IS_LONG && !existsSync(join(homedir(), '.m2/repository/com/rollbar/rollbar-java')))
    return { skipped: 'Maven has not downloaded the packages, and TEST_LONG is not 1' }
  for (const file of files) cpSync(join(source, file), join(cwd, file))
  const args = [...(IS_LONG ? [] : ['--offline']), '--quiet', '--batch-mode', 'package']
  const built = await run('mvn', args, { cwd, env: BASE_ENV })
  return built.code === 0 ? command : { skipped: reasonOf(built) }
}

/** Why this machine cannot build an example. Throws where the example is wrong. */
function reasonOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): string {
  const output = stdout + stderr
  const [reason] = /.*(GOPROXY=off|requires go|offline mode|dial tcp|transfer artifact).*/.exec(output) ?? []
  if (reason === undefined) throw new Error(output.slice(-5_000))
  if (reason.includes('GOPROXY=off')) return 'Go has not downloaded the modules, and TEST_LONG is not 1'
  return reason.slice(0, 200)
}
