import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest'
import { telemetryHealthSchema } from '../contracts/telemetry-health.ts'
import { newSpanId, newTraceId } from '../contracts/trace-id.ts'
import { expectTrace } from './harness/expect-trace.ts'
import { freePort } from './harness/ports.ts'
import { ROOT, type RunningProcess, startProcess } from './harness/process.ts'
import { run } from './harness/run.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import type { StoredTrace } from './harness/stored-trace.ts'
import {
  type Addresses,
  copyTelemetry,
  linkPackages,
  readmeBlock,
  runBlock,
  writeReadmeFile,
} from './harness/telemetry-readme.ts'
import { bareEnvironment } from './harness/workspace.ts'

const HOST = '127.0.0.1'
const ARRIVED_MS = 10_000

/** A sandbox, and a free address for a service. */
async function startSandboxAt(): Promise<{ sandbox: SandboxForTest; addresses: Addresses }> {
  const daemon = { host: HOST, port: await freePort() }
  const sandbox = await sandboxForTest({ daemon: { udp: daemon, tcp: daemon } })
  const service = `${HOST}:${await freePort()}`
  return {
    sandbox,
    addresses: { sandbox: `${HOST}:${sandbox.port}`, daemon: `${HOST}:${daemon.port}`, service },
  }
}

/** Starts a service by the README's command. */
function startService(folder: string, { service }: Addresses, env: Record<string, string> = {}) {
  const [line = ''] = readmeBlock('node --import').split('\n')
  const args = line.split(' ').slice(1)
  expect(args).toEqual(['--import', './src/instrumentation.ts', 'src/server.ts'])
  const health = `http://${service}/health/telemetry`
  return startProcess(args, { ...bareEnvironment(), ...env }, health, { cwd: folder })
}

/** What the sandbox has of a trace: spans, segments, Rollbar items, log records. */
function sizesOf({ honeycomb, xray, rollbar }: StoredTrace): number[] {
  return [honeycomb.spans.length, xray.segments.length, rollbar.items.length, honeycomb.logs.length]
}

