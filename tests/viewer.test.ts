/// <reference lib="dom" />
import { createServer } from 'node:http'
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { drain, listen } from '../sandbox/http/server.ts'
import { BUILT_FOLDER } from '../sandbox/reads/viewer-pages.ts'
import { DEFAULT_BOUNDS } from '../sandbox/store/prune.ts'
import { resolveProviders } from '../settings/providers.ts'
import { readSettings } from '../settings/read.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath, type WatchedPage } from './harness/browser.ts'
import { startProxy } from './harness/proxy.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { IS_LONG, scaled } from './harness/scale.ts'
import { eachTestWithViewer } from './harness/viewer.ts'
import { sendError, sendRequest, sendSpans } from './harness/viewer-data.ts'

/** --paper in viewer/style/base.css. */
const LIGHT_PAPER = 'rgb(247, 247, 245)'
const DARK_PAPER = 'rgb(16, 18, 22)'

let sandbox: SandboxForTest
let watched: WatchedPage
let page: Page

describe.skipIf(!chromiumPath)('the viewer, in a browser', () => {
  eachTestWithViewer((opened) => {
    ;({ sandbox, watched, page } = opened)
  }, /404/)

  const open = (path = '') => page.goto(`${sandbox.url}/${path}`)
  const rows = () => page.locator('.requests-rows [role=row].request:not(.grid-head)')
  const hasRows = (count: number) => expect.poll(() => rows().count(), { timeout: 20_000 }).toBe(count)

  test('an empty sandbox says what to run, and new requests appear without a reload', async () => {
    await open()
    await page.getByText('npm run verify').waitFor()
    await page.locator('.live-live').waitFor()
    await page.evaluate(() => Object.assign(window, { isSamePage: true }))
    await sendRequest(sandbox, { route: '/first' })
    await page.getByRole('link', { name: 'GET /first' }).waitFor()
    await sendRequest(sandbox, { route: '/second', fails: true })
    await page.getByRole('link', { name: 'GET /second' }).waitFor()
    expect(await rows().first().innerText()).toMatch(/GET \/second\s+500/)
    await expect
      .poll(() => rows().first().innerText(), { timeout: 15_000 })
      .toMatch(/2 spans[\s\S]+1 segment[\s\S]+1 error/)
    expect(await page.evaluate(() => 'isSamePage' in window)).toBe(true)
  })

  test('filters narrow the list, are in the address, and apply to new requests', async () => {
    await sendRequest(sandbox, { route: '/fast', took: 5 })
    await sendRequest(sandbox, { route: '/slow', took: 700 })
    await sendRequest(sandbox, { route: '/broken', fails: true })
    await sendRequest(sandbox, { route: '/alone', service: 'other', withXRay: false })
    await open()
    await hasRows(4)
    const shown = async () => (await rows().locator('.c-request a').allInnerTexts()).toSorted()
    const holds = (names: string[]) => expect.poll(shown, { timeout: 20_000 }).toEqual(names)

    for (const [name, option, found] of [
      ['Service', 'other', 'GET /alone'],
      ['Status', '5xx', 'GET /broken'],
      ['Duration', '500', 'GET /slow'],
      ['Provider', 'lacks=xray', 'GET /alone'],
    ] as const) {
      await page.getByRole('combobox', { name, exact: true }).selectOption(option)
      await holds([found])
      await page.getByRole('link', { name: 'Clear' }).click()
    }
    await page.getByLabel('Search by route').fill('/FAST')
    await holds(['GET /fast'])
    expect(page.url()).toMatch(/\?text=%2FFAST$/)

    await page.locator('.live-live').waitFor()
    await sendRequest(sandbox, { route: '/other' })
    await sendRequest(sandbox, { route: '/fast', took: 6 })
    await holds(['GET /fast', 'GET /fast'])
    await page.reload()
    await holds(['GET /fast', 'GET /fast'])
  })

  test('a span selected in one lens is selected in all, with the details of each', async () => {
    const { traceId, queryId, rootId } = await sendRequest(sandbox, { fails: true })
    await open(`trace/${traceId}`)
    await page.locator('#honeycomb').getByText('pg.query:SELECT cruddur').click()
    expect(await selectedIds(page)).toEqual({ honeycomb: [queryId], xray: [queryId], rollbar: 0 })
    const details = page.getByRole('complementary', { name: 'Details' })
    await details.getByText('db.query.text').waitFor()
    await details.getByText('sql.sanitized_query').waitFor()

    await page.locator('#xray').getByText('cruddur-backend').first().click()
    expect(await selectedIds(page)).toEqual({ honeycomb: [rootId], xray: [rootId], rollbar: 1 })
    await details.getByPlaceholder('Search attributes').fill('http_route')
    await expect.poll(() => details.locator('dt').allInnerTexts()).toEqual(['http_route'])

    await page.keyboard.press('Escape')
    await page.locator('#rollbar').getByRole('button').click()
    expect(await selectedIds(page)).toMatchObject({ honeycomb: [rootId], xray: [rootId] })
    // On one time axis, the two bars of a span have the same place.
    const bars = await page.locator('.wf.selected .wf-bar').evaluateAll((found) =>
      found.map((bar) => {
        const { left, width } = bar.getBoundingClientRect()
        return [Math.round(left), Math.round(width)]
      }),
    )
    expect(bars[0]).toEqual(bars[1])
  })

  test('a link from the terminal opens its lens; both notations of the trace id can be copied and exported', async () => {
    const { traceId } = await sendRequest(sandbox, { fails: true })
    await open(`trace/${traceId}#xray`)
    await page.locator('#xray.aimed').waitFor()
    const xrayId = `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`
    await page.getByRole('button', { name: xrayId }).waitFor()
    await open(`trace/${xrayId}#rollbar`)
    await page.locator('#rollbar.aimed').getByText('DeliberateError').first().waitFor()

    const raw = page.locator('.raw')
    await expect.poll(() => raw.locator('pre').innerText()).toContain(`"traceId": "${traceId}"`)
    await raw.getByRole('button', { name: 'X-Ray JSON' }).click()
    await expect.poll(() => raw.locator('pre').innerText()).toContain(`"trace_id":"${xrayId}"`)
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      raw.getByRole('link', { name: 'Download' }).click(),
    ])
    expect(download.suggestedFilename()).toBe(`${traceId}.xray.json`)
  })

  // Both pages have one list.
  test.each(scaled([''], ['', 'logs']))(
    'a next page that fails is read again only on scrolling: /%s',
    async (path) => {
      const all = 120
      await Promise.all(Array.from({ length: all }, () => sendRequest(sandbox, { withXRay: false })))
      const nextPage = /sandbox\/(requests|logs)\?.*(after|before)=[^&]/
      let failed = 0
      await page.route(nextPage, (route) => {
        failed++
        return route.abort()
      })
      await open(path)
      const list = page.locator('.requests-rows')
      const row = (number: number) => list.locator(`[aria-rowindex="${number}"]`)
      const scrollToEnd = () => list.evaluate((box) => box.scrollTo(0, box.scrollHeight))
      await row(1).waitFor()
      // A page has at most 100; on a busy machine a page of logs is shorter.
      const count = async () => Number(await list.getAttribute('aria-rowcount'))
      await expect.poll(count).toBeGreaterThan(0)
      expect(await count()).toBeLessThanOrEqual(100)
      await scrollToEnd()
      const alert = page.getByRole('alert')
      await alert.waitFor()
      // An endless retry fails many times while the page makes these requests.
      await page.evaluate(async () => {
        for (let request = 0; request < 50; request++) await fetch('sandbox/logs?limit=1')
      })
      expect(failed).toBeLessThan(5)
      expect(await alert.innerText()).toContain('The sandbox does not answer')

      await page.unroute(nextPage)
      await list.evaluate((box) => box.scrollTo(0, 0))
      await row(1).waitFor()
      await expect.poll(() => scrollToEnd().then(count)).toBe(all)
      await alert.waitFor({ state: 'detached' })
      expect(watched.complaints.splice(0)).toEqual(Array(failed).fill(expect.stringContaining('ERR_FAILED')))
    },
  )

  test('a trace without records says why, and shows them when they arrive', async () => {
    const response = await open(`trace/${'9'.repeat(32)}`)
    expect(response?.status()).toBe(404)
    await page.getByText('Nothing of this trace is here').waitFor()
    await page.getByText('npm run verify').waitFor()
    const spans = [{ spanId: '1'.repeat(16), name: 'at last', at: 0, took: 5 }]
    await page.locator('.live-live').waitFor()
    await sendSpans(sandbox, '9'.repeat(32), Date.now(), 'service', spans)
    await page.locator('#honeycomb').getByText('at last').waitFor()
    await sendError(sandbox, { traceId: '9'.repeat(32), spanId: '1'.repeat(16), atMs: Date.now() })
    await page.locator('#rollbar').getByText('1 occurrence').waitFor()
  })

  test('a trace that was deleted for space is shown as pruned', async () => {
    const bounds = { ...DEFAULT_BOUNDS, maxSpans: 1 }
    await using small = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER, bounds })
    const [deleted, latest] = ['1'.repeat(32), '2'.repeat(32)] as const
    for (const traceId of [deleted, latest]) {
      const spans = [{ spanId: '1'.repeat(16), name: 'one span', at: 0, took: 5 }]
      await sendSpans(small, traceId, Date.now(), 'service', spans)
    }
    await expect.poll(async () => (await small.trace(deleted)).pruned, { timeout: 20_000 }).toBe(true)
    await page.goto(`${small.url}/trace/${deleted}`)
    await page.getByRole('heading', { name: 'This trace is pruned' }).waitFor()
    await page.goto(`${small.url}/providers`)
    await page.getByText('The oldest records have been deleted').waitFor()
    await page.goto('about:blank')
  })

  test('below a proxy’s path prefix everything works, including live updates', async () => {
    await using proxy = await startProxy(() => sandbox.url, '/proxy/4318')
    await page.goto(`${proxy.url}/`)
    await page.locator('.live-live').waitFor()
    const { traceId } = await sendRequest(sandbox, { route: '/behind' })
    await page.getByRole('link', { name: 'GET /behind' }).click()
    await page.waitForURL(`${proxy.url}/trace/${traceId}`)
    await page.locator('#xray .wf').first().waitFor()
    await page.reload()
    await page.locator('#xray .wf').first().waitFor()
    await page.getByRole('link', { name: 'Service map' }).click()
    await page.locator('.map-node').first().waitFor()
    expect(page.url()).toBe(`${proxy.url}/map`)
  })

  test('live providers are linked, with the time range that Honeycomb needs', async () => {
    const auth = createServer((_, answer) => {
      answer.end(JSON.stringify({ team: { slug: 'acme' }, environment: { slug: 'test' } }))
    })
    const port = await listen(auth, '127.0.0.1', 0)
    const settings = readSettings({
      WORKSPACE_ENV_FILE: '/nowhere',
      HONEYCOMB_API_KEY: 'key',
      HONEYCOMB_API_ENDPOINT: `http://127.0.0.1:${port}`,
      ROLLBAR_ACCESS_TOKEN: 'token',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'eu-north-1',
    })
    const targets = resolveProviders(settings, {})
    await using live = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER, targets })
    const { traceId } = await sendRequest(live, { fails: true })
    await page.goto(`${live.url}/trace/${traceId}`)
    const hrefOf = (name: string) => page.getByRole('link', { name: `Open in ${name}` }).getAttribute('href')
    const place = '/acme/environments/test/datasets/cruddur-backend/trace'
    const time = String.raw`trace_start_ts=\d{10}&trace_end_ts=\d{10}`
    expect(await hrefOf('Honeycomb')).toMatch(new RegExp(`${place}\\?trace_id=${traceId}&${time}$`))
    expect(await hrefOf('X-Ray')).toContain(`eu-north-1.console.aws.amazon.com`)
    expect(await hrefOf('Rollbar')).toContain('rollbar.com/occurrence/uuid/?uuid=')
    await page.goto(`${live.url}/ask?query={"limit":5}`)
    const question = encodeURIComponent('{"limit":5}')
    expect(await hrefOf('Honeycomb')).toContain(`/acme/environments/test?query=${question}`)
    await page.goto(`${live.url}/providers`)
    await expect.poll(() => page.locator('.mode').allInnerTexts()).toEqual(['live', 'live', 'live'])
    auth.closeAllConnections()
    await drain(auth)
  })

  test('from the list of errors to a stack, its occurrences, and the trace of one', async () => {
    const { traceId } = await sendRequest(sandbox, { fails: true })
    await sendRequest(sandbox, { fails: true })
    await open()
    await page.getByRole('link', { name: 'Errors' }).click()
    await page.getByText('2 times').waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'The stack' }).waitFor()
    await page.locator('.frames').getByText('backend/api/rollbar-test.ts:13').waitFor()
    expect(await page.locator('.code mark').innerText()).toContain('throw new DeliberateError()')
    await page.getByRole('link', { name: traceId.slice(-8) }).click()
    await page.waitForURL(`**/trace/${traceId}#rollbar`)
    await page.locator('#rollbar').getByText('rollbar-test.ts:13').waitFor()
  })

  test('a range drawn in the latency chart selects its requests', async () => {
    const startMs = Date.now() - 60_000
    await sendRequest(sandbox, { route: '/early', startMs })
    await sendRequest(sandbox, { route: '/slow', took: 900, startMs: startMs + 30_000 })
    await sendRequest(sandbox, { route: '/late', startMs: startMs + 50_000 })
    await open()
    await hasRows(3)
    const plot = page.locator('.u-over')
    await expect.poll(async () => (await plot.boundingBox())?.width ?? 0).toBeGreaterThan(100)
    const box = (await plot.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
    await page.mouse.move(box.x + box.width * 0.4, box.y + 2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.7, box.y + box.height - 2, { steps: 8 })
    await page.mouse.up()
    await expect
      .poll(() => rows().allInnerTexts(), { timeout: 20_000 })
      .toEqual([expect.stringContaining('/slow')])
    expect(page.url()).toMatch(/since=\d+&until=\d+/)
    await page.getByRole('button', { name: 'all times' }).click()
    await hasRows(3)
  })

  test('the service map, the logs and the providers show what has arrived', async () => {
    const { traceId } = await sendRequest(sandbox, { fails: true })
    await open('map')
    await page.locator('.map-node').filter({ hasText: 'cruddur@localhost' }).waitFor()
    expect((await page.locator('tbody tr').allInnerTexts()).toSorted()).toEqual([
      expect.stringMatching(/Clients\s+cruddur-backend\s+1\s.*100 %/),
      expect.stringMatching(/cruddur-backend\s+cruddur@localhost\s+1\s/),
    ])

    await open('logs?severity=17')
    await page.getByText('GET /api/activities/home 500').click()
    await page.waitForURL(`**/trace/${traceId}?span=*`)

    await sandbox.post('/v1/traces', '{}', { 'content-type': 'application/json' })
    await open('providers')
    const card = page.locator('.provider').first()
    await card.getByText("missing 'x-honeycomb-team' header").waitFor()
    expect(await card.innerText()).toMatch(/local[\s\S]*Spans\s+2 in 15 min[\s\S]*Log records\s+1 in/)
    expect(await page.locator('tbody').innerText()).toContain('Default')
  })

  test('the differences between the lenses are explained', async () => {
    const { traceId } = await sendRequest(sandbox, { withXRay: false })
    await open(`trace/${traceId}`)
    await page.getByText('X-Ray has nothing of this request').waitFor()
    const { traceId: other } = await sendRequest(sandbox, { fails: true })
    await open(`trace/${other}`)
    await page.getByText('The same work under another name').waitFor()
    await page.getByText('1 log record in Honeycomb only').waitFor()
  })

  test('the keyboard alone leads from the list to a span and back', async () => {
    await sendRequest(sandbox, { route: '/older' })
    const { traceId, rootId, queryId } = await sendRequest(sandbox, { route: '/newer' })
    await open()
    await hasRows(2)
    await page.keyboard.press('j')
    await page.keyboard.press('j')
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/trace/${traceId}`)
    await page.locator('#honeycomb').getByText('GET /newer').first().waitFor()
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => selectedIds(page)).toMatchObject({ honeycomb: [queryId], xray: [queryId] })
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(() => page.locator('#honeycomb [role=row]').count()).toBe(1)
    await page.keyboard.press('ArrowRight')
    await page.keyboard.press('/')
    await page.keyboard.type('http_route')
    await expect.poll(() => page.locator('#xray .wf.faded').count()).toBe(1)
    await page.keyboard.press('Enter')
    expect(await selectedIds(page)).toMatchObject({ honeycomb: [rootId] })
    for (let presses = 0; presses < 3; presses++) await page.keyboard.press('Escape')
    await page.waitForURL(`${sandbox.url}/`)
    await page.keyboard.press('?')
    await page.getByRole('heading', { name: 'Keys and words' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('heading', { name: 'Keys and words' }).waitFor({ state: 'hidden' })
    await page.keyboard.press('/')
    await page.keyboard.type('older')
    await hasRows(1)
  })

  test.each(scaled(['dark'] as const, ['light', 'dark'] as const))(
    'axe finds no violation on any page, %s',
    async (scheme) => {
      const { traceId, rootId } = await sendRequest(sandbox, { fails: true })
      await sendRequest(sandbox)
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      // In the light theme viewer-trace checks a trace with errors, too.
      const hasTrace = scheme === 'dark' || IS_LONG
      for (const path of ['', ...(hasTrace ? [`trace/${traceId}?span=${rootId}`] : [])]) {
        await open(path)
        await page.locator('[role=row][id]').first().waitFor()
        expect(await violations(page), path).toEqual([])
      }
      const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      expect(paper).toBe(scheme === 'dark' ? DARK_PAPER : LIGHT_PAPER)
    },
  )

  test('a chosen theme replaces the system’s, also after a reload', async () => {
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    await page.emulateMedia({ colorScheme: 'light' })
    await open()
    expect(await paper()).toBe(LIGHT_PAPER)
    for (const theme of ['Auto', 'Light']) await page.getByRole('button', { name: `Theme: ${theme}` }).click()
    await page.getByRole('button', { name: 'Theme: Dark' }).waitFor()
    expect(await paper()).toBe(DARK_PAPER)
    await page.reload()
    await page.getByRole('button', { name: 'Theme: Dark' }).waitFor()
    expect(await paper()).toBe(DARK_PAPER)
  })

  test('at 360 pixels no page is wider than the screen, and every page works', async () => {
    const { traceId } = await sendRequest(sandbox, { fails: true })
    await page.setViewportSize({ width: 360, height: 640 })
    await open()
    await rows().first().click()
    await page.waitForURL(`**/trace/${traceId}`)
    await page.locator('#honeycomb .wf').first().click()
    await page.getByRole('complementary', { name: 'Details' }).waitFor()
    const paths = ['', `trace/${traceId}`, 'errors/1', 'map', 'errors', 'logs', 'providers', 'ask']
    for (const path of paths.slice(0, scaled(3, paths.length))) {
      await open(path)
      await page.locator('[role=row][id], .map-node, .card').first().waitFor()
      const width = await page.evaluate(() => document.querySelector('.shell')?.scrollWidth)
      expect([path, width]).toEqual([path, 360])
    }
  })
})

async function selectedIds(on: Page) {
  const ids = (lens: string) =>
    on
      .locator(`#${lens} [role=row][aria-selected=true]`)
      .evaluateAll((found, name) => found.map(({ id }) => id.slice(name.length + 1)), lens)
  return {
    honeycomb: await ids('honeycomb'),
    xray: await ids('xray'),
    rollbar: await on.locator('#rollbar .occurrence.selected').count(),
  }
}
