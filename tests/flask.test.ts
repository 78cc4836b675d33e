import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RequestPage } from '../contracts/sandbox/lists.ts'
import { readDocument } from './harness/documents.ts'
import { ROOT, type RunningProcess, spawnProcess } from './harness/process.ts'
import { ProviderServer, passOnTo } from './harness/provider-server.ts'
import { findModules, PYTHON } from './harness/python.ts'
import { run } from './harness/run.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { eventually } from './harness/wait-for.ts'
import { bareEnvironment } from './harness/workspace.ts'

/** Of what examples/flask/requirements.txt and examples/flask-bootcamp/requirements.txt name. */
const python = findModules(
  'flask',
  'aws_xray_sdk',
  'rollbar',
  'opentelemetry.exporter.otlp.proto.http',
  'opentelemetry.instrumentation.flask',
  'opentelemetry.instrumentation.logging.handler',
  'opentelemetry.propagators.aws',
  'opentelemetry.sdk.extension.aws.trace',
)

const PAGE = readDocument('docs/your-app/flask.md')
const TABLES = readFileSync(join(ROOT, PAGE.path), 'utf8').matchAll(/^\| `([^`]+)` \| (?:`([^`]+)`)?/gm)
const FIRST_COLUMNS = [...TABLES].map(([, name = '', value]) => ({ name, value }))
/** The variables that the page sets, for a sandbox on its usual ports. */
const VARIABLES = FIRST_COLUMNS.filter(({ name }) => /^[A-Z_]+$/.test(name))
/** The lines of a Python program that the page explains. */
const COMPLAINTS = FIRST_COLUMNS.map(({ name }) => name).filter((name) => /^(Failed|Got) /.test(name))
const CURLS = PAGE.blocks.flatMap(({ text }) => text.split('\n')).filter((line) => line.startsWith('curl '))
const FIX = readDocument('docs/your-app/two-rows.md').blocks.find(({ language }) => language === 'diff')

const ERROR = 'GET /error'
/** Python loads for two seconds, and for many more where every core is busy. */
const START_MS = 50_000

/** A running example, and the sandbox that it sends to. */
interface App {
  readonly sandbox: SandboxForTest
  readonly process: RunningProcess
  readonly url: string
}

test('the page has variables, requests and complaints, and the other page has the fix', () => {
  expect(VARIABLES.map(({ name }) => name)).toContain('OTEL_EXPORTER_OTLP_ENDPOINT')
  expect(CURLS).toHaveLength(3)
  expect(COMPLAINTS).toHaveLength(3)
  expect(FIX?.text).toContain('--- a/app.py')
})

