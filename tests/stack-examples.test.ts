import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { formatHostPort } from '../contracts/daemon-address.ts'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { environmentFor, PAGES, type Stack } from '../scripts/own-app/stacks.ts'
import { BUILT, type Built, build, buildGo, reasonOf } from './harness/built-program.ts'
import { readDocument } from './harness/documents.ts'
import { freePort } from './harness/ports.ts'
import { ROOT, startProcess } from './harness/process.ts'
import { ProviderServer, passOnTo } from './harness/provider-server.ts'
import { run } from './harness/run.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import type { StoredTrace } from './harness/stored-trace.ts'
import { bareEnvironment } from './harness/workspace.ts'

interface Example {
  readonly service: string
  readonly stack: Stack
  /** How it is started, or why it cannot be. */
  readonly start: Pick<Built, 'command' | 'skipped'>
  readonly cwd: string
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

const [go, java] = await Promise.all([buildGo('examples/go'), buildJavaExample()])
const EXAMPLES: readonly Example[] = [
  {
    ...{ service: 'my-express', stack: 'node', cwd: 'examples/express' },
    start: { command: [process.execPath, ...startOf('examples/express')] },
    route: '/',
    error: ['Error', 'app.js'],
    continues: ['traceparent'],
  },
  {
    ...{ service: 'my-go', stack: 'go', cwd: 'examples/go', start: go },
    route: '/{$}',
    error: ['*errors.errorString', 'main.go'],
    continues: ['traceparent', 'x-amzn-trace-id'],
  },
  {
    ...{ service: 'my-java', stack: 'java', cwd: 'examples/java', start: java },
    route: '/',
    error: ['java.lang.IllegalStateException', 'Main.java'],
    continues: ['traceparent', 'x-amzn-trace-id'],
  },
]

const Answer = z.object({ trace_id: z.string().regex(/^[0-9a-f]{32}$/) })

describe.each(EXAMPLES)(
  '$service',
  ({ service, stack, start, cwd, route, error: [type, file], continues }) => {
    if (!start.command) {
      test.skip(`skipped: ${start.skipped}`, () => {})
      return
    }
    const [program, ...args] = start.command
    let sandbox: SandboxForTest
    let xray: ProviderServer
    const ids: Record<string, string> = {}
    const callerOf = { traceparent: newTraceId(), 'x-amzn-trace-id': newTraceId() }
    const callerSpan = newSpanId()
    const trace = async (name: string) => (await sandbox.trace(ids[name] ?? '')) as StoredTrace

    /** Sends what the example's page sends, then a request for each header, and ends the app: it sends what waits to be sent. */
    beforeAll(async () => {
      sandbox = await sandboxForTest()
      xray = await ProviderServer.start(passOnTo(sandbox.url))
      const port = await freePort()
      const url = `http://127.0.0.1:${port}`
      const { udp } = sandbox.daemon
      const place = {
        ...{ http: sandbox.url, page: sandbox.url, port: sandbox.port, grpc: undefined },
        ...{ daemon: udp ? formatHostPort(udp) : '', region: 'us-east-1' },
      }
      const printed = environmentFor(stack, place).variables.map(({ name, value }) => [name, value])
      const env = {
        ...bareEnvironment(),
        ...Object.fromEntries(printed),
        PORT: String(port),
        XRAY_OTLP_ENDPOINT: `${xray.url}/v1/traces`,
      }
      const app = await startProcess(args, env, url, { program, cwd: join(ROOT, cwd) })
      const headersOf = {
        traceparent: `00-${callerOf.traceparent}-${callerSpan}-01`,
        'x-amzn-trace-id': `Root=${toXRayTraceId(callerOf['x-amzn-trace-id'])};Parent=${callerSpan};Sampled=1`,
      }
      const curls = readDocument(PAGES[stack]).blocks.flatMap(({ text }) => text.match(/^curl .*$/gm) ?? [])
      expect(curls).toHaveLength(3)
      for (const curl of curls) {
        const command = curl.replace(/http:\/\/(localhost|127\.0\.0\.1):8080/, url)
        const { code, stdout, stderr } = await run('bash', ['-c', command], { env })
        expect(code, `${command}\n${stderr}`).toBe(0)
        if (command.includes(url)) ids[/error$/.test(command) ? 'failed' : 'good'] = idIn(stdout)
      }
      for (const header of continues) {
        const response = await fetch(url, { headers: { [header]: headersOf[header] } })
        ids[header] = idIn(await response.text())
      }
      // A JVM ends with 128 and the signal's number.
      expect([0, 143], app.output()).toContain(await app.stop())
    })
    afterAll(async () => {
      await xray[Symbol.asyncDispose]()
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
      expect(xray.requests.length).toBeGreaterThan(0)
      expect(xray.requests.filter(({ key }) => key !== '')).toEqual([])
    })
  },
)

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

test('a program that cannot be downloaded is skipped with the reason; one that does not compile is an error', () => {
  const offline = 'go: proxy: dial tcp: lookup proxy on 10.0.0.1:53: no such host'
  expect(reasonOf({ stdout: '', stderr: `go: downloading\n${offline}\n` })).toBe(offline)
  const wrong = { stdout: '', stderr: './main.go:3:1: syntax error: unexpected }' }
  expect(() => reasonOf(wrong)).toThrow('syntax error')
})

/** The trace id that an example answers with. */
function idIn(body: string): string {
  return Answer.parse(JSON.parse(body)).trace_id
}

function readPackage(folder: string) {
  return Package.parse(JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')))
}

/** The arguments of Node in `npm start`. */
function startOf(folder: string): string[] {
  return (readPackage(folder).scripts.start ?? '').split(' ').slice(1)
}

/** As its page builds it, in another folder. */
function buildJavaExample(): Promise<Built> {
  const folder = join(BUILT, 'my-java')
  return build(
    ['mvn', '--version'],
    [
      ['mkdir', '-p', folder],
      ['cp', '-R', 'examples/java/pom.xml', 'examples/java/src', folder],
      ['mvn', '--quiet', '--batch-mode', '--file', join(folder, 'pom.xml'), 'package'],
    ],
    () => ['java', '-jar', join(folder, 'target/my-java.jar')],
  )
}
