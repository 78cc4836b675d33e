/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../contracts/trace-id.ts'
import { BUILT_FOLDER } from '../sandbox/reads/viewer-pages.ts'
import { buildViewer } from '../scripts/viewer/build.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath, openPage, type WatchedPage } from './harness/browser.ts'
import { JSON_TYPE, OTLP_JSON, type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { nanoOf, otlpAttributes, sendRequest } from './harness/viewer-data.ts'

const NOW_MS = Date.now()
/** Pixels, of a log record on a wide screen. */
const ROW_HEIGHT = 30

let sandbox: SandboxForTest
let watched: WatchedPage
let page: Page

describe.skipIf(!chromiumPath)('errors, logs, providers and the frame of every page', () => {
  beforeAll(async () => {
    expect(await buildViewer()).not.toMatchObject({ state: 'failed' })
    sandbox = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER })
  })
  afterAll(async () => {
    await page.goto('about:blank')
    await sandbox[Symbol.asyncDispose]()
  })
  beforeEach(async () => {
    watched = await openPage()
    page = watched.page
  })

  const open = (path: string) => page.goto(`${sandbox.url}/${path}`)

  test('logs are in the order of their times, each once, also those that arrive late or without a time', async () => {
    const times = Array.from({ length: 130 }, (_, index) => ({ text: `line ${index}`, ago: index * 1_000 }))
    // Every third one arrives after all others.
    await sendLogs(times.filter((_, index) => index % 3 !== 0))
    await sendLogs(times.filter((_, index) => index % 3 === 0))
    await sendLogs([{ text: 'line without a time', timeUnixNano: '0' }])
    await sendLogs([{ text: 'line in the future', timeUnixNano: nanoOf(Date.UTC(2500)) }])
    await open('logs?text=line')
    const list = page.locator('.requests-rows')
    const seen = new Map<number, string>()
    const look = async () => {
      const rows = await list
        .locator('[role=row]')
        .evaluateAll((found) =>
          found.map((row) => [row.ariaRowIndex, row.querySelector('.log-text')?.textContent] as const),
        )
      for (const [index, text] of rows) seen.set(Number(index), text?.trim() ?? '')
    }
    await list.getByText('line 5', { exact: true }).waitFor()
    const odd = list.locator('[role=row]').filter({ hasText: 'arrival' })
    expect(await odd.allInnerTexts()).toEqual([
      expect.stringContaining('line in the future'),
      expect.stringContaining('line without a time'),
    ])
    await odd.getByTitle('It was sent without a time: this is when it arrived here.').waitFor()
    await odd.getByTitle('Its own time, 2500-01-01T00:00:00.000Z, cannot be right').waitFor()
    await page.getByText('2 stand at their arrival or observation').waitFor()
    await expect.poll(() => list.getAttribute('aria-rowcount')).toBe('100')
    const expected = ['line in the future', 'line without a time', ...times.map(({ text }) => text)]
    for (let shown = 20; shown < expected.length + 20; shown += 20) {
      // Again each time: the list ends earlier until the next page has arrived.
      const scroll = () => list.evaluate((box, top) => box.scrollTo(0, top), (shown - 20) * ROW_HEIGHT)
      await expect
        .poll(() =>
          scroll()
            .then(look)
            .then(() => seen.size),
        )
        .toBeGreaterThanOrEqual(Math.min(shown, expected.length))
    }
    const texts = [...seen].toSorted(([a], [b]) => a - b).map(([, text]) => text)
    expect(texts).toEqual(expected)

    // What arrives while the list is scrolled is offered, and does not move it.
    await page.locator('.live-live').waitFor()
    await sendLogs([{ text: 'line that is late', ago: 500 }])
    await page.getByRole('button', { name: '1 new log record' }).click()
    await expect
      .poll(async () => (await list.locator('.log-text').allInnerTexts()).slice(2, 5))
      .toEqual(['line 0', 'line that is late', 'line 1'])
  })

  test('ten like errors are told apart by their route and place, in the list and on their pages', async () => {
    for (let index = 0; index < 10; index++) {
      const method = index % 2 === 0 ? 'GET' : 'POST'
      await sendLikeError({
        fingerprint: `like-${index}`,
        method,
        context: `/api/part/${index % 5}`,
        lineno: 10 + index,
      })
    }
    await open('errors')
    const cards = page.locator('.error-card').filter({ hasText: 'TypeError: it is not a function' })
    await expect.poll(() => cards.count()).toBe(10)
    const shown = await cards.locator('.circumstances').allInnerTexts()
    expect(new Set(shown).size).toBe(10)
    expect(shown).toContainEqual(
      expect.stringMatching(/^GET \/api\/part\/0\s+backend\/api\/part\.ts:10 in load$/),
    )
    await cards.filter({ hasText: 'part.ts:13' }).getByRole('link', { name: 'TypeError' }).click()
    await page.getByRole('heading', { name: 'The stack' }).waitFor()
    expect(await page.locator('.error-head').innerText()).toMatch(
      /POST \/api\/part\/3\s+backend\/api\/part\.ts:13 in load/,
    )
    // The link to the trace is whole in a narrow window, without scrolling.
    await page.setViewportSize({ width: 390, height: 844 })
    const link = await page.locator('td a.mono').first().boundingBox()
    expect((link?.x ?? 390) + (link?.width ?? 0)).toBeLessThanOrEqual(370)
  })

  test('what a provider received has axes with values, times and a unit; no words run together', async () => {
    await sendRequest(sandbox)
    const report = {
      RuleName: 'Default',
      ClientID: 'a'.repeat(24),
      Timestamp: 1,
      RequestCount: 1,
      SampleCount: 1,
    }
    await sandbox.post('/SamplingTargets', JSON.stringify({ SamplingStatisticsDocuments: [report] }), {
      'user-agent': 'python-requests/2.34',
    })
    await open('providers')
    const bars = page.locator('.time-bars').first()
    const text = await bars.innerText()
    expect(text).toMatch(/^\d+\s+0\s+15 min ago\s+10\s+5\s+now\s+Spans per minute$/)
    await bars
      .getByRole('img', { name: /^[\d,]+ Spans from 15 min ago to now, at most [\d,]+ per minute$/i })
      .waitFor()
    await bars.getByTitle(/^1 to 0 min ago: \d+ Spans$/i).waitFor({ state: 'attached' })
    // The numbers below the axis are where they say.
    const [plot, ten] = await Promise.all([
      bars.locator('.bars-plot').boundingBox(),
      bars.getByText('10', { exact: true }).boundingBox(),
    ])
    const middle = (ten?.x ?? 0) + (ten?.width ?? 0) / 2
    expect(middle).toBeCloseTo((plot?.x ?? 0) + (plot?.width ?? 0) / 3, -1)
    const all = await page.locator('main').innerText()
    expect(all).toContain('use no rule. npm run aws makes')
    expect(all).toContain(
      'AWS’s OpenTelemetry distribution for Python (python-requests/2.34) does not send SampledCount, which this provider’s API requires, but SampleCount. It counts as 0 here.',
    )
    expect(all.match(/[a-z][.:;,][A-Za-z]{2,}/g) ?? []).toEqual([])
  })

  test('pages that were not let in are one line, apart from the errors of apps', async () => {
    for (const path of ['/v1/traces', '/v1/logs', '/api/1/item/']) {
      await sandbox.post(path, '{}', { ...JSON_TYPE, origin: 'https://evil.example' })
    }
    await open('providers')
    await page
      .getByText(/^Not let in: https:\/\/evil\.example \(3 requests, last .* nothing to do\.$/)
      .waitFor()
    expect(await page.locator('.http-errors').allInnerTexts()).not.toContainEqual(
      expect.stringContaining('evil'),
    )
  })

  test('requests that are later than the clock are told of, in the list and on the map', async () => {
    await page.route('**/sandbox/providers', async (route) => {
      const response = await route.fetch()
      await route.fulfill({ response, json: { ...(await response.json()), futureRequests: 3 } })
    })
    for (const path of ['', 'map']) {
      await open(path)
      await page
        .getByText('3 requests are of a time that the clock of this machine has not reached')
        .waitFor()
    }
  })

  test('the theme button says what the theme is, and what a click does', async () => {
    await open('errors')
    const button = page.getByRole('button', { name: 'Theme: ' })
    for (const [name, next] of [
      ['auto', 'light'],
      ['light', 'dark'],
      ['dark', 'auto'],
    ] as const) {
      await page
        .getByRole('button', { name: new RegExp(`^Theme: ${name}\\. .* Change to ${next}\\.$`) })
        .waitFor()
      expect((await button.innerText()).trim().startsWith(`Theme: ${name}`)).toBe(true)
      await button.locator('svg').waitFor()
      await button.click()
    }
    await page.getByRole('button', { name: /^Theme: auto/ }).waitFor()
  })

  test('in windows of all widths no page’s name is cut', async () => {
    await open('providers')
    await page.getByRole('heading', { name: 'Sampling rules' }).waitFor()
    for (const width of [320, 390, 768, 1024, 1440]) {
      await page.setViewportSize({ width, height: 800 })
      await expect.poll(() => page.evaluate(() => document.querySelector('.shell')?.scrollWidth)).toBe(width)
      const tabs = await page.locator('nav a').evaluateAll((links) =>
        links.map((link) => {
          const box = link.getBoundingClientRect()
          const points = [box.left + 2, (box.left + box.right) / 2, box.right - 2]
          const isWhole = points.every(
            (x) => document.elementFromPoint(x, (box.top + box.bottom) / 2) === link,
          )
          return [link.textContent, isWhole && link.scrollWidth <= link.clientWidth]
        }),
      )
      expect(tabs.length).toBeGreaterThanOrEqual(6)
      expect([width, ...tabs.filter(([, isWhole]) => !isWhole)]).toEqual([width])
    }
  })

  test('the help lists a key for every page', async () => {
    await open('logs')
    const names = await page.locator('nav a').allInnerTexts()
    await page.keyboard.press('?')
    const help = page.getByRole('dialog', { name: 'Keys and words' })
    expect((await help.innerText()).toLowerCase()).toContain(`the pages: ${names.join(', ').toLowerCase()}`)
    await page.keyboard.press('Escape')
    await help.waitFor({ state: 'hidden' })
    // The page takes keys again when the dialog has given the focus back, which follows its closing.
    const press = async () => {
      await page.keyboard.press(String(names.length))
      return page.url()
    }
    await expect.poll(press).toBe(`${sandbox.url}/providers`)
  })

  test.each(
    scaled<readonly (readonly [number, 'light' | 'dark'])[]>(
      [[390, 'dark']],
      [
        [1280, 'light'],
        [390, 'dark'],
      ],
    ),
  )('axe finds no violation at %d pixels, %s', async (width, colorScheme) => {
    await sendRequest(sandbox, { fails: true })
    await sendLogs([{ text: 'without a time', timeUnixNano: '0' }])
    await page.setViewportSize({ width, height: 800 })
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    for (const path of ['errors', 'errors/1', 'logs', 'providers']) {
      await open(path)
      await page.locator('[role=row][id], .card').first().waitFor()
      expect(await violations(page), path).toEqual([])
    }
    expect(watched.complaints).toEqual([])
  })
})

