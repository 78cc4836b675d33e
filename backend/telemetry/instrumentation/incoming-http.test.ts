import { EventEmitter, once } from 'node:events'
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { context, propagation, ROOT_CONTEXT, type Span, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { isTracingSuppressed } from '@opentelemetry/core'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { TraceHeadersPropagator } from '../propagation/propagator.ts'
import { traceIncomingHttp } from './incoming-http.ts'

const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
const servers: Server[] = []

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(new TraceHeadersPropagator())
})

afterAll(() => {
  context.disable()
  propagation.disable()
})

afterEach(async () => {
  exporter.reset()
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
})

/** A server whose requests alone are traced, and its port. */
async function serve(listener: RequestListener, trustedProxies = 0): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  traceIncomingHttp(
    provider.getTracer('test'),
    { untracedPaths: ['/health'], trustedProxies, privacy: { clientAddress: 'full' } },
    { http: server, https: new EventEmitter() },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function spans(count = 1) {
  await expect.poll(() => exporter.getFinishedSpans().length).toBe(count)
  return exporter.getFinishedSpans()
}

describe('an incoming request', () => {
  test('is a server span, by the semantic conventions', async () => {
    const port = await serve((_request, response) => response.end('ok'))
    await (
      await fetch(`http://127.0.0.1:${port}//a%20b?x=1&y`, { headers: { 'user-agent': 'test/1' } })
    ).text()
    const [span] = await spans()
    expect(span?.name).toBe('GET')
    expect(span?.status.code).toBe(SpanStatusCode.UNSET)
    expect(span?.attributes).toEqual({
      'http.request.method': 'GET',
      'http.response.status_code': 200,
      'url.scheme': 'http',
      'url.path': '//a%20b',
      'url.query': 'x=1&y',
      'server.address': '127.0.0.1',
      'server.port': port,
      'client.address': '127.0.0.1',
      'network.peer.address': '127.0.0.1',
      'network.peer.port': expect.any(Number),
      'network.protocol.version': '1.1',
      'user_agent.original': 'test/1',
    })
  })

  test.each([
    [0, '127.0.0.1', '127.0.0.1', 'http'],
    [1, '10.0.0.1', 'inner.example', 'https'],
    [2, '203.0.113.7', 'api.example', 'http'],
    [3, '198.51.100.1', 'forged.example', 'http'],
    [9, '198.51.100.1', 'forged.example', 'http'],
  ])(
    'behind %i trusted proxies: what they wrote counts, and nothing that the client wrote',
    async (proxies, client, host, scheme) => {
      const port = await serve((_request, response) => response.end(), proxies)
      const headers = {
        'x-forwarded-for': ['198.51.100.1', '203.0.113.7, 10.0.0.1'],
        'x-forwarded-host': 'forged.example, api.example, inner.example',
        'x-forwarded-proto': 'http,gopher,https',
      }
      request({ port, host: '127.0.0.1', headers }).end()
      const [span] = await spans()
      expect(span?.attributes).toMatchObject({
        'client.address': client,
        'server.address': host,
        'url.scheme': scheme,
        'network.peer.address': '127.0.0.1',
      })
      expect(span?.attributes['server.port']).toBe(proxies === 0 ? port : undefined)
    },
  )

  test('behind a proxy that terminates TLS or sends absolute URLs records no credentials', async () => {
    const port = await serve((_request, response) => response.end(), 1)
    const headers = { 'x-forwarded-proto': 'https' }
    request({ port, host: '127.0.0.1', path: 'http://me:s3cret@api.example/a?b=c', headers }).end()
    const [span] = await spans()
    expect(span?.attributes).toMatchObject({ 'url.scheme': 'https', 'url.path': '/a', 'url.query': 'b=c' })
    expect(JSON.stringify(span?.attributes)).not.toContain('s3cret')
  })

  test('with an unknown method has the name HTTP', async () => {
    const port = await serve((_request, response) => response.end())
    request({ port, host: '127.0.0.1', method: 'PROPFIND' }).end()
    const [span] = await spans()
    expect(span?.name).toBe('HTTP')
    expect(span?.attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PROPFIND',
    })
  })

  test('continues its caller’s trace in all its handlers, also in the events of its body', async () => {
    const seen: (Span | undefined)[] = []
    const port = await serve((incoming, response) => {
      const see = () => seen.push(trace.getActiveSpan())
      see()
      incoming.on('data', see)
      incoming.on('end', () => {
        see()
        setImmediate(() => {
          see()
          response.end()
        })
      })
      response.on('finish', see)
    })
    const traceId = '6b0359b306368b5bae022778cb47cac6'
    const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` }
    await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'text', headers })
    const [span] = await spans()
    expect(span?.spanContext().traceId).toBe(traceId)
    expect(span?.parentSpanContext?.spanId).toBe('00f067aa0ba902b7')
    expect(seen.map((one) => one?.spanContext().spanId)).toEqual(Array(5).fill(span?.spanContext().spanId))
  })

  test('is kept apart from another one on the same connection', async () => {
    const port = await serve(async ({ url }, response) => {
      const before = trace.getActiveSpan()
      await new Promise((done) => setTimeout(done, url === '/slow' ? 20 : 1))
      expect(trace.getActiveSpan()).toBe(before)
      response.end(before?.spanContext().traceId)
    })
    const ask = (path: string, traceId: string) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
      }).then((response) => response.text())
    const ids = ['1'.repeat(32), '2'.repeat(32), '3'.repeat(32)]
    expect(
      await Promise.all([ask('/slow', ids[0] ?? ''), ask('/', ids[1] ?? ''), ask('/', ids[2] ?? '')]),
    ).toEqual(ids)
  })

  test('that fails has an error status, and keeps a message that was set', async () => {
    const port = await serve(({ url }, response) => {
      if (url === '/said')
        trace.getActiveSpan()?.setStatus({ code: SpanStatusCode.ERROR, message: 'the reason' })
      response.writeHead(503).end()
    })
    await fetch(`http://127.0.0.1:${port}/said`)
    await fetch(`http://127.0.0.1:${port}/unsaid`)
    const [said, unsaid] = await spans(2)
    expect(said?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'the reason' })
    expect(unsaid?.status.code).toBe(SpanStatusCode.ERROR)
    expect(unsaid?.attributes).toMatchObject({ 'error.type': '503', 'http.response.status_code': 503 })
  })

  test('whose client disconnects during the response ends, with an attribute', async () => {
    const port = await serve((_request, response) => {
      response.write('half')
    })
    const sent = request({ port, host: '127.0.0.1' }, (response) =>
      response.once('data', () => sent.destroy()),
    )
    sent.on('error', () => {})
    sent.end()
    const [span] = await spans()
    expect(span?.attributes).toMatchObject({ 'app.client_hung_up': true })
    expect(span?.status.code).toBe(SpanStatusCode.UNSET)
  })

  test('whose client disconnects before the response has no status', async () => {
    const port = await serve(() => {
      sent.destroy()
    })
    const sent = request({ port, host: '127.0.0.1' })
    sent.on('error', () => {})
    sent.end()
    const [span] = await spans()
    expect(span?.attributes).toMatchObject({ 'app.client_hung_up': true })
    expect(span?.attributes).not.toHaveProperty('http.response.status_code')
  })

  test.each([
    [
      'answers itself',
      (_incoming: IncomingMessage, response: ServerResponse) => void response.writeHead(417).end(),
      417,
    ],
    [
      'hands it to the other handlers',
      (incoming: IncomingMessage, response: ServerResponse) => {
        response.writeContinue()
        servers[0]?.emit('request', incoming, response)
      },
      200,
    ],
  ])('that expects 100-continue is one span where the app %s', async (_what, onCheck, status) => {
    const port = await serve((_request, response) => response.end())
    servers[0]?.on('checkContinue', onCheck)
    const sent = request({ port, host: '127.0.0.1', method: 'POST', headers: { expect: '100-continue' } })
    sent.end()
    const [response] = await once(sent, 'response')
    response.resume()
    const [span] = await spans()
    expect(span?.attributes).toMatchObject({ 'http.response.status_code': status })
  })

  test('for an untraced path creates no span, nor do its handlers', async () => {
    const suppressed: boolean[] = []
    const port = await serve((_request, response) => {
      suppressed.push(isTracingSuppressed(context.active()))
      response.end()
    })
    for (const path of ['/health', '/health?deep=1', '/healthy'])
      await fetch(`http://127.0.0.1:${port}${path}`)
    expect(suppressed).toEqual([true, true, false])
    expect(await spans()).toHaveLength(1)
    expect(context.active()).toBe(ROOT_CONTEXT)
  })
})
