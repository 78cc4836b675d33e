import { once } from 'node:events'
import http, { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { context } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { registerInstrumentations } from '@opentelemetry/instrumentation'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { hookModules } from './modules.ts'
import { createInstrumentations } from './outgoing-calls.ts'
import { withResendCount } from './resend-count.ts'
import { withUrlTemplate } from './url-template.ts'

const exporter = new InMemorySpanExporter()
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
const instrumentations = createInstrumentations()
const callee = createServer(({ url }, response) => {
  response.statusCode = Number(/\d{3}$/.exec(url ?? '')?.[0] ?? 200)
  response.end()
})
let url: string

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  hookModules(instrumentations)
  registerInstrumentations({ instrumentations, tracerProvider })
  callee.listen(0, '127.0.0.1')
  await once(callee, 'listening')
  url = `http://127.0.0.1:${(callee.address() as AddressInfo).port}`
})
afterAll(() => {
  for (const one of instrumentations) one.disable()
  context.disable()
  callee.close()
})
beforeEach(() => exporter.reset())

type Send = (path: string, method: string) => Promise<unknown>

const byFetch: Send = async (path, method) => (await fetch(url + path, { method })).text()
const byHttp: Send = (path, method) =>
  new Promise((resolve, reject) => {
    http
      .request(url + path, { method }, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end()
  })

async function spanOf(call: () => Promise<unknown>) {
  await call()
  await expect.poll(() => exporter.getFinishedSpans()).toHaveLength(1)
  const [span] = exporter.getFinishedSpans()
  return span ?? expect.fail('no span')
}

describe.each([
  ['fetch', byFetch],
  ['node:http', byHttp],
] as const)('a call by %s', (_name, send) => {
  test('is named by its method and template', async () => {
    const { name, attributes } = await spanOf(() =>
      withUrlTemplate('/api/profiles/{id}', () => send('/api/profiles/7', 'GET')),
    )
    expect(name).toBe('GET /api/profiles/{id}')
    expect(attributes).toMatchObject({
      'url.template': '/api/profiles/{id}',
      'url.full': `${url}/api/profiles/7`,
      'http.response.status_code': 200,
    })
  })

  test('without a template is named by its method, and has no attribute without a value', async () => {
    const { name, attributes } = await spanOf(() => send('/7', 'POST'))
    expect(name).toBe('POST')
    for (const absent of ['url.template', 'url.query', 'http.request.method_original', 'error.type']) {
      expect(Object.keys(attributes)).not.toContain(absent)
    }
  })

  test('of an unknown method has its text, and a name that does not depend on it', async () => {
    const { name, attributes } = await spanOf(() => withUrlTemplate('/', () => send('/', 'PROPFIND')))
    expect(name).toBe('HTTP /')
    expect(attributes).toMatchObject({
      'http.request.method': '_OTHER',
      'http.request.method_original': 'PROPFIND',
    })
  })

  test.each([404, 503])('that is answered %i is an error of that type', async (status) => {
    const { attributes, status: outcome } = await spanOf(() => send(`/${status}`, 'GET'))
    expect(attributes).toMatchObject({ 'error.type': String(status), 'http.response.status_code': status })
    expect(outcome).toMatchObject({ code: 2 })
  })

  test('that is sent again says how often', async () => {
    const { attributes } = await spanOf(() => withResendCount(2, () => send('/', 'GET')))
    expect(attributes).toMatchObject({ 'http.request.resend_count': 2 })
  })
})

test('a query string stays', async () => {
  const { attributes } = await spanOf(() => byFetch('/a?b=c', 'GET'))
  expect(attributes).toMatchObject({ 'url.full': `${url}/a?b=c`, 'url.query': '?b=c' })
})
