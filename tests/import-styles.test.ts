import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { ROOT } from './harness/process.ts'
import { run } from './harness/run.ts'
import { createWorkspace } from './harness/workspace.ts'

const FIXTURE = 'tests/fixtures/import-styles'

test('an outgoing call is one client span and carries both headers, however its function was imported', async () => {
  const workspace = await createWorkspace()
  onTestFinished(() => workspace.dispose())
  await workspace.startSandboxHere()
  const received = new Map<string, IncomingHttpHeaders>()
  const urls = await startCallees((request, response) => {
    received.set(decodeURIComponent(request.url?.slice(1) ?? ''), request.headers)
    response.end()
  })
  const args = ['--import', './tests/fixtures/instrumentation.ts', `${FIXTURE}/call.ts`, ...urls]
  const env = { ...workspace.env, OTEL_EXPORTER_OTLP_ENDPOINT: workspace.sandbox }
  const { code, stdout: traceId, stderr } = await run(process.execPath, args, { cwd: ROOT, env })
  expect(code, stderr).toBe(0)

  const { honeycomb } = await workspace.trace(traceId)
  const clients = honeycomb.spans.filter(({ kind }) => kind === 'CLIENT')
  const styles = [...received.keys()]
  expect(styles).toHaveLength(21)
  const seen = styles.map((style) => {
    const spans = clients.filter(({ attributes }) =>
      String(attributes['url.full']).endsWith(`/${encodeURIComponent(style)}`),
    )
    const { traceparent, 'x-amzn-trace-id': xray } = received.get(style) ?? {}
    return [style, spans.map(({ spanId }) => spanId), traceparent, xray]
  })
  expect(seen).toEqual(
    seen.map(([style]) => {
      const spanId = expect.stringMatching(/^[0-9a-f]{16}$/)
      return [
        style,
        [spanId],
        expect.stringContaining(`00-${traceId}-`),
        expect.stringContaining('Sampled=1'),
      ]
    }),
  )
  for (const [style, [spanId] = [], traceparent, xray] of seen) {
    expect([traceparent, xray], String(style)).toEqual([
      `00-${traceId}-${spanId}-01`,
      `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${spanId};Sampled=1`,
    ])
  }
  expect(clients).toHaveLength(styles.length)
})

/** An http and an https server with the same listener; returns their addresses. */
async function startCallees(listener: RequestListener): Promise<string[]> {
  const tls = { ciphers: 'PSK+HIGH', pskCallback: () => Buffer.from('cafe', 'hex') }
  const servers = { http: createServer(listener), https: createSecureServer(tls, listener) }
  const urls = Object.entries(servers).map(async ([scheme, server]) => {
    onTestFinished(() => void server.close())
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  return Promise.all(urls)
}
