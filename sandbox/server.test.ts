import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SandboxTrace } from '../contracts/sandbox/trace.ts'
import { freePort } from '../tests/harness/ports.ts'
import { OTLP_JSON, otlpJson, sandboxForTest, segmentDocument, TRACE_ID } from '../tests/harness/sandbox.ts'
import { eventually } from '../tests/harness/wait-for.ts'

const SERVER = join(import.meta.dirname, 'server.ts')

let folder: string
const children: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-process-'))
})
afterEach(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
})

function run(environment: Record<string, string>, through: readonly string[] = []) {
  const [command = process.execPath, ...parameters] = [...through, process.execPath, SERVER]
  const child = spawn(command, parameters, {
    env: {
      PATH: process.env.PATH,
      WORKSPACE_STATE_DIR: folder,
      WORKSPACE_ENV_FILE: join(folder, 'none.env'),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  const out = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk) => {
    out.stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    out.stderr += chunk
  })
  return { child, out }
}

async function start(through: readonly string[] = []) {
  const [port, daemonPort] = [await freePort(), await freePort()]
  const environment = {
    SANDBOX_PORT: String(port),
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemonPort}`,
  }
  const { child, out } = run(environment, through)
  await eventually(
    () => out.stdout,
    (stdout) => stdout.includes('\n'),
  )
  return { child, out, port, daemonPort, url: `http://127.0.0.1:${port}`, environment }
}

/** Starts the sandbox again and reads the trace that it stored before. */
async function readAfterRestart(environment: Record<string, string>) {
  const { child } = run(environment)
  const response = await eventually(
    () =>
      fetch(`http://127.0.0.1:${environment.SANDBOX_PORT}/sandbox/traces/${TRACE_ID}`).catch(() => undefined),
    (answer) => answer !== undefined,
  )
  return { child, trace: SandboxTrace.parse(await response?.json()) }
}

describe('the process', () => {
  test('prints one line when its sockets listen; SIGTERM keeps received records and exits 0', async () => {
    const { child, out, port, daemonPort, url, environment } = await start()
    expect(out.stdout).toBe(
      `sandbox ready http://127.0.0.1:${port} (X-Ray daemon udp/tcp 127.0.0.1:${daemonPort})\n`,
    )
    const health = await (await fetch(`${url}/health`)).json()
    expect(health).toMatchObject({ status: 'ok', service: 'sandbox', pid: child.pid })
    const socket = createSocket('udp4')
    const datagram = `{"format": "json", "version": 1}\n${segmentDocument()}`
    await new Promise((resolve) => socket.send(datagram, daemonPort, '127.0.0.1', resolve))
    socket.close()
    child.kill('SIGTERM')
    expect(await once(child, 'exit')).toEqual([0, null])
    expect(out.stderr).toBe('')

    const again = await readAfterRestart(environment)
    expect(again.trace.xray.segments).toHaveLength(1)
    again.child.kill('SIGINT')
    expect(await once(again.child, 'exit')).toEqual([0, null])
  })

  test('a second sandbox on the same state folder: one line, exit 1; kill -9 releases the folder', async () => {
    const first = await start()
    const second = run({ SANDBOX_PORT: String(await freePort()), XRAY_ENABLED: 'false' })
    expect(await once(second.child, 'close')).toEqual([1, null])
    expect(second.out.stderr).toMatch(/^sandbox: Another sandbox is using .*sandbox\.sqlite\. Stop .*\n$/)
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    expect((await start()).out.stdout).toContain('sandbox ready')
  })

  // The system's limit on the size of a file stands in for a full disk; Node ignores the signal that goes with it.
  test.skipIf(process.platform === 'win32')(
    'a full disk: 503, which exporters send again, said once; what was taken is there again',
    async () => {
      const { child, out, url, environment } = await start(['sh', '-c', 'ulimit -f 2048; exec "$0" "$@"'])
      const statuses = new Map<number, number>()
      const send = async (index: number) => {
        const spanId = (index + 1).toString(16).padStart(16, '0')
        const padding = { key: 'padding', value: { stringValue: 'x'.repeat(100_000) } }
        const { status } = await fetch(`${url}/v1/traces`, {
          method: 'POST',
          body: otlpJson({ spanId, attributes: [padding] }),
          headers: OTLP_JSON,
        })
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
      for (let index = 0; index < 60; index++) await send(index)
      const taken = statuses.get(200) ?? 0
      expect([...statuses.keys()].sort()).toEqual([200, 503])
      child.kill('SIGTERM')
      expect(await once(child, 'close')).toEqual([0, null])
      expect(out.stderr).toMatch(/^sandbox: .*sandbox\.sqlite cannot be written \(.*\)\. Make room .*\n$/)

      const { trace } = await readAfterRestart(environment)
      expect(trace.honeycomb.spans).toHaveLength(taken)
    },
  )

  test.each([
    ['the sandbox’s port', 'tcp', 'SANDBOX_PORT'],
    ['the daemon’s UDP port', 'udp', 'AWS_XRAY_DAEMON_ADDRESS'],
    ['the daemon’s TCP port', 'tcp', 'AWS_XRAY_DAEMON_ADDRESS'],
  ])('%s taken: one line that names port and variable, exit 1', async (_what, protocol, variable) => {
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
    const other = await freePort()
    const { child, out } = run(
      variable === 'SANDBOX_PORT'
        ? { SANDBOX_PORT: String(port), AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${other}` }
        : { SANDBOX_PORT: String(other), AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${port}` },
    )
    expect(await once(child, 'exit')).toEqual([1, null])
    expect(out.stderr).toMatch(
      new RegExp(`^sandbox: Port ${port} \\(${protocol.toUpperCase()}, .*${variable}=.*\\n$`),
    )
    socket.close()
    server.close()
  })

  test('leaves the daemon’s address to the real daemon where X-Ray is live or off', async () => {
    const port = await freePort()
    const { out } = run({ SANDBOX_PORT: String(port), XRAY_ENABLED: 'false' })
    await eventually(
      () => out.stdout,
      (stdout) => stdout.includes('no X-Ray daemon here'),
    )
  })
})

describe('the HTTP port', () => {
  test('answers 403 to foreign hosts and pages of other sites', async () => {
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
