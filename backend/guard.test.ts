import { once } from 'node:events'
import { type OutgoingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { JSON_HEADERS } from '../contracts/json-headers.ts'
import { guard, allowedHosts as listensOn } from './guard.ts'
import { createServiceApp } from './service.ts'

let handled = 0
const telemetry = { report: () => ({ service: 'api' }) as never, reportError: () => 'uuid' }
const allowedHosts = ['profiles', '*.svc.cluster.local', 'MyHost']
const app = createServiceApp({ telemetry, allowedHosts }, (routes) => {
  routes.all('/route', (_request, response) => {
    handled++
    response.json({})
  })
  routes.get('/throws', () => {
    throw new Error('on purpose')
  })
})
const server = app.listen(0, '127.0.0.1')
let port: number

beforeAll(async () => {
  if (!server.listening) await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})

beforeEach(() => {
  handled = 0
})

afterAll(() => {
  server.closeAllConnections()
  server.close()
})

/** Sends what `fetch` would not: any Host, and the headers that only browsers set. */
async function send(headers: OutgoingHttpHeaders, { method = 'GET', path = '/route' } = {}) {
  const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
  sent.end()
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, headers: response.headers, text }
}

describe('the Host header', () => {
  test.each([
    'localhost:4567',
    'LOCALHOST',
    'app.localhost:4567',
    'localhost.:4567',
    '127.0.0.1:4567',
    '127.9.9.9',
    '[::1]:4567',
    '10.0.3.7:4567',
    '192.168.1.7',
    '[fd00::7]:4567',
    'host.docker.internal:4567',
    'host.containers.internal',
    '4567-me-repo-1a2b.ws-eu1.gitpod.io',
    '4567--0196.eu01.gitpod.dev',
    'fluffy-4567.app.github.dev',
    'profiles:4568',
    'profiles.cruddur.svc.cluster.local:4568',
    'myhost',
    'MyHost:4567',
  ])('%s is answered', async (host) => {
    expect((await send({ host })).status).toBe(200)
  })

  test.each([
    'evil.example',
    'evil.example:4567',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'evil-localhost',
    'evil.host.docker.internal',
    'notgitpod.io',
    'gitpod.io.evil.example',
    'api',
    'svc.cluster.local',
    'localhost@evil.example',
    'a:b:c',
    '0x7f.1',
    '2130706433',
    '127.0.0.1/evil',
    '0.0.0.0:4567',
    '[::]:4567',
    '[0:0:0:0:0:0:0:0]:4567',
    '[::ffff:0:0]',
    '[::ffff:0.0.0.0]',
  ])('%j is a 403, before any route, for reads and writes', async (host) => {
    for (const method of ['GET', 'POST', 'DELETE']) {
      expect((await send({ host }, { method })).status).toBe(403)
    }
    for (const path of ['/health', '/health/telemetry', '/nothing']) {
      expect((await send({ host }, { path })).status).toBe(403)
    }
    expect(handled).toBe(0)
  })

  test('the 403 names the setting that allows the host', async () => {
    const { text } = await send({ host: 'api.lan:4567' })
    expect(JSON.parse(text)).toMatchObject({
      status: 403,
      detail: expect.stringMatching(/"api.lan".*BACKEND_ALLOWED_HOSTS/),
    })
  })

  test('the address that a service listens on is its own, also where that is 0.0.0.0', () => {
    const settings = { BACKEND_HOST: '0.0.0.0', BACKEND_ALLOWED_HOSTS: ['api.lan'] }
    const check = (host: string) =>
      guard(listensOn(settings))(
        { method: 'GET', headers: { host }, socket: { localAddress: '172.17.0.2' } } as never,
        {} as never,
        () => {},
      )
    for (const host of ['0.0.0.0:4567', 'api.lan']) check(host)
    expect(() => check('[::]:4567')).toThrow('does not answer')
  })

  test('of a forwarded request only the Host header counts', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'localhost', forwarded: 'host=localhost' }
    expect((await send(headers)).status).toBe(403)
  })
})

describe('pages of other sites', () => {
  const host = 'localhost:4567'
  const metadata = (site: string, mode: string, target: string, more: OutgoingHttpHeaders = {}) => ({
    host,
    'sec-fetch-site': site,
    'sec-fetch-mode': mode,
    'sec-fetch-dest': target,
    ...more,
  })
  const evil = { origin: 'https://evil.example' }

  test.each([
    ['a form', { ...metadata('cross-site', 'navigate', 'document', evil), 'content-type': 'text/plain' }],
    [
      'fetch without a preflight',
      metadata('cross-site', 'no-cors', 'empty', { ...evil, 'content-type': 'text/plain' }),
    ],
    [
      'a beacon with JSON',
      metadata('cross-site', 'cors', 'empty', { ...evil, 'content-type': 'application/json' }),
    ],
    [
      'a page of another port',
      metadata('same-site', 'no-cors', 'empty', { origin: 'http://localhost:3000' }),
    ],
    ['a browser without metadata', { host, ...evil, 'content-type': 'text/plain' }],
    ['a sandboxed frame', { host, origin: 'null' }],
  ])('cannot write: %s', async (_how, headers) => {
    for (const method of ['POST', 'DELETE']) expect((await send(headers, { method })).status).toBe(403)
    expect(handled).toBe(0)
  })

  test('get no preflight’s permission', async () => {
    const asked = {
      ...evil,
      'access-control-request-method': 'POST',
      'access-control-request-private-network': 'true',
    }
    const { status, headers } = await send(metadata('cross-site', 'cors', 'empty', asked), {
      method: 'OPTIONS',
    })
    expect(status).toBe(403)
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([])
  })

  test.each([
    ['an image', metadata('cross-site', 'no-cors', 'image')],
    ['a script', metadata('cross-site', 'no-cors', 'script')],
    ['fetch', metadata('cross-site', 'cors', 'empty', evil)],
  ])('cannot load a read as %s', async (_what, headers) => {
    expect((await send(headers)).status).toBe(403)
    expect((await send(headers, { path: '/health' })).status).toBe(403)
    expect(handled).toBe(0)
  })

  test('may link to a read', async () => {
    expect((await send(metadata('cross-site', 'navigate', 'document'))).status).toBe(200)
  })

  test('own pages and programs read and write', async () => {
    const own = [{ host }, metadata('same-origin', 'cors', 'empty', { origin: `http://${host}` })]
    for (const headers of own) {
      for (const method of ['GET', 'POST']) expect((await send(headers, { method })).status).toBe(200)
    }
  })
})

describe('every response', () => {
  test.each([
    ['/route', 200],
    ['/health', 200],
    ['/health/telemetry', 200],
    ['/nothing', 404],
    ['/throws', 500],
  ])('%s has the headers of an answer that is not a page', async (path, status) => {
    const response = await send({}, { path })
    expect(response).toMatchObject({ status, headers: JSON_HEADERS })
    expect(response.headers).not.toHaveProperty('x-powered-by')
    expect(response.headers).not.toHaveProperty('server')
    expect(response.headers).not.toHaveProperty('access-control-allow-origin')
  })

  test('also one to a host that is not allowed', async () => {
    expect(await send({ host: 'evil.example' })).toMatchObject({ status: 403, headers: JSON_HEADERS })
  })
})
