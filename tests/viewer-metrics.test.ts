/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newTraceId } from '../contracts/trace-id.ts'
import { BUILT_FOLDER } from '../sandbox/reads/viewer-pages.ts'
import { DEFAULT_BOUNDS } from '../sandbox/store/prune.ts'
import { buildViewer } from '../scripts/viewer/build.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath, drag, openPage, type WatchedPage } from './harness/browser.ts'
import { HONEYCOMB_KEY, type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { IS_LONG } from './harness/scale.ts'
import { metricsRequest, type SentMetric, SPAN_ID } from './harness/sent-metrics.ts'
import { sendSpans } from './harness/viewer-data.ts'

const MINUTE_MS = 60_000
const RESOURCE = { 'service.name': 'cruddur-backend' }
const DURATION = 'http.server.request.duration'
const HOSTILE = '<img src=x onerror="window.hacked=1">'
const ROUTES = ['/api/home', '/api/search', '/api/messages']

let sandbox: SandboxForTest
let watched: WatchedPage
let page: Page
let traceId: string
/** The end of the data: some seconds ago, as exporters have it. */
const END_MS = Date.now() - 5_000
const at = (minutesAgo: number) => END_MS - minutesAgo * MINUTE_MS

async function send(to: SandboxForTest, metrics: readonly SentMetric[]): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf', ...HONEYCOMB_KEY, 'x-honeycomb-dataset': 'api' }
  const response = await to.post('/v1/metrics', metricsRequest(metrics, 'protobuf'), headers)
  expect(response.status, await response.text()).toBe(200)
}

/** Twenty minutes of a histogram that restarts ten minutes before its end, each route slower than the one before. */
function durations(): SentMetric {
  const bounds = [0.01, 0.05, 0.1, 0.5, 1]
  const points = ROUTES.flatMap((route, slow) =>
    Array.from({ length: 20 }, (_, minute) => {
      const since = minute < 10 ? minute + 1 : minute - 9
      const counts = bounds.map((_, bucket) => (bucket === slow + 1 ? since * 60 : 0)).concat(0)
      return {
        resource: RESOURCE,
        attributes: { 'http.route': route, 'http.response.status_code': 200 },
        startMs: minute < 10 ? at(20) : at(10),
        timeMs: at(19 - minute),
        count: since * 60,
        sum: since * 60 * 0.04 * (slow + 1),
        bounds,
        counts,
        exemplars:
          slow === 2 && minute > 16
            ? [
                {
                  atMs: at(19 - minute) - 9_000,
                  value: 0.3,
                  traceId: minute === 18 ? traceId : newTraceId(END_MS),
                },
              ]
            : [],
      }
    }),
  )
  return { name: DURATION, kind: 'histogram', temporality: 'cumulative', unit: 's', points }
}

const gauge = (name: string, unit: string, values: number, attribute = 'id'): SentMetric => ({
  name,
  kind: 'gauge',
  unit,
  points: Array.from({ length: values }, (_, index) => ({
    resource: RESOURCE,
    attributes: { [attribute]: `value-${index}` },
    startMs: 0,
    timeMs: at(0),
    value: index * 1_000_000,
  })),
})

