/// <reference lib="dom" />
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Page, Response } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ProvidersRead } from '../contracts/sandbox/health.ts'
import { newTraceId } from '../contracts/trace-id.ts'
import { chromiumPath, openPage } from './harness/browser.ts'
import { JSON_TYPE, OTLP_JSON, otlpJson, type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { eventually } from './harness/wait-for.ts'

/** The package does not export the file that pages load. */
const ROLLBAR_JS = join(import.meta.dirname, '..', 'node_modules', 'rollbar', 'dist', 'rollbar.umd.min.js')

/** The global of rollbar.js. */
type RollbarClass = new (options: object) => { error(error: Error): { readonly uuid: string } }
/** What a page's `fetch` is called with. */
type PageRequest = Pick<RequestInit, 'method' | 'mode' | 'keepalive'> & {
  readonly headers?: Record<string, string>
  readonly body?: string
}
/** What a page's `fetch` came to: the answer, or the browser's error. */
type Fetched = { readonly status: number; readonly body: string } | { readonly error: string }

describe.skipIf(!chromiumPath)('a page in Chromium', () => {
  let sandbox: SandboxForTest
  let page: Page
  let complaints: string[]
  /** An app's web server, on another port than the sandbox. */
  const app: Server = createServer(({ url }, response) => {
    const isScript = url === '/rollbar.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html')
    // Such a page has the origin `null`, as pages have that are opened from a file.
    if (url === '/sandboxed') response.setHeader('content-security-policy', 'sandbox allow-scripts')
    response.end(isScript ? readFileSync(ROLLBAR_JS) : '<!doctype html><title>app</title>')
  })
  let appUrl: string

  beforeAll(async () => {
    sandbox = await sandboxForTest({ daemon: undefined })
    await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
    appUrl = `http://localhost:${(app.address() as AddressInfo).port}`
    ;({ page, complaints } = await openPage())
  })
  afterAll(async () => {
    await page.unrouteAll()
    await page.goto('about:blank')
    app.close()
    app.closeAllConnections()
    await sandbox[Symbol.asyncDispose]()
  })

  const fetchInPage = (path: string, init: PageRequest = {}): Promise<Fetched> =>
    page.evaluate(
      ([url, options]) =>
        fetch(url, options).then(
          async (response) => ({ status: response.status, body: await response.text() }),
          (error: unknown) => ({ error: String(error) }),
        ),
      [new URL(path, sandbox.url).href, init] as const,
    )
  const send = (traceId: string, more: PageRequest = {}) =>
    fetchInPage('/v1/traces', {
      method: 'POST',
      headers: { ...OTLP_JSON, traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
      body: otlpJson({ traceId }),
      ...more,
    })

  test('of another port sends OTLP/JSON, reads the answer, and reads nothing else', async () => {
    await page.goto(appUrl)
    const traceId = newTraceId()
    expect(await send(traceId)).toEqual({ status: 200, body: '{}' })
    expect(await send(newTraceId(), { keepalive: true })).toEqual({ status: 200, body: '{}' })
    expect(await send(newTraceId(), { headers: JSON_TYPE })).toMatchObject({ status: 401 })
    expect((await sandbox.trace(traceId)).honeycomb.spans).toHaveLength(1)
    complaints.length = 0

    expect(await fetchInPage(`/sandbox/traces/${traceId}`)).toEqual({ error: expect.any(String) })
    expect(await fetchInPage('/TraceSegments', { method: 'POST', body: '{}' })).toEqual({
      error: expect.any(String),
    })
    expect(complaints.filter((text) => text.includes('blocked by CORS policy'))).toHaveLength(2)
  })

  test('of another port sends errors with rollbar.js', async () => {
    await page.goto(appUrl)
    complaints.length = 0
    await page.addScriptTag({ url: '/rollbar.js' })
    const uuid = await page.evaluate((endpoint) => {
      const { rollbar } = window as unknown as { rollbar: RollbarClass }
      const accessToken = ['any', 'token'].join('-')
      return new rollbar({ accessToken, endpoint }).error(new Error('in the browser')).uuid
    }, `${sandbox.url}/api/1/item/`)
    const headers = { 'x-rollbar-access-token': 'any' }
    const { status, item } = await eventually(
      async () => {
        const response = await sandbox.ask(`/api/1/instance/${uuid}`, { headers })
        return { status: response.status, item: await response.text() }
      },
      (answer) => answer.status === 200,
    )
    expect([status, item]).toEqual([200, expect.stringContaining('in the browser')])
    expect(complaints).toEqual([])
  })

  const neitherSendsNorReads = async () => {
    const { honeycomb } = await sandbox.counts()
    expect(await send(newTraceId())).toEqual({ error: expect.any(String) })
    // It needs no preflight, so that the browser sends it without asking.
    await send(newTraceId(), { mode: 'no-cors', headers: { 'content-type': 'text/plain' } })
    expect(await fetchInPage('/health')).toEqual({ error: expect.any(String) })
    expect((await sandbox.counts()).honeycomb).toEqual(honeycomb)
  }

  test('without an origin neither sends nor reads, and the sandbox says why', async () => {
    await page.goto(`${appUrl}/sandboxed`)
    await neitherSendsNorReads()
    const { foreignPages } = ProvidersRead.parse(await (await sandbox.ask('/sandbox/providers')).json())
    const reason = expect.stringContaining('Serve the page on http://localhost')
    // The preflight, and the request without one.
    expect(foreignPages[0]).toMatchObject({ origin: 'null', count: 2, message: reason })
  })

  test('of another site loads no part of the sandbox, and may link to it', async () => {
    // `localhost` and 127.0.0.1 are two sites.
    await page.goto(appUrl)
    const statuses: Record<string, number> = {}
    const note = (response: Response) => {
      if (response.url().startsWith(sandbox.url))
        statuses[response.url().replace(/.*for=/, '')] = response.status()
    }
    page.on('response', note)
    const fetched = await page.evaluate((at) => {
      const of = (kind: string) => `${at}/sandbox/traces?for=${kind}`
      document.body.append(
        Object.assign(document.createElement('object'), { data: of('object') }),
        Object.assign(document.createElement('iframe'), { src: of('frame') }),
      )
      // Cross-Origin-Resource-Policy makes the browser hide even the 403.
      return fetch(of('fetch'), { mode: 'no-cors' }).then(
        () => 'loaded',
        () => 'hidden',
      )
    }, sandbox.url)
    expect(fetched).toBe('hidden')
    await expect.poll(() => statuses).toMatchObject({ object: 403, frame: 200 })
    await page.evaluate((to) => location.assign(to), `${sandbox.url}/sandbox/traces?for=link`)
    await expect.poll(() => statuses).toMatchObject({ link: 200 })
    page.off('response', note)
  })

  // Newer versions of Chromium ask before such a page may reach this machine at all.
  test.each(['https://evil.example/', 'http://rebound.example/'])(
    'of %s neither sends nor reads',
    async (address) => {
      await page.route(`${address}**`, (route) => route.fulfill({ contentType: 'text/html', body: 'evil' }))
      await page.goto(address)
      await neitherSendsNorReads()
    },
  )
})
