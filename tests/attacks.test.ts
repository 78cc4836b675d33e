import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServiceApp, createServiceServer } from '../backend/service.ts'
import {
  HONEYCOMB_KEY,
  JSON_TYPE,
  type SandboxForTest,
  sandboxForTest,
  segmentDocument,
  TRACE_ID,
} from './harness/sandbox.ts'

// What a web page, a proxy's other reading of a request, or hostile telemetry could do to the servers of the workspace.

const SECRET = 'not a file of the viewer'
const folder = mkdtempSync(join(tmpdir(), 'attacks-'))
const viewerFolder = join(folder, 'viewer')

const telemetry = { report: () => ({ service: 'api' }) as never, reportError: () => 'uuid' }
const app = createServiceApp({ telemetry }, (routes) => {
  routes.all('/', (request, response) => {
    request.resume()
    request.once('end', () => response.json({}))
  })
})
const service = createServiceServer(app).listen(0, '127.0.0.1')
let sandbox: SandboxForTest
/** The ports that speak HTTP/1, by name. */
let ports: Readonly<Record<'api' | 'sandbox' | 'daemon', number>>

beforeAll(async () => {
  mkdirSync(join(viewerFolder, 'assets'), { recursive: true })
  for (const path of ['secret.js', 'viewer/secret.js', 'viewer/assets/.env'])
    writeFileSync(join(folder, path), SECRET)
  writeFileSync(join(viewerFolder, 'index.html'), '<!doctype html><head></head>')
  writeFileSync(join(viewerFolder, 'assets', 'main.js'), '0')
  sandbox = await sandboxForTest({ viewerFolder })
  if (!service.listening) await once(service, 'listening')
  const api = (service.address() as AddressInfo).port
  ports = { api, sandbox: sandbox.port, daemon: sandbox.daemon?.tcp?.port ?? 0 }
})

afterAll(async () => {
  service.closeAllConnections()
  service.close()
  await sandbox[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
})

/** Sends bytes, and returns what is answered until the server closes the connection. */
async function raw(port: number, bytes: string): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let text = ''
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.write(bytes, 'latin1')
  // A reset, where the server closes before it has read everything, is a close too.
  await new Promise((closed) => socket.once('close', closed))
  return text
}

const HOST = 'Host: localhost\r\n'
const NEXT = `GET /health HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`
const post = (headers: string, body = 'abcd') => `POST / HTTP/1.1\r\n${HOST}${headers}\r\n\r\n${body}${NEXT}`
const chunked = (body: string) => post('Transfer-Encoding: chunked', `${body}\r\n0\r\n\r\n`)

describe('a request that two servers could read differently is a 400, and nothing after it is read', () => {
  test.each([
    ['a length and chunks', post('Content-Length: 4\r\nTransfer-Encoding: chunked', '0\r\n\r\n')],
    ['two lengths', post('Content-Length: 4\r\nContent-Length: 0')],
    ['a list of lengths', post('Content-Length: 4, 4')],
    ['a length with a sign', post('Content-Length: +4')],
    ['a negative length', post('Content-Length: -4')],
    ['a length in hex', post('Content-Length: 0x4')],
    ['a length of 23 digits', post(`Content-Length: ${'9'.repeat(23)}`)],
    ['chunks that are not last', post('Transfer-Encoding: chunked, identity', '0\r\n\r\n')],
    ['an unknown encoding', post('Transfer-Encoding: xchunked', '0\r\n\r\n')],
    ['two encodings', post('Transfer-Encoding: chunked\r\nTransfer-Encoding: x', '0\r\n\r\n')],
    ['a space before the colon', post('Transfer-Encoding : chunked', '0\r\n\r\n')],
    ['a control character before the encoding', post('Transfer-Encoding: \x0bchunked', '0\r\n\r\n')],
    ['a folded header', post('X: a\r\n Transfer-Encoding: chunked')],
    ['lines that end with LF', `POST / HTTP/1.1\n${HOST}Content-Length: 0\n\n${NEXT}`],
    ['a header line that ends with LF', post('X: a\nContent-Length: 4')],
    ['CR within a header', post('X: a\rContent-Length: 4')],
    ['NUL within a header', post('X: a\0')],
    ['a space in a name', post('X Y: a')],
    ['a header without a colon', post('X')],
    ['no host', `GET / HTTP/1.1\r\n\r\n${NEXT}`],
    ['words after the path', `GET / a HTTP/1.1\r\n${HOST}\r\n${NEXT}`],
    ['an unknown version', `GET / HTTP/9.9\r\n${HOST}\r\n${NEXT}`],
    ['a chunk of no size', chunked('4x\r\nabcd')],
    ['a chunk of negative size', chunked('-4\r\nabcd')],
    ['a chunk of a size in C’s hex', chunked('0x4\r\nabcd')],
    ['a chunk of a size beyond 64 bits', chunked('fffffffffffffffff\r\nabcd')],
    ['a chunk that is longer than its size', chunked('4\r\nabcdX')],
    ['a chunk’s size that ends with LF', chunked('4\nabcd')],
    ['LF in a chunk’s extension', chunked('4;a\nb\r\nabcd')],
  ])('%s', async (_what, bytes) => {
    for (const [name, port] of Object.entries(ports)) {
      const answers = (await raw(port, bytes)).match(/HTTP\/1\.1 \d+/g) ?? []
      expect(answers, name).toEqual(['HTTP/1.1 400'])
    }
  })
})