describe.skipIf(!python.isThere)(`Flask beside the sandbox (${python.kind})`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'flask-'))
  const closing: (() => PromiseLike<unknown>)[] = []
  let bootcamp: App
  let fixed: App
  let shared: App
  let wrong: App
  /** Stands before X-Ray's endpoint of the sandbox of `shared`. */
  let xray: ProviderServer

  beforeAll(async () => {
    copyFileSync(join(ROOT, 'examples/flask-bootcamp/app.py'), join(folder, 'app.py'))
    const { code, stderr } = await run('git', ['apply', '-'], {
      cwd: folder,
      env: bareEnvironment(),
      input: `${FIX?.text}\n`,
    })
    expect(code, stderr).toBe(0)

    const name = { OTEL_SERVICE_NAME: 'backend-flask' }
    ;[bootcamp, fixed, shared, wrong] = await Promise.all([
      start('examples/flask-bootcamp', () => name),
      start(folder, () => ({ ...name, OTEL_PYTHON_FLASK_EXCLUDED_URLS: 'rollbar/test' })),
      start('examples/flask', async ({ url }) => {
        xray = await ProviderServer.start(passOnTo(url))
        closing.push(async () => xray[Symbol.asyncDispose]())
        return { XRAY_OTLP_ENDPOINT: `${xray.url}/v1/traces` }
      }),
      start('examples/flask', ({ url }) => ({
        OTEL_EXPORTER_OTLP_HEADERS: '',
        XRAY_API_KEY: '',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'any',
        AWS_SECRET_ACCESS_KEY: 'any',
        ROLLBAR_ENDPOINT: `${url}/api/1/item/`,
      })),
    ])
  })

  afterAll(async () => {
    for (const close of closing.reverse()) await close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Starts an example with the variables of the page, changed so that they name a new sandbox. */
  async function start(
    cwd: string,
    change: (sandbox: SandboxForTest) => Record<string, string> | Promise<Record<string, string>>,
  ): Promise<App> {
    const sandbox = await sandboxForTest()
    closing.push(() => sandbox[Symbol.asyncDispose]())
    const { port } = sandbox.daemon.udp ?? expect.fail('the sandbox has no daemon')
    const variables = VARIABLES.map(({ name, value = '' }) => [
      name,
      value.replace('127.0.0.1:4318', `127.0.0.1:${sandbox.port}`).replace(':2000', `:${port}`),
    ])
    const env = {
      ...bareEnvironment(),
      ...Object.fromEntries(variables),
      ...(await change(sandbox)),
      PORT: '0',
      OTEL_BSP_SCHEDULE_DELAY: '200',
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
    }
    const started = spawnProcess(['app.py'], env, { program: PYTHON, cwd: resolve(ROOT, cwd) })
    closing.push(() => started.stop())
    const output = await eventually(started.output, (text) => /Running on http\S+\s/.test(text), START_MS)
    return { sandbox, process: started, url: /Running on (http\S+)/.exec(output)?.[1] ?? '' }
  }

  /** What waits for requests that were not in the sandbox before: as `name: spans segments items`, once they have as many records as expected. */
  async function newRows({ sandbox, process }: App) {
    const requests = async () =>
      RequestPage.parse(await (await sandbox.ask('/sandbox/requests')).json()).requests
    const before = new Set((await requests()).map(({ traceId }) => traceId))
    return async (...expected: readonly string[]) => {
      const read = async () => (await requests()).filter(({ traceId }) => !before.has(traceId))
      const text = ({ name, spans, segments, items }: RequestPage['requests'][number]) =>
        `${name}: ${spans} ${segments} ${items}`
      const records = (rows: readonly string[]) =>
        rows.flatMap((row) => row.split(' ').slice(-3).map(Number)).reduce((sum, count) => sum + count, 0)
      const wanted = records(expected)
      const rows = await eventually(read, (found) => records(found.map(text)) >= wanted)
      expect(rows.map(text).toSorted(), process.output()).toEqual(expected.toSorted())
    }
  }

  const turnOnTransactionSearch = ({ sandbox }: App) =>
    sandbox.post('/UpdateTraceSegmentDestination', '{"Destination":"CloudWatchLogs"}')

  test('the bootcamp’s wiring makes three rows of one request, and its item belongs to none', async () => {
    const expectRows = await newRows(bootcamp)
    expect((await fetch(`${bootcamp.url}/error`)).status).toBe(500)
    await expectRows(`${ERROR}: 1 0 0`, `${ERROR}: 0 1 0`, 'POST: 1 0 0')
    expect((await bootcamp.sandbox.counts()).rollbar.items).toBe(1)
  })

  test('with the lines of two-rows.md it makes one, which all three have', async () => {
    const expectRows = await newRows(fixed)
    expect((await fetch(`${fixed.url}/error`)).status).toBe(500)
    await expectRows(`${ERROR}: 1 1 1`)
    // Its spans come after that of Rollbar's post, were there one.
    await fetch(`${fixed.url}/api/activities/home`)
    await expectRows(`${ERROR}: 1 1 1`, 'GET /api/activities/home: 2 1 0')
    // A path that OpenTelemetry does not trace.
    expect((await fetch(`${fixed.url}/rollbar/test`)).status, fixed.process.output()).toBe(200)
  })

  test('the example with one id makes one row of each request, and writes its log records in them', async () => {
    const expectRows = await newRows(shared)
    for (const curl of CURLS) {
      const command = curl.replace('http://localhost:8080', shared.url)
      const env = { ...bareEnvironment(), XRAY_OTLP_ENDPOINT: `${shared.sandbox.url}/v1/traces` }
      const { code, stderr } = await run('bash', ['-c', command], { env })
      expect(code, `${command}\n${stderr}`).toBe(0)
    }
    await expectRows(`${ERROR}: 1 1 1`, 'GET /: 2 2 0')
    await fetch(`${shared.url}/missing`)
    await expectRows(`${ERROR}: 1 1 1`, 'GET /: 2 2 0', 'GET /missing: 1 1 0')
  })

  test('it continues the traces of its callers, in both notations, and logs within them', async () => {
    const [traceId, other] = ['6921f3a00123456789abcdef01234567', '6921f3a0fedcba987654321001234567']
    const amazon = `Root=1-${other.slice(0, 8)}-${other.slice(8)};Parent=53995c3f42cd8ad8;Sampled=1`
    const w3c = `00-${traceId}-00f067aa0ba902b7-01`
    await fetch(shared.url, { headers: { 'x-amzn-trace-id': amazon } })
    await fetch(shared.url, { headers: { 'x-amzn-trace-id': amazon.replaceAll('1', '2'), traceparent: w3c } })
    for (const id of [other, traceId]) {
      const { honeycomb } = await eventually(
        () => shared.sandbox.trace(id),
        (trace) => trace.honeycomb.spans.length + trace.honeycomb.logs.length === 3,
      )
      expect(honeycomb.logs).toMatchObject([{ body: 'greeting the world', service: 'my-flask' }])
    }
  })

  test('it does not send Honeycomb’s key to X-Ray', async () => {
    await turnOnTransactionSearch(shared)
    const expectRows = await newRows(shared)
    await fetch(shared.url)
    await expectRows('GET /: 2 2 0')
    expect(new Set(xray.requests.map(({ key }) => key))).toEqual(new Set(['']))
  })

  test('without a key, without Transaction Search and with a wrong endpoint it prints what the page explains; with AWS credentials it signs for X-Ray', async () => {
    await fetch(`${wrong.url}/error`)
    const lacking = () => COMPLAINTS.filter((line) => !wrong.process.output().includes(line))
    expect(await eventually(lacking, (lines) => lines.length === 0)).toEqual([])

    await turnOnTransactionSearch(wrong)
    const expectRows = await newRows(wrong)
    await fetch(wrong.url)
    await expectRows('GET /: 0 2 0')
  })
})