test('backend/telemetry/README.md leads from an empty folder to a trace in the sandbox', async () => {
  const { sandbox, addresses } = await startSandboxAt()
  await using _ = sandbox
  const folder = mkdtempSync(join(tmpdir(), 'orders-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))

  await runBlock(readmeBlock('cp -R backend/telemetry'), folder)
  await runBlock(readmeBlock('npm install').replace(/npm install[^#]*/, ''), folder)
  linkPackages(folder)
  for (const file of ['src/instrumentation.ts', 'src/server.ts']) writeReadmeFile(file, folder, addresses)
  const service = await startService(folder, addresses)
  onTestFinished(() => void service.stop())

  const urls = readmeBlock('/orders/7', addresses).match(/http:\S+/g) ?? []
  const answers = await Promise.all(urls.map((url) => fetch(url)))
  expect(answers.map(({ status }) => status)).toEqual([200, 500, 200])
  const [good, failed] = answers.map(({ headers }) => headers.get('traceresponse')?.split('-')[1] ?? '')
  for (const [traceId = '', sizes] of [
    [good, [1, 1, 0, 1]],
    // The error has a line in the log besides that of its request.
    [failed, [1, 1, 1, 2]],
  ] as const) {
    const read = async () => sizesOf(await sandbox.trace(traceId))
    await expect.poll(read, { timeout: ARRIVED_MS, message: service.output() }).toEqual(sizes)
    expect(await sandbox.trace(traceId)).toMatchObject({
      honeycomb: { spans: [{ name: 'GET /orders/:id', service: 'orders' }] },
      xray: { segments: [{ name: 'orders' }] },
    })
  }
  expect(await service.stop(), service.output()).toBe(0)
})

const ROUTES: readonly (readonly [path: string, status: number, route: string | undefined])[] = [
  ['/v1/customers/42/orders/0', 500, '/v1/customers/:customerId/orders/:orderId'],
  ['/admin/reports/2025', 200, '/admin/reports/:year'],
  ['/admin/reports/1900', 500, '/admin/reports/:year'],
  ['/inventory/9', 200, '/inventory/:sku'],
  ['/legacy-7', 200, '/^\\/legacy-(\\d+)$/'],
  ['/drafts/7', 404, undefined],
  ['/v1/nowhere', 404, undefined],
]

const ORDERS = [1, 2, 3, 4, 5, 6].map((id) => `/v1/customers/4${id}/orders/${id}`)

/** Class and message of an error, then those of its causes. */
type Chain = readonly (readonly [type: string, message: string])[]

const FAILURES: readonly (readonly [kind: string, Chain])[] = [
  ['frozen', [['PaymentError', 'the card was declined']]],
  ['realm', [['TypeError', 'from another realm']]],
  ['unreadable', [['PaymentError', '(the message cannot be read)']]],
  [
    'aggregate',
    [
      ['AggregateError', 'connect ECONNREFUSED ::1:9; connect ECONNREFUSED 127.0.0.1:9'],
      ['Error', 'connect ECONNREFUSED ::1:9'],
      ['Error', 'connect ECONNREFUSED 127.0.0.1:9'],
    ],
  ],
  [
    'cause-without-class',
    [
      ['PaymentError', 'the bank did not answer'],
      ['Error', '{"code":7}'],
    ],
  ],
  [
    'causes',
    [
      ['PaymentError', 'the order failed'],
      ['TypeError', 'the date failed'],
      ['RangeError', 'a year of 13 months'],
    ],
  ],
  ['text', [['Error', 'thrown: out of stock']]],
  ['upstream', [['Error', 'the supplier answered 404']]],
  ['database', [['DatabaseError', 'relation "no_such_table" does not exist']]],
]

/** Bodies that are posted, by path. */
const POSTED: Readonly<Record<string, string>> = {
  '/orders/7/invoice': '',
  '/orders?body=broken': '{',
  '/orders?body=whole': '{"sku": 1}',
}

interface Answer {
  readonly status: number
  /** Of an answer that is no object: `{ text }`. */
  readonly body: Readonly<Record<string, unknown>>
  readonly traceId: string
}

/** What a supplier was called with. */
interface Call {
  readonly path: string
  readonly traceId: string
  readonly parentId: string
  readonly xray: string
}

describe('telemetry that is copied into an app unlike the sample', () => {
  /** By path. All requests are sent before the first test, together, because records wait half a second for others. */
  const answers = new Map<string, Answer>()
  const calls: Call[] = []
  let folder: string
  let sandbox: SandboxForTest
  let addresses: Addresses
  let service: RunningProcess
  let suppliers: readonly Server[]

  beforeAll(async () => {
    const started = await startSandboxAt()
    sandbox = started.sandbox
    addresses = started.addresses
    folder = join(mkdtempSync(join(tmpdir(), 'copied-')), 'Bestellungen für alle')
    mkdirSync(folder)
    await copyTelemetry(folder, addresses)
    cpSync(join(import.meta.dirname, 'fixtures', 'second-app'), folder, { recursive: true })
    suppliers = await startSuppliers(calls)
    const [plain, secure] = suppliers.map((server) => (server.address() as AddressInfo).port)
    service = await startService(folder, addresses, {
      PORT: addresses.service.split(':')[1] ?? '',
      DATABASE_URL: inject('databaseUrl'),
      SUPPLIER_URL: `http://${HOST}:${plain}`,
      SECURE_SUPPLIER_URL: `https://${HOST}:${secure}`,
    })
    const paths = [
      ...ROUTES.map(([path]) => path),
      ...ORDERS,
      ...FAILURES.map(([kind]) => `/failures/${kind}`),
      ...Object.keys(POSTED),
      '/suppliers/acme/quote',
    ]
    await Promise.all(paths.map(async (path) => answers.set(path, await send(path))))
  })

  afterAll(async () => {
    await service.stop()
    for (const server of suppliers) await new Promise((closed) => server.close(closed))
    await sandbox[Symbol.asyncDispose]()
    rmSync(join(folder, '..'), { recursive: true, force: true })
  })

  /** Sends a request in a new trace. */
  async function send(path: string): Promise<Answer> {
    const traceId = newTraceId()
    const headers = { 'content-type': 'application/json', traceparent: `00-${traceId}-${newSpanId()}-01` }
    const body = POSTED[path]
    const init = body === undefined ? { headers } : { method: 'POST', headers, body }
    const response = await fetch(`http://${addresses.service}${path}`, init)
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : { text }, traceId }
  }

  const answerTo = (path: string) => answers.get(path) as Answer

  const stored = {
    trace: async (id: string) => (await sandbox.trace(id)) as StoredTrace,
    logs: () => service.output(),
  }

  /** Waits until the sandbox has so many spans, segments, items and log records of a trace. */
  async function expectSizes(traceId: string, sizes: readonly number[]): Promise<StoredTrace> {
    const read = async () => sizesOf(await stored.trace(traceId))
    await expect.poll(read, { timeout: ARRIVED_MS, message: service.output() }).toEqual(sizes)
    return stored.trace(traceId)
  }

  test('has right types, as the live example has, with each way to X-Ray', async () => {
    const live = readmeBlock("variable('HONEYCOMB_API_KEY')")
    writeFileSync(join(folder, 'src', 'live.ts'), live)
    const withoutDaemon = live
      .replace(/^ {2}sampler: .*\n/m, '')
      .replace(/^ {2}xray: .*/m, readmeBlock("pipeline: 'otlp'"))
    expect(withoutDaemon).not.toContain('127.0.0.1')
    writeFileSync(join(folder, 'src', 'live-without-daemon.ts'), withoutDaemon)
    const tsc = join(ROOT, 'node_modules/typescript/bin/tsc')
    const { stdout } = await run(process.execPath, [tsc, '--noEmit'], { cwd: folder, env: bareEnvironment() })
    expect(stdout).toBe('')
  })

  test.each(ROUTES)('GET %s, answered with %i, has the route %s', async (path, expected, route) => {
    const { status, traceId } = answerTo(path)
    expect(status).toBe(expected)
    const name = route === undefined ? 'GET' : `GET ${route}`
    const { honeycomb } = await expectTrace(stored, traceId, `orders: ${name} ${status}`)
    expect(honeycomb.spans[0]?.attributes['http.route']).toBe(route)
  })

  test('six requests that wait for one connection have one query each', async () => {
    for (const { status, traceId } of ORDERS.map(answerTo)) {
      expect(status).toBe(200)
      const tree = `
        orders: GET /v1/customers/:customerId/orders/:orderId 200
          orders: SELECT cruddur {/*}
      `
      await expectTrace(stored, traceId, tree)
    }
  })

  test('a call is a span and a subsegment, and sends both headers, in every import style', async () => {
    const { status, body, traceId } = answerTo('/suppliers/acme/quote')
    expect([status, body]).toEqual([200, { calls: 12 }])
    const tree = `orders: GET /suppliers/:supplier/quote 200\n${'  orders: GET 200\n'.repeat(12)}`
    const { honeycomb, xray } = await expectTrace(stored, traceId, tree)
    const callers = honeycomb.spans
      .filter(({ kind }) => kind === 'CLIENT')
      .map(({ spanId, attributes }) => [new URL(String(attributes['url.full'])).pathname, spanId])
    expect(calls.map(({ path, parentId }) => [path, parentId])).toEqual(callers)
    expect(calls.map(({ path }) => path)).toEqual([
      ...['default', 'named', 'request', 'namespace', 'require', 'dynamic'].map((style) => `/http/${style}`),
      ...['default', 'named', 'namespace', 'require', 'dynamic'].map((style) => `/https/${style}`),
      '/fetch',
    ])
    for (const call of calls) {
      expect(call.traceId).toBe(traceId)
      expect(call.xray).toContain(`Parent=${call.parentId};Sampled=1`)
    }
    // The suppliers send no segments, which X-Ray would wait for.
    const subsegments = xray.segments[0]?.subsegments ?? []
    expect(subsegments.map(({ namespace, traced }) => [namespace, traced])).toEqual(
      Array(12).fill(['remote', undefined]),
    )
  })

  test('a worker thread and a forked child that end by themselves lose nothing', async () => {
    const { status, body, traceId } = answerTo('/orders/7/invoice')
    expect([status, body]).toEqual([200, { thread: 0, process: 0 }])
    const tree = `
      orders: POST /orders/:orderId/invoice 200
        orders: write invoice
        orders: pack order
    `
    await expectTrace(stored, traceId, tree)
    await expectSizes(traceId, [3, 3, 1, 3])
  })

  test.each(FAILURES)('the failure “%s” is alike in span, segment, item and log', async (kind, chain) => {
    const { status, body, traceId } = answerTo(`/failures/${kind}`)
    expect(status).toBe(500)
    expect(body).toMatchObject({ trace_id: traceId, rollbar_uuid: expect.any(String) })
    const spans = kind === 'database' ? 2 : 1
    const { honeycomb, xray, rollbar } = await expectSizes(traceId, [spans, 1, 1, 2])

    const span = honeycomb.spans.find(({ kind }) => kind === 'SERVER')
    const [[, message] = ['', '']] = chain
    expect(span).toMatchObject({ name: 'GET /failures/:kind', status: { code: 'ERROR', message } })
    const query = honeycomb.spans.find(({ kind }) => kind === 'CLIENT')
    expect(query?.attributes).toEqual(
      kind === 'database'
        ? expect.objectContaining({ 'error.type': '42P01', 'db.response.status_code': '42P01' })
        : undefined,
    )
    const [segment] = xray.segments
    expect(segment).toMatchObject({ fault: true, http: { response: { status: 500 } } })
    const [item] = rollbar.items
    expect(item?.data.uuid).toBe(body.rollbar_uuid)
    const record = honeycomb.logs.find(({ attributes }) => attributes['exception.type'] !== undefined)
    expect({
      span: chainOf(span?.events[0]?.attributes),
      segment: segment?.cause?.exceptions.map(({ type, message }) => [type, message]),
      item: tracesOf(item).map(({ exception }) => [exception.class, exception.message]),
      log: chainOf(record?.attributes),
    }).toEqual({ span: chain, segment: chain, item: chain, log: chain })
  })

  test('Rollbar shows the app’s own code, in a folder with spaces and letters outside ASCII', async () => {
    const { rollbar } = await expectSizes(answerTo('/failures/frozen').traceId, [1, 1, 1, 2])
    const [item] = rollbar.items
    const frame = tracesOf(item)[0]?.frames.find(({ filename }) => filename.includes('failures.ts'))
    expect(frame).toMatchObject({
      filename: join(folder, 'src', 'failures.ts'),
      code: expect.stringContaining("throw Object.freeze(new PaymentError('the card was declined'))"),
      context: { pre: expect.arrayContaining(['  frozen: () => {']) },
    })
    expect(item?.data).toMatchObject({ server: { root: folder } })
  })

  test('an error of the client is answered with its status, and not reported', async () => {
    const { status, traceId } = answerTo('/orders?body=broken')
    expect(status).toBe(400)
    const { rollbar } = await expectTrace(stored, traceId, 'orders: POST /orders 400')
    expect(rollbar.items).toEqual([])
  })

  test('a field “time” or “level” of the app fails no request and does not change the entry', async () => {
    const { status, traceId } = answerTo('/orders?body=whole')
    expect(status).toBe(201)
    const { honeycomb } = await expectSizes(traceId, [1, 1, 0, 2])
    const entry = honeycomb.logs.find(({ body }) => body === 'an order arrived')
    expect(entry).toMatchObject({ severityText: 'INFO' })
    const [line] = honeycomb.logs.filter((one) => one !== entry)
    expect(Math.abs(Number(entry?.timeUnixNano) - Number(line?.timeUnixNano))).toBeLessThan(60e9)
    expect(JSON.stringify(entry?.attributes)).toMatch(/noon.*high|high.*noon/)
  })

  test('every record is counted once', async () => {
    const read = async () => {
      const answer = await fetch(`http://${addresses.service}/health/telemetry`)
      const { providers, logs } = telemetryHealthSchema.parse(await answer.json())
      return { ...providers, logs }
    }
    const { honeycomb, xray, rollbar } = await sandbox.counts()
    // Thread and child, which have ended, counted for themselves.
    const elsewhere = { spans: 2, segments: 2, items: 1, logs: 2 }
    const whole = { refused: 0, dropped: 0, pending: 0, failing: false }
    await expect.poll(read, { timeout: ARRIVED_MS, message: service.output() }).toMatchObject({
      honeycomb: { ...whole, accepted: honeycomb.spans - elsewhere.spans, unconfirmed: 0 },
      xray: { ...whole, accepted: 0, unconfirmed: xray.received - elsewhere.segments },
      rollbar: { ...whole, accepted: rollbar.items - elsewhere.items, unconfirmed: 0 },
      logs: { ...whole, accepted: honeycomb.logs - elsewhere.logs, unconfirmed: 0 },
    })
  })
})

/** An HTTP and an HTTPS server that note what they are called with. */
async function startSuppliers(calls: Call[]): Promise<Server[]> {
  const note: RequestListener = ({ url = '', headers }, response) => {
    const [, traceId = '', parentId = ''] = String(headers.traceparent).split('-')
    calls.push({ path: url, traceId, parentId, xray: String(headers['x-amzn-trace-id']) })
    response.end('{}')
  }
  // A key that both sides know takes the place of a certificate.
  const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2', pskCallback: () => Buffer.from('5e7') } as const
  const servers = [createHttpServer(note), createHttpsServer(tls, note)]
  for (const server of servers) await new Promise<void>((listening) => server.listen(0, HOST, listening))
  return servers
}

interface RollbarTrace {
  readonly exception: { readonly class: string; readonly message: string }
  readonly frames: readonly { readonly filename: string }[]
}

function tracesOf(item: StoredTrace['rollbar']['items'][number] | undefined): readonly RollbarTrace[] {
  const { trace, trace_chain: chain } = (item?.data.body ?? {}) as {
    trace?: RollbarTrace
    trace_chain?: RollbarTrace[]
  }
  return chain ?? (trace ? [trace] : [])
}

/** Class and message of an exception, then those of its causes, which only its stack contains. */
function chainOf(attributes: Readonly<Record<string, unknown>> = {}): string[][] {
  const { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack } = attributes
  const causes = [...String(stack).matchAll(/^Caused by: (\w+)(?: \[\w+\])?: (.*)$/gm)]
  return [[String(type), String(message)], ...causes.map(([, type = '', message = '']) => [type, message])]
}