describe.skipIf(!chromiumPath)('metrics, in a browser', () => {
  beforeAll(async () => {
    expect(await buildViewer()).not.toMatchObject({ state: 'failed' })
    sandbox = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER })
    traceId = newTraceId(END_MS)
    await sendSpans(sandbox, traceId, at(1) - 9_000, 'cruddur-backend', [
      { spanId: SPAN_ID, name: 'GET /api/messages', at: 0, took: 300, kind: 2 },
    ])
    await send(sandbox, [
      durations(),
      gauge('memory', 'By', 1),
      gauge('sessions', '{session}', 150, 'user.id'),
    ])
  })
  afterAll(async () => {
    await page.goto('about:blank')
    await sandbox[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    watched = await openPage()
    page = watched.page
  })
  afterEach(() => {
    expect(watched.complaints).toEqual([])
  })

  const open = (search: string) => page.goto(`${sandbox.url}/metrics?${search}`)
  const asked = () => new URL(page.url()).searchParams
  const rows = () => page.locator('.metric-table tbody tr')
  const field = (clause: string) => page.getByRole('combobox', { name: `Add to ${clause}` })
  const totals = () => page.getByRole('region', { name: 'Whole time range' })

  test('the table has each metric with its last value, and warns of an attribute with too many values', async () => {
    await page.goto(`${sandbox.url}/`)
    await page.getByRole('link', { name: 'Metrics' }).waitFor()
    await expect
      .poll(async () => {
        // Keys before the page has its handlers are lost, and each one on the page itself opens it anew.
        if (!page.url().includes('/metrics')) await page.keyboard.press('3')
        return rows().allInnerTexts()
      })
      .toHaveLength(3)
    const row = (name: string) => rows().filter({ hasText: name })
    expect(await row(DURATION).innerText()).toMatch(/histogram, cumulative\s+seconds\s+p95 \d+ ms\s+3\s+60/)
    expect(await row('memory').innerText()).toMatch(/gauge\s+bytes\s+0 B\s+1\s+1/)
    expect(await row('sessions').innerText()).toMatch(/user\.id has 150 values/)

    await page.getByRole('button', { name: 'Time series' }).click()
    await expect.poll(() => rows().first().innerText()).toContain('sessions')
    expect(await page.getByRole('columnheader', { name: 'Time series' }).getAttribute('aria-sort')).toBe(
      'descending',
    )
    await page.keyboard.press('/')
    await page.keyboard.type('http.route')
    await expect.poll(() => rows().count()).toBe(1)
    expect(asked().get('text')).toBe('http.route')
    await rows().getByRole('link').click()
    await page.getByRole('heading', { name: DURATION, level: 1 }).waitFor()
  })

  test('a histogram: grouped, filtered, zoomed, read by keys, all of it in the address', async () => {
    await open(`name=${DURATION}`)
    await page.getByRole('figure', { name: 'p95 over time' }).waitFor()
    await page.getByRole('figure', { name: `Heatmap of ${DURATION}` }).waitFor()
    // Three time series restarted.
    await page.getByText('3 times a time series began again from zero').waitFor()
    const { keyboard } = page
    await field('GROUP BY').fill('rou')
    await page.getByRole('option', { name: 'http.route' }).waitFor()
    await keyboard.press('Enter')
    await expect.poll(() => asked().getAll('by')).toEqual(['http.route'])
    await expect.poll(() => totals().locator('tbody tr').allInnerTexts()).toHaveLength(3)
    // Each route has its values in one bucket: the greatest p95 first, 95 % of the way through it.
    const p95 = await totals().locator('tbody tr td:nth-child(2)').allInnerTexts()
    expect(p95).toEqual(['480 ms', '97.5 ms', '48 ms'])

    await page.getByRole('application', { name: /^p95 over time, 3 lines/ }).focus()
    await keyboard.press('End')
    await keyboard.press('ArrowLeft')
    const spoken = page.locator('.time-chart [role=status]').first()
    await expect
      .poll(() => spoken.innerText())
      .toMatch(/: \/api\/messages 480 ms, \/api\/search 97\.5 ms, \/api\/home 48 ms$/)

    await totals().getByRole('button', { name: '/api/messages: actions' }).click()
    await page.getByRole('menuitem', { name: 'Filter to this' }).click()
    await expect.poll(() => asked().getAll('where')).toEqual(['http.route = /api/messages'])
    await field('WHERE').fill('http.response.status_code = ')
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    await expect.poll(() => asked().getAll('where').at(-1)).toBe('http.response.status_code = 200')
    await page.getByRole('button', { name: 'mean', exact: true }).click()
    await expect.poll(() => asked().get('calculations')).toBe('P95,AVG,RATE,HEATMAP')
    await page.getByRole('figure', { name: 'mean over time' }).waitFor()

    await drag(page, page.locator('.u-over').first(), { from: [0.5, 0.5], to: [0.9, 0.5] })
    await expect.poll(() => asked().get('start_time')).not.toBeNull()
    const url = page.url()
    await page.reload()
    await expect.poll(() => page.locator('.chip-text').allInnerTexts()).toHaveLength(3)
    expect(page.url()).toBe(url)
    expect(
      await page.getByRole('link', { name: 'The spans behind it, in Ask' }).getAttribute('href'),
    ).toContain(encodeURIComponent('{"column":"http.route","op":"=","value":"/api/messages"}').slice(0, 20))
  })

  test('an exemplar opens its trace at its span; one whose trace is not stored does not promise it', async () => {
    await open(`name=${DURATION}&calculations=P95`)
    const list = page.getByRole('region', { name: 'Exemplars' })
    await expect.poll(() => list.getByRole('listitem').count()).toBe(3)
    expect(await list.getByText('trace no longer stored').count()).toBe(2)
    // The one stored exemplar has a dot in the chart.
    await expect.poll(() => page.locator('.chart-dot').count()).toBe(1)
    await list.getByRole('link').focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(`**/trace/${traceId}?span=${SPAN_ID}`)
    await page.goBack()
    await page.locator('.chart-dot').click()
    await page.waitForURL(`**/trace/${traceId}?span=${SPAN_ID}`)
  })

  test('nothing to show says why: the filter, the time, deleted points, an unknown name, no metric at all', async () => {
    await open(`name=${DURATION}&where=http.route exists&where=http.route = /nope`)
    const note = page.locator('.emptied')
    await expect.poll(() => note.innerText()).toContain('http.route = /nope: no time series that is left')
    await note.getByRole('button', { name: 'Remove this filter' }).click()
    await expect.poll(() => asked().getAll('where')).toEqual(['http.route exists'])
    await page.getByRole('figure', { name: 'p95 over time' }).waitFor()

    await open(`name=${DURATION}&start_time=1000&end_time=2000`)
    await note.getByRole('button', { name: 'Show that time' }).click()
    await page.getByRole('figure', { name: 'p95 over time' }).waitFor()

    await using small = await sandboxForTest({
      daemon: undefined,
      viewerFolder: BUILT_FOLDER,
      bounds: { ...DEFAULT_BOUNDS, maxMetricPoints: 1 },
    })
    await page.goto(`${small.url}/metrics`)
    await page.getByRole('heading', { name: 'No metric has arrived yet' }).waitFor()
    await page.getByText('npm run load').waitFor()
    await send(small, [gauge('old', 'By', 1)])
    await send(small, [gauge('new', 'By', 1)])
    await expect
      .poll(
        async () => {
          await page.goto(`${small.url}/metrics`)
          return (await rows().filter({ hasText: 'old' }).first().innerText()).includes('all points deleted')
        },
        { timeout: 15_000 },
      )
      .toBe(true)
    await rows().filter({ hasText: 'old' }).getByRole('link').click()
    await page.getByRole('heading', { name: 'All points of this metric were deleted' }).waitFor()
    await page.goto('about:blank')
  })

  test('much and hostile data: 1,000 metrics, 100 groups, markup as a name; 390 pixels wide', async () => {
    await using full = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER })
    await send(full, [
      gauge(HOSTILE, '<b>unit</b>', 120, '"><script>window.hacked=1</script>'),
      ...Array.from({ length: 999 }, (_, index) => gauge(`app.metric.${index}`, 'By', 1)),
    ])
    await page.setViewportSize({ width: 390, height: 800 })
    await page.goto(`${full.url}/metrics?sort=name`)
    await expect.poll(() => rows().count()).toBe(200)
    const width = () => page.evaluate(() => document.querySelector('.shell')?.scrollWidth)
    expect(await width()).toBe(390)
    await page.getByRole('link', { name: HOSTILE }).click()
    await page.getByRole('heading', { name: HOSTILE, level: 1 }).waitFor()
    await field('GROUP BY').fill('"')
    // Enter takes the typed text until the attributes have arrived.
    await page.getByRole('listbox').getByRole('option').first().waitFor()
    await field('GROUP BY').press('Enter')
    await page.getByText('20 of 120 groups shown').waitFor()
    await page.getByRole('spinbutton', { name: 'LIMIT' }).fill('100')
    await page.getByRole('spinbutton', { name: 'LIMIT' }).press('Enter')
    await page.getByText('100 of 120 groups shown, the first 20 with a line').waitFor()
    expect(await width()).toBe(390)
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false)
    await page.goto('about:blank')
  })

  test('axe finds no violation in the table and in the charts', async () => {
    await page.setViewportSize({ width: 390, height: 800 })
    for (const colorScheme of IS_LONG ? (['light', 'dark'] as const) : (['dark'] as const)) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      await open('sort=-series')
      await expect.poll(() => rows().count()).toBe(3)
      expect(await violations(page)).toEqual([])
      await open(`name=${DURATION}&by=http.route`)
      await page.getByRole('figure', { name: `Heatmap of ${DURATION}` }).waitFor()
      expect(await violations(page)).toEqual([])
      expect(await page.evaluate(() => document.querySelector('.shell')?.scrollWidth)).toBe(390)
    }
  })

  test.runIf(IS_LONG)('a range that ends now is read again while the page is visible', async () => {
    await open('name=memory&calculations=MAX')
    await expect.poll(() => totals().locator('td:nth-child(2)').innerText()).toBe('0 B')
    const newer = gauge('memory', 'By', 1)
    await send(sandbox, [
      { ...newer, points: newer.points.map((point) => ({ ...point, timeMs: Date.now(), value: 5e6 })) },
    ])
    await expect.poll(() => totals().locator('td:nth-child(2)').innerText(), { timeout: 15_000 }).toBe('5 MB')
  })
})