test('headers beyond 64 KB are a 431, or the connection ends, at every port', async () => {
  for (const [name, port] of Object.entries(ports)) {
    const bytes = `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(70_000)}\r\n\r\n`
    expect(await raw(port, bytes), name).toMatch(/^(HTTP\/1\.1 431 |$)/)
  }
})

describe('a host name that is not this machine’s is a 403 at every port', () => {
  test.each([
    ['another name', `GET /health HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`],
    ['an empty name', `GET /health HTTP/1.1\r\nHost:\r\nConnection: close\r\n\r\n`],
    ['no name in HTTP/1.0', `GET /health HTTP/1.0\r\n\r\n`],
    [
      'this machine’s name second',
      `GET / HTTP/1.1\r\nHost: evil.example\r\n${HOST}Connection: close\r\n\r\n`,
    ],
  ])('%s', async (_what, bytes) => {
    for (const [name, port] of Object.entries(ports))
      expect(await raw(port, bytes), name).toMatch(/^HTTP\/1\.1 403 /)
  })
})

test('no path leads out of the viewer’s folder', async () => {
  const steps = [
    '../',
    '..%2f',
    '%2e%2e/',
    '%2e%2e%2f',
    '..%5c',
    '..\\',
    '....//',
    '%252e%252e%252f',
    '%c0%ae%c0%ae/',
  ]
  const paths = steps.flatMap((step) => [
    `/assets/${step}secret.js`,
    `/assets/${step}${step}secret.js`,
    `/${step}secret.js`,
  ])
  paths.push(
    '/assets/.env',
    '/assets/%2eenv',
    '/assets/main.js%00.css',
    `/assets/${encodeURIComponent(join(folder, 'secret.js'))}`,
  )
  for (const path of paths) {
    const answer = await raw(ports.sandbox, `GET ${path} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`)
    expect(answer, path).toMatch(/^HTTP\/1\.1 4\d\d /)
    expect(answer, path).not.toContain(SECRET)
  }
  expect((await sandbox.ask('/assets/main.js')).status).toBe(200)
})

describe('the pages', () => {
  const PAGES = [
    '/',
    '/ask',
    '/compare',
    '/metrics',
    '/map',
    '/errors',
    '/errors/1',
    '/logs',
    '/providers',
    '/help',
    '/help/a',
    `/trace/${TRACE_ID}`,
  ]

  test.each(['built', 'not built'])(
    '%s: have a policy without anything inline, foreign or framed',
    async (kind) => {
      await using own = await sandboxForTest({ daemon: undefined, ...(kind === 'built' && { viewerFolder }) })
      for (const path of PAGES) {
        const { headers } = await own.ask(path)
        expect(headers.get('content-type'), path).toMatch(/^text\/html/)
        expect(headers.get('x-content-type-options'), path).toBe('nosniff')
        expect(headers.get('cross-origin-resource-policy'), path).toBe('same-origin')
        const policy = headers.get('content-security-policy') ?? ''
        const rules = new Map(
          policy.split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1)]),
        )
        expect(rules.get('default-src'), path).toEqual(["'none'"])
        expect(rules.get('frame-ancestors'), path).toEqual(["'none'"])
        expect(rules.get('form-action'), path).toEqual(["'none'"])
        const sources = [...rules.entries()].flatMap(([name = '', values]) =>
          name.endsWith('-src') ? values : [],
        )
        for (const source of sources) expect(["'none'", "'self'", 'data:', 'blob:'], path).toContain(source)
        expect(rules.get('script-src') ?? ["'self'"], path).toEqual(["'self'"])
        if (kind === 'built') expect(rules.get('require-trusted-types-for'), path).toEqual(["'script'"])
      }
    },
  )
})

const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', '__proto__.polluted']

