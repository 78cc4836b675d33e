import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { status } from '@grpc/grpc-js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { grpcCall, grpcClient } from '../tests/harness/grpc-client.ts'
import { freePort } from '../tests/harness/ports.ts'
import { spawnProcess, startProcess } from '../tests/harness/process.ts'
import {
  HONEYCOMB_KEY,
  JSON_TYPE,
  OTLP_JSON,
  otlpJson,
  sandboxForTest,
  segmentDocument,
  TRACE_ID,
} from '../tests/harness/sandbox.ts'
import { eventually } from '../tests/harness/wait-for.ts'
import { createWorkspace, type TestWorkspace } from '../tests/harness/workspace.ts'
import { encodeProtobuf } from './honeycomb/otlp-schema.ts'

let workspace: TestWorkspace
beforeEach(async () => {
  workspace = await createWorkspace({}, { database: 'from nothing' })
})
afterEach(() => workspace.dispose())

const start = () => workspace.start('sandbox')

/** Runs a sandbox that cannot start. */
async function fail(environment: Record<string, string>) {
  const { exited, output } = spawnProcess(['sandbox/server.ts'], { ...workspace.env, ...environment })
  return { code: await exited, output: output() }
}

describe('the process', () => {
  test('prints one line when its sockets listen; SIGTERM keeps received records and exits 0', async () => {
    const sandbox = await start()
    const { daemon, grpc } = workspace.ports
    const ready = `sandbox ready ${workspace.sandbox} (OTLP over gRPC on ${grpc}, X-Ray daemon udp/tcp 127.0.0.1:${daemon})\n`
    await eventually(sandbox.output, (text) => text === ready)
    const health = await (await fetch(`${workspace.sandbox}/health`)).json()
    expect(health).toMatchObject({ status: 'ok', service: 'sandbox', pid: sandbox.child.pid })
    const socket = createSocket('udp4')
    const datagram = `{"format": "json", "version": 1}\n${segmentDocument()}`
    await new Promise((resolve) => socket.send(datagram, daemon, '127.0.0.1', resolve))
    socket.close()
    expect(await sandbox.stop()).toBe(0)
    expect(sandbox.output()).toBe(ready)

    const again = await start()
    expect((await workspace.trace(TRACE_ID)).xray.segments).toHaveLength(1)
    again.child.kill('SIGINT')
    expect(await again.exited).toBe(0)
  })

  test('a second sandbox on the same state folder exits with 1 and the cause; kill -9 releases the folder', async () => {
    const first = await start()
    const second = await fail({ SANDBOX_PORT: String(await freePort()), XRAY_ENABLED: 'false' })
    expect(second.code).toBe(1)
    expect(second.output).toMatch(/^✗ Another sandbox is using .*sandbox\.sqlite\.\n {2}→ Stop .*\n$/)
    first.child.kill('SIGKILL')
    await first.exited
    await start()
  })

  // The system's limit on the size of a file stands in for a full disk; Node ignores the signal that goes with it.
  test.skipIf(process.platform === 'win32')(
    'on a full disk it answers 503, after which exporters retry, reports it once, and keeps what it answered 200',
    async () => {
      const limited = ['-c', 'ulimit -f 2048; exec "$0" "$@"', process.execPath, 'sandbox/server.ts']
      const sandbox = await startProcess(limited, workspace.env, `${workspace.sandbox}/health`, {
        program: 'sh',
      })
      const statuses = new Map<number, number>()
      const send = async (index: number) => {
        const spanId = (index + 1).toString(16).padStart(16, '0')
        const padding = { key: 'padding', value: { stringValue: 'x'.repeat(100_000) } }
        const { status } = await fetch(`${workspace.sandbox}/v1/traces`, {
          method: 'POST',
          body: otlpJson({ spanId, attributes: [padding] }),
          headers: OTLP_JSON,
        })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
      for (let index = 0; index < 60; index++) await send(index)
      const span = { traceId: Buffer.alloc(16, 1), spanId: Buffer.alloc(8, 1), name: 'x'.repeat(100_000) }
      const request = { resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }
      const overGrpc = grpcCall(
        grpcClient(workspace.ports.grpc),
        '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
        encodeProtobuf('ExportTraceServiceRequest', request),
        HONEYCOMB_KEY,
      )
      await expect(overGrpc).rejects.toMatchObject({ code: status.UNAVAILABLE })
      const taken = statuses.get(200) ?? 0
      expect([...statuses.keys()].sort()).toEqual([200, 503])
      expect(await sandbox.stop()).toBe(0)
      expect(sandbox.output()).toMatch(
        /^sandbox ready .*\n✗ .*sandbox\.sqlite cannot be written \(.*\)\.\n {2}→ Make room .*\n$/,
      )
      await start()
      expect((await workspace.trace(TRACE_ID)).honeycomb.spans).toHaveLength(taken)
    },
  )

  test.each([
    ['the sandbox’s port', 'tcp', 'SANDBOX_PORT'],
    ['the port for OTLP over gRPC', 'tcp', 'SANDBOX_GRPC_PORT'],
    ['the daemon’s UDP port', 'udp', 'AWS_XRAY_DAEMON_ADDRESS'],
    ['the daemon’s TCP port', 'tcp', 'AWS_XRAY_DAEMON_ADDRESS'],
  ])(
    'with %s taken it exits with 1 and a cause and a fix that name port and variable',
    async (_what, protocol, variable) => {
      const socket = createSocket('udp4')
      const server = createServer()
      let port: number
      if (protocol === 'udp') {
        socket.bind(0, '127.0.0.1')
        await once(socket, 'listening')
        port = socket.address().port
      } else {
        server.listen(0, '127.0.0.1')
        await once(server, 'listening')
        port = (server.address() as AddressInfo).port
      }
      const address = /^SANDBOX/.test(variable) ? String(port) : `127.0.0.1:${port}`
      const { code, output } = await fail({ [variable]: address })
      expect(code).toBe(1)
      expect(output).toMatch(
        new RegExp(`^✗ Port ${port} \\(${protocol.toUpperCase()}, .*\\n {2}→ .*${variable}=.*\\n$`),
      )
      socket.close()
      server.close()
    },
  )

  test('leaves the daemon’s address to the real daemon where X-Ray is live or off', async () => {
    const sandbox = await workspace.start('sandbox', { XRAY_ENABLED: 'false' })
    await eventually(sandbox.output, (text) => text.includes('no X-Ray daemon here'))
  })
})

const ROLLBAR_ITEM = JSON.stringify({
  access_token: 'any',
  data: { environment: 'e', body: { message: { body: 'x' } } },
})

describe('the HTTP port', () => {
  test('answers 403 to other host names and to pages of other sites', async () => {
    await using sandbox = await sandboxForTest()
    for (const port of [sandbox.port, sandbox.daemon.tcp?.port]) {
      const status = await new Promise((resolve, reject) => {
        const call = request({ port, host: '127.0.0.1', path: '/', headers: { host: 'evil.example' } })
        call.on('response', (response) => resolve(response.statusCode)).on('error', reject)
        call.end()
      })
      expect(status).toBe(403)
    }
    const crossSite = await sandbox.post('/v1/traces', otlpJson(), {
      ...OTLP_JSON,
      origin: 'https://evil.example',
    })
    expect([crossSite.status, crossSite.headers.get('access-control-allow-origin')]).toEqual([403, null])
  })

  test('pages of another port send to the providers’ receivers, read their answers, and nothing else', async () => {
    await using sandbox = await sandboxForTest({ daemon: undefined })
    const origin = 'http://localhost:3000'
    const preflight = (path: string, wanted = 'POST', from = origin) =>
      sandbox.ask(path, {
        method: 'OPTIONS',
        headers: {
          origin: from,
          'access-control-request-method': wanted,
          'access-control-request-headers': 'content-type,traceparent,x-honeycomb-team',
          'access-control-request-private-network': 'true',
        },
      })
    for (const path of ['/v1/traces', '/v1/logs', '/v1/metrics', '/api/1/item/']) {
      const { status, headers } = await preflight(path)
      expect([status, Object.fromEntries(headers)], path).toMatchObject([
        204,
        {
          'access-control-allow-origin': origin,
          'access-control-allow-methods': 'POST',
          'access-control-allow-headers': 'content-type,traceparent,x-honeycomb-team',
          'access-control-allow-private-network': 'true',
          'access-control-max-age': '7200',
          vary: expect.stringContaining('Origin'),
        },
      ])
      const evil = await preflight(path, 'POST', 'https://evil.example')
      expect([evil.status, evil.headers.get('access-control-allow-origin')]).toEqual([403, null])
    }
    const closed = [
      ['/v1/traces', 'GET'],
      ['/api/1/items', 'GET'],
      ['/sandbox/requests', 'GET'],
      ['/TraceSegments', 'POST'],
      ['/CreateGroup', 'POST'],
      ['/1/queries/any', 'POST'],
      ['/none', 'POST'],
    ] as const
    for (const [path, method] of closed) {
      const { status, headers } = await preflight(path, method)
      expect([status, headers.get('access-control-allow-origin')], path).toEqual([403, null])
    }

    for (const [path, body, headers, status] of [
      ['/v1/traces', otlpJson(), OTLP_JSON, 200],
      ['/v1/traces', otlpJson(), JSON_TYPE, 401],
      ['/api/1/item/', '{}', JSON_TYPE, 401],
      // As `navigator.sendBeacon` sends a text. Honeycomb takes no text as OTLP.
      ['/api/1/item/', ROLLBAR_ITEM, { 'content-type': 'text/plain;charset=UTF-8' }, 200],
      ['/v1/traces', otlpJson(), { ...OTLP_JSON, 'content-type': 'text/plain;charset=UTF-8' }, 415],
    ] as const) {
      const answer = await sandbox.post(path, body, { ...headers, origin })
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([status, origin])
      expect(answer.headers.get('access-control-allow-credentials')).toBeNull()
    }
    // Reads have no such header, so that pages of other origins cannot read them.
    const read = await sandbox.ask('/health', { headers: { origin } })
    expect([read.status, read.headers.get('access-control-allow-origin')]).toEqual([200, null])
    // The sandbox's own pages need none.
    const own = await sandbox.post('/v1/traces', otlpJson(), {
      ...OTLP_JSON,
      origin: new URL(sandbox.url).origin,
    })
    expect([own.status, own.headers.get('access-control-allow-origin')]).toEqual([200, null])
    const ownPreflight = await preflight('/v1/traces', 'POST', new URL(sandbox.url).origin)
    expect([ownPreflight.status, ownPreflight.headers.get('allow')]).toEqual([405, 'POST'])
  })

  test('a page that may not send is named where its person can see it', async () => {
    await using sandbox = await sandboxForTest({ daemon: undefined })
    await sandbox.post('/api/1/item/', '{}', { ...JSON_TYPE, origin: 'https://evil.example' })
    const providers = await (await sandbox.ask('/sandbox/providers')).json()
    expect(providers).toMatchObject({
      httpErrors: [],
      foreignPages: [
        { origin: 'https://evil.example', message: expect.stringContaining('SANDBOX_ALLOWED_ORIGINS') },
      ],
    })
  })

  test('answers 404 for unknown paths, and 405 with the allowed methods', async () => {
    await using sandbox = await sandboxForTest({ daemon: undefined })
    expect((await sandbox.ask('/none')).status).toBe(404)
    const wrong = await sandbox.ask('/v1/traces')
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST'])
    const head = await sandbox.ask('/health', { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    for (const path of ['/trace/%ff', '/%2f%2f', '/sandbox/traces/..%2f', '/?limit=%']) {
      expect((await sandbox.ask(path)).status).toBeLessThan(500)
    }
  })

  test.each(['GET / HTTP/1.1\r\n\r\n', 'nonsense\r\n\r\n', 'GET /health HTTP/1.1\r\nHost: a b\r\n\r\n'])(
    '%j on the wire is answered 4xx, and the next request 200',
    async (text) => {
      await using sandbox = await sandboxForTest({ daemon: undefined })
      const socket = connect(sandbox.port, '127.0.0.1')
      socket.write(text)
      const [answer] = await once(socket, 'data')
      socket.destroy()
      expect(String(answer)).toMatch(/^HTTP\/1.1 4/)
      expect((await sandbox.ask('/health')).status).toBe(200)
    },
  )

  test('after an upload that breaks off, the next request is answered', async () => {
    await using sandbox = await sandboxForTest({ daemon: undefined })
    const socket = connect(sandbox.port, '127.0.0.1')
    socket.write('POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n')
    socket.write('X-Honeycomb-Team: k\r\nContent-Length: 1000\r\n\r\n{"resource')
    socket.end()
    socket.resume()
    await once(socket, 'close')
    expect((await sandbox.ask('/health')).status).toBe(200)
  })

  test('closing waits for requests in flight', async () => {
    await using sandbox = await sandboxForTest({ daemon: undefined })
    const call = request(`${sandbox.url}/v1/traces`, {
      method: 'POST',
      headers: OTLP_JSON,
    })
    const answered = once(call, 'response')
    const body = otlpJson()
    call.write(body.slice(0, 50))
    await once(call, 'socket').then(([socket]) => socket.connecting && once(socket, 'connect'))
    // The request has been seen once another one, sent after it, is answered.
    await sandbox.ask('/health')
    const closed = sandbox.close()
    call.end(body.slice(50))
    const [response] = await answered
    response.resume()
    expect(response.statusCode).toBe(200)
    await closed
  })
})