interface SentLog {
  readonly text: string
  /** Milliseconds before the test began. */
  readonly ago?: number
  readonly timeUnixNano?: string
}

async function sendLogs(logs: readonly SentLog[]): Promise<void> {
  const resource = { attributes: otlpAttributes({ 'service.name': 'cruddur-backend' }) }
  const logRecords = logs.map(({ text, ago = 0, timeUnixNano = nanoOf(NOW_MS - ago) }) => ({
    timeUnixNano,
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: text },
  }))
  const body = JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] })
  expect((await sandbox.post('/v1/logs', body, OTLP_JSON)).status).toBe(200)
}

async function sendLikeError(like: {
  readonly fingerprint: string
  readonly method: string
  readonly context: string
  readonly lineno: number
}): Promise<void> {
  const frames = [
    { filename: '/app/backend/api/part.ts', lineno: like.lineno, method: 'load' },
    { filename: '/app/node_modules/express/lib/router.js', lineno: 3, method: 'next' },
  ]
  const data = {
    environment: 'production',
    fingerprint: like.fingerprint,
    context: like.context,
    request: { method: like.method, url: `http://localhost:4567${like.context}?a=1` },
    server: { root: '/app' },
    custom: { trace_id: newTraceId(), span_id: newSpanId() },
    body: { trace: { exception: { class: 'TypeError', message: 'it is not a function' }, frames } },
  }
  const headers = { ...JSON_TYPE, 'x-rollbar-access-token': 'any' }
  expect((await sandbox.post('/api/1/item/', JSON.stringify({ data }), headers)).status).toBe(200)
}