test('names of Object’s own properties are names as any other', async () => {
  const polluted = { polluted: 'yes' }
  const text = (value: object) => JSON.stringify(value).replaceAll('"proto"', '"__proto__"')
  const hostile = { proto: polluted, constructor: { prototype: polluted }, toString: 'a', hasOwnProperty: 1 }
  for (const key of NAMES) {
    const attributes = [{ key, value: { kvlistValue: { values: [{ key, value: { stringValue: 'yes' } }] } } }]
    expect((await sandbox.postSpan({ attributes, name: key }, key)).status).toBe(200)
  }
  expect(
    (
      await sandbox.putSegments(
        text(JSON.parse(segmentDocument({ annotations: hostile, metadata: { proto: hostile } }))),
      )
    ).status,
  ).toBe(200)
  const item = {
    data: {
      environment: 'e',
      custom: hostile,
      proto: polluted,
      body: { message: { body: 'a', ...hostile } },
    },
  }
  const headers = { ...JSON_TYPE, 'x-rollbar-access-token': 't' }
  expect((await sandbox.post('/api/1/item/', text(item), headers)).status).toBeLessThan(500)

  for (const name of NAMES) {
    const encoded = encodeURIComponent(name)
    const paths = [
      `/sandbox/requests?service=${encoded}&has=${encoded}`,
      `/sandbox/requests?text=${encoded}%3Ayes&sort=${encoded}&${encoded}=1`,
      `/sandbox/requests?filter=${encodeURIComponent(`annotation.${name} = "yes"`)}`,
      `/sandbox/traces?service=${encoded}`,
      `/sandbox/traces/${encoded}/export/${encoded}`,
      `/1/datasets/${encoded}`,
      `/api/1/items/?level=${encoded}`,
    ]
    for (const path of paths) expect((await sandbox.ask(path, { headers })).status, path).toBeLessThan(500)
    const question = text({ breakdowns: [name], calculations: [{ op: 'COUNT' }], proto: polluted })
    const path = `/1/queries/${encoded}`
    expect((await sandbox.post(path, question, { ...JSON_TYPE, ...HONEYCOMB_KEY })).status).toBeLessThan(500)
  }
  expect(await (await sandbox.ask('/sandbox/traces')).text()).toContain('"__proto__"')
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
})

test('SQL in any word, name or order is text, and a filter of any shape ends', {
  timeout: 60_000,
}, async () => {
  expect((await sandbox.postSpan({ name: "'; drop table spans; --" }, "o'hara")).status).toBe(200)
  const count = async () => (await (await sandbox.ask('/sandbox/traces?limit=1000')).json()).traces.length
  const before = await count()
  const injections = [
    "' or 1=1 --",
    "'; drop table spans; --",
    '1) union select 1,2 --',
    '%',
    '_',
    '"',
    '\\',
    "a'||'b",
    '\0',
  ]
  const fields = [
    'service',
    'route',
    'status',
    'min',
    'max',
    'has',
    'lacks',
    'since',
    'until',
    'trace',
    'text',
    'sort',
    'order',
    'filter',
    'group',
  ]
  for (const value of injections.map(encodeURIComponent)) {
    const paths = fields.map((field) => `/sandbox/requests?${field}=${value}`)
    paths.push(
      `/sandbox/traces/${value}`,
      `/sandbox/errors/${value}`,
      `/sandbox/logs?text=${value}`,
      `/sandbox/latency?service=${value}`,
    )
    for (const path of paths) expect((await sandbox.ask(path)).status, path).toBeLessThan(500)
  }
  const shapes = [
    `${'('.repeat(5_000)}fault${')'.repeat(5_000)}`,
    `${'!'.repeat(10_000)}fault`,
    Array.from({ length: 2_000 }, () => 'fault').join(' OR '),
    `service(${'"a",'.repeat(2_000)}"a") { fault }`,
    `${'service("a") { '.repeat(500)}fault${' }'.repeat(500)}`,
    `http.url CONTAINS "${'*'.repeat(5_000)}a"`,
    `annotation.${'a.'.repeat(5_000)}a`,
  ]
  for (const FilterExpression of shapes) {
    const startedAt = performance.now()
    const body = JSON.stringify({ StartTime: 0, EndTime: 2_000_000_000, FilterExpression })
    const { status } = await sandbox.post('/TraceSummaries', body, JSON_TYPE)
    expect([200, 400], FilterExpression.slice(0, 40)).toContain(status)
    expect(performance.now() - startedAt, FilterExpression.slice(0, 40)).toBeLessThan(3_000)
  }
  expect(await count()).toBe(before)
})
