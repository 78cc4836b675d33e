import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build, type PreviewServer, preview } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, openPage, type WatchedPage } from './harness/browser.ts'
import { ROOT } from './harness/process.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { eventually } from './harness/wait-for.ts'

const EXAMPLE = join(ROOT, 'examples/browser')

test('the example names the packages of this repository in the same versions', () => {
  const read = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
  const own = read(join(ROOT, 'package.json'))
  const { dependencies, devDependencies } = read(join(EXAMPLE, 'package.json'))
  expect({ ...own.dependencies, ...own.devDependencies }).toMatchObject({
    ...dependencies,
    ...devDependencies,
  })
})

describe.skipIf(!chromiumPath)('a page on another port', () => {
  let sandbox: SandboxForTest
  let folder: string
  let site: PreviewServer
  let watched: WatchedPage

  beforeAll(async () => {
    sandbox = await sandboxForTest({ daemon: undefined })
    folder = mkdtempSync(join(tmpdir(), 'browser-example-'))
    site = await serveExample(sandbox.url, folder)
    watched = await openPage()
    await watched.page.goto(site.resolvedUrls?.local[0] ?? '')
  })
  afterAll(async () => {
    await watched.page.goto('about:blank')
    await site.close()
    rmSync(folder, { recursive: true })
    await sandbox[Symbol.asyncDispose]()
    expect(watched.complaints).toEqual([])
  })

  /** Clicks the button and returns the sandbox's records of the click's trace, once there are `count`. */
  async function click(button: string, count: number) {
    const { page } = watched
    await page.getByRole('button', { name: button }).click()
    const output = page.getByRole('status')
    await expect.poll(() => output.textContent()).toMatch(/^[0-9a-f]{32}$/)
    const traceId = (await output.textContent()) ?? ''
    return eventually(
      () => sandbox.trace(traceId),
      ({ honeycomb, rollbar }) => honeycomb.spans.length + rollbar.items.length === count,
    )
  }

  test('sends a click and the request that it caused as one trace', async () => {
    const { honeycomb } = await click('Send a request', 2)
    const named = (name: string) => honeycomb.spans.find((span) => span.name === name)
    const root = named('click: send a request')
    expect(root).toMatchObject({ service: 'my-page', parentSpanId: '' })
    expect(named('GET')).toMatchObject({ parentSpanId: root?.spanId })
    expect(named('GET')?.attributes).toMatchObject({ 'http.response.status_code': 200 })
  })

  test('sends an error to Rollbar with the trace’s id', async () => {
    const { honeycomb, rollbar } = await click('Throw an error', 2)
    expect(honeycomb.spans).toMatchObject([{ name: 'click: throw an error', service: 'my-page' }])
    expect(JSON.stringify(rollbar.items)).toContain('an error of the page')
  })
})

/** Builds the page for this sandbox and serves it on a free port. */
async function serveExample(sandbox: string, folder: string): Promise<PreviewServer> {
  writeFileSync(
    join(folder, '.env'),
    `VITE_OTLP_ENDPOINT=${sandbox}\nVITE_ROLLBAR_ENDPOINT=${sandbox}/api/1/item/\n`,
  )
  const common = { root: EXAMPLE, envDir: folder, configFile: false, logLevel: 'error' } as const
  const output = { outDir: join(folder, 'dist'), emptyOutDir: true }
  await build({ ...common, build: output })
  return preview({ ...common, build: output, preview: { port: 0, host: 'localhost' } })
}
