/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { TracePeers } from '../contracts/sandbox/lists.ts'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { BUILT_FOLDER } from '../sandbox/reads/viewer-pages.ts'
import { buildViewer } from '../scripts/viewer/build.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath, openPage } from './harness/browser.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { type SpanData, sendError, sendSegments, sendSpans } from './harness/viewer-data.ts'

const CALLS = 33
const QUERY = 'SELECT uuid, handle,\n  message\n FROM activities WHERE uuid = $1'
const NARROW = [390, 844] as const
const SIZES = [[1440, 900] as const, NARROW]

describe.skipIf(!chromiumPath)('the trace page, in a browser', () => {
  let sandbox: SandboxForTest
  let trace: Awaited<ReturnType<typeof sendTrace>>
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    expect(await buildViewer()).not.toMatchObject({ state: 'failed' })
    sandbox = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER })
    trace = await sendTrace(sandbox)
  })
  beforeEach(async () => {
    ;({ page, complaints } = await openPage())
  })
  afterEach(async () => {
    await page.goto('about:blank')
    await page.unrouteAll()
    expect(complaints.filter((text) => !text.includes('404'))).toEqual([])
  })
  afterAll(() => sandbox[Symbol.asyncDispose]())

  const open = async (after = '') => {
    await page.goto(`${sandbox.url}/trace/${trace.traceId}${after}`)
    await page.locator('#honeycomb .wf, #honeycomb .flame').first().waitFor()
  }
  const names = (lens: 'honeycomb' | 'xray') =>
    page
      .locator(`#${lens} .wf-name`)
      .evaluateAll((cells) => cells.map(({ textContent }) => textContent?.replace(/^[▾▸]/, '') ?? ''))
  const selected = () => page.locator('#honeycomb [role=row][aria-selected=true]').getAttribute('id')
  const run = (lens = 'honeycomb') => page.locator(`#${lens} .wf-run`)

  test('rows show queries, paths and statuses, in both lenses', async () => {
    await open()
    expect(await names('honeycomb')).toEqual([
      expect.stringMatching(/^GET \/api\/activities\/@:handle\/api\/activities\/@andrew\?limit=20.*200/),
      expect.stringContaining('pg.query:SELECT cruddurSELECT … FROM activities WHERE uuid = $1'),
      expect.stringContaining('pg.query:SELECT cruddurSELECT … FROM activities WHERE uuid = $1'),
      expect.stringMatching(/^33 × GET \/api\/profiles.*2 errors$/),
      expect.stringContaining('send metrics'),
    ])
    expect(await names('xray')).toEqual([
      expect.stringMatching(/^cruddur-backendGET \/api\/activities\/@andrew\?limit=20.*200/),
      expect.stringContaining('cruddur@localhostSELECT … FROM activities WHERE uuid = $1'),
      expect.stringMatching(/^33 × GET \/api\/profiles.*2 errors$/),
    ])
  })

  test('a run has its total and its longest, opens by click and by key, and closes again', async () => {
    await open()
    expect(await run().locator('.wf-took').innerText()).toBe('total 264 ms\nmax 8 ms')
    await run().click()
    const details = page.getByRole('complementary', { name: 'Details' })
    await details.getByText('from first start to last end').waitFor()
    await page.locator('#honeycomb').getByText('/api/profiles?handle=user0').first().waitFor()
    expect(await run().getAttribute('aria-expanded')).toBe('true')
    // From a member, too, the key closes the run and selects it.
    await page.keyboard.press('j')
    await page.keyboard.press('ArrowLeft')
    await page.keyboard.press('ArrowLeft')
    expect(await run().getAttribute('aria-expanded')).toBe('false')
    expect(await selected()).toBe(await run().getAttribute('id'))
    await page.keyboard.press('Enter')
    expect(await run().getAttribute('aria-expanded')).toBe('true')
    await details.getByRole('listitem').first().getByRole('button').click()
    await details.getByText('url.full').waitFor()
  })

  test('a search and a link open the run that has what they name', async () => {
    await open()
    await page.keyboard.press('/')
    await page.keyboard.type('user17')
    await expect.poll(() => run().getAttribute('aria-expanded')).toBe('true')
    await expect.poll(() => run('xray').getAttribute('aria-expanded')).toBe('true')
    await page.keyboard.press('Enter')
    expect(await selected()).toBe(`honeycomb-${trace.callIds[17]}`)
    await open(`?span=${trace.callIds[20]}`)
    await expect.poll(selected).toBe(`honeycomb-${trace.callIds[20]}`)
  })

  test('keys and buttons lead from error to error, also into a closed run', async () => {
    await open()
    await page.getByText('2 errors', { exact: true }).first().waitFor()
    await page.keyboard.press('n')
    await page.getByText('error 1 of 2', { exact: true }).waitFor()
    expect(await selected()).toBe(`honeycomb-${trace.callIds[7]}`)
    await page.getByRole('button', { name: 'The next error' }).click()
    await page.getByText('error 2 of 2', { exact: true }).waitFor()
    expect(await selected()).toBe(`honeycomb-${trace.callIds[20]}`)
    await page.keyboard.press('n')
    await page.getByText('error 1 of 2', { exact: true }).waitFor()
    await page.keyboard.press('p')
    await page.getByText('error 2 of 2', { exact: true }).waitFor()
    await page.keyboard.press('?')
    await page.getByText('the next error, the one before').waitFor()
  })

  test('TRACE/SPAN is copied by a button, and is an address of the selected span', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await open(`?span=${trace.queryId}`)
    const text = `${trace.traceId}/${trace.queryId}`
    const button = page.getByRole('button', { name: text })
    await button.click()
    await button.getByRole('status').filter({ hasText: 'copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text)
    const response = await page.goto(`${sandbox.url}/trace/${text}`)
    expect(response?.status()).toBe(200)
    await expect.poll(selected).toBe(`honeycomb-${trace.queryId}`)
    expect(page.url()).toBe(`${sandbox.url}/trace/${trace.traceId}?span=${trace.queryId}`)
  })

  test('the critical path is explained with its shares, and a child that outlasts its parent in words', async () => {
    await open()
    const legend = page.locator('.critical-legend')
    expect(await legend.innerText()).toMatch(/Critical path, 420 ms: the parts for which the request waited/)
    expect(await legend.innerText()).toMatch(/33 × GET \/api\/profiles.*\(\d+ %\)/)
    // The name first: long details are what is cut.
    const widths = await page
      .locator('#honeycomb .wf-name b')
      .evaluateAll((all) =>
        all.map((name) => [name.clientWidth, Math.min(name.textContent.length, 12)] as const),
      )
    for (const [width, letters] of widths) expect(width).toBeGreaterThanOrEqual(letters * 6)
    await page.keyboard.press('c')
    await legend.waitFor({ state: 'detached' })
    const row = page.locator('#honeycomb .wf').filter({ hasText: 'send metrics' })
    expect(await row.locator('.tag').first().innerText()).toBe('ends after its parent')
    await row.click()
    const why = 'It ends 70 ms after its parent. The parent did not wait for it'
    await page.getByRole('complementary', { name: 'Details' }).getByText(why).waitFor()
  })

  test('in a wide and in a narrow window no duration covers a bar', async () => {
    await open()
    await page.locator('#honeycomb .wf-run .fold').click()
    await page.locator('#honeycomb').getByText('user3').first().waitFor()
    for (const [width, height] of SIZES) {
      await page.setViewportSize({ width, height })
      await expect.poll(() => page.evaluate(() => document.querySelector('.shell')?.scrollWidth)).toBe(width)
      const overlaps = await page.evaluate(findOverlaps)
      expect(overlaps.bars).toBeGreaterThan(10)
      expect([width, overlaps.found]).toEqual([width, 0])
    }
  })

  test.each(scaled([NARROW], [...SIZES, [800, 600] as const]))(
    'at %d × %d a link to a lens does not leave its title below the header',
    async (width, height) => {
      await page.setViewportSize({ width, height })
      for (const lens of ['xray', 'rollbar', 'differences']) {
        await open(`?span=${trace.callIds[7]}#${lens}`)
        const title = page.locator(`#${lens} h2`)
        await title.waitFor()
        await expect
          .poll(() =>
            title.evaluate((element) => {
              const { left, top, height } = element.getBoundingClientRect()
              return document.elementFromPoint(left + 2, top + height / 2) === element
            }),
          )
          .toBe(true)
      }
    },
  )

  test.each(['traceId', 'xrayTraceId'] as const)(
    'the browser asks for the trace beside the scripts, once, by its %s',
    async (form) => {
      const id = form === 'traceId' ? trace.traceId : toXRayTraceId(trace.traceId)
      await page.goto(`${sandbox.url}/trace/${id}`)
      await page.locator('#honeycomb .wf').first().waitFor()
      const reads = await page.evaluate(() =>
        performance
          .getEntriesByType('resource')
          .filter(({ name }) => name.endsWith('/lenses'))
          .map((entry) => (entry as PerformanceResourceTiming).initiatorType),
      )
      expect(reads).toHaveLength(1)
      expect(reads).not.toContain('fetch')
    },
  )

  test('rows that scroll into view are drawn with the elements of those that scroll out', async () => {
    await page.setViewportSize({ width: 1280, height: 400 })
    await open()
    await run().locator('.fold').click()
    const seen = await page.evaluate(async () => {
      const box = document.querySelector('#honeycomb .rows')
      if (!box) throw new Error('The page has no rows.')
      const rows = () => [...box.querySelectorAll('[role=row]')]
      const until = async (isDrawn: () => boolean) => {
        while (!isDrawn()) await new Promise((drawn) => requestAnimationFrame(drawn))
      }
      // Now there are rows beyond both edges.
      box.scrollTop = (box.scrollHeight - box.clientHeight) / 2
      await until(() => rows()[0]?.ariaRowIndex !== '1')
      const before = new Set(rows())
      box.scrollTop = box.scrollHeight
      await until(() => rows().at(-1)?.ariaRowIndex === box.ariaRowCount)
      return rows().map((row) => ({ index: Number(row.ariaRowIndex), id: row.id, isNew: !before.has(row) }))
    })
    const first = seen[0]?.index ?? 0
    expect(seen.map(({ index }) => index)).toEqual(seen.map((_, place) => first + place))
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
    expect(seen.filter(({ isNew }) => isNew).length).toBeLessThan(4)
  })

  test('another trace is compared by its id, or by a proposal', async () => {
    const other = newTraceId()
    const peers: Partial<TracePeers> = { route: 'GET /x', count: 0, fast: null, slow: null }
    await page.route('**/peers', (route) => route.fulfill({ json: peers }))
    await open()
    await page.setViewportSize({ width: 390, height: 844 })
    const button = page.getByRole('button', { name: 'Compare', exact: true }).first()
    await button.click()
    await page.getByText('No other request of this route').waitFor()
    const box = await page.locator('.compare-menu').boundingBox()
    expect([(box?.x ?? -1) >= 0, (box?.x ?? 0) + (box?.width ?? 0) <= 390]).toEqual([true, true])
    const field = page.getByLabel('Compare with the trace')
    await field.fill('nonsense')
    await field.press('Enter')
    await page.getByRole('alert').filter({ hasText: '32 hex digits' }).waitFor()
    await field.fill(`${toXRayTraceId(other)}/${newSpanId()}`)
    await field.press('Enter')
    await page.waitForURL(`${sandbox.url}/compare?a=${trace.traceId}&b=${other}`)

    Object.assign(peers, { count: 9, fast: { traceId: other, durationMs: 12 } })
    await open()
    await button.click()
    await page.getByRole('link', { name: 'Compare with a fast one of this route' }).click()
    await page.waitForURL(`${sandbox.url}/compare?a=${other}&b=${trace.traceId}`)
  })

  test('the flame graph is a view in the address, and axe finds nothing wrong in either view', async () => {
    await open(`?span=${trace.callIds[7]}`)
    expect(await violations(page)).toEqual([])
    await page.getByRole('button', { name: 'Flame graph' }).click()
    await page.locator('#xray .flame').waitFor()
    expect(page.url()).toContain('view=flame')
    await page.reload()
    await page.locator('#honeycomb .flame').waitFor()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('f')
    await page.locator('#honeycomb .wf').first().waitFor()
    expect(page.url()).not.toContain('view=')
  })
})

/** In the page: the bars, and the durations that cover one. */
function findOverlaps() {
  const boxes = (selector: string) =>
    [...document.querySelectorAll(selector)].map((element) => element.getBoundingClientRect())
  const bars = boxes('.wf-bar, .wf-mark, .wf-critical')
  const labels = [...document.querySelectorAll('.wf-took')].map((cell) => {
    const range = document.createRange()
    range.selectNodeContents(cell)
    return range.getBoundingClientRect()
  })
  const covers = (a: DOMRect, b: DOMRect) =>
    a.width > 0 && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
  return {
    bars: bars.length,
    found: labels.filter((label) => bars.some((bar) => covers(label, bar))).length,
  }
}

/** A request with a run of calls of which two failed, two queries (too few for a run), and a span that outlasts it. */
async function sendTrace(sandbox: SandboxForTest) {
  const startMs = Date.now() - 5_000
  const [traceId, rootId, queryId] = [newTraceId(startMs), newSpanId(), newSpanId()]
  const callIds = Array.from({ length: CALLS }, () => newSpanId())
  const callAt = (index: number) => ({ at: 25 + index * 11, took: 8 })
  const urlOf = (index: number) => `http://127.0.0.1:4568/api/profiles?handle=user${index}`
  const query = (spanId: string, at: number): SpanData => ({
    spanId,
    parentSpanId: rootId,
    name: 'pg.query:SELECT cruddur',
    at,
    took: 5,
    kind: 3,
    attributes: { 'db.query.text': QUERY },
  })
  const fails = (index: number) => index === 7 || index === 20
  await sendSpans(sandbox, traceId, startMs, 'cruddur-backend', [
    {
      spanId: rootId,
      name: 'GET /api/activities/@:handle',
      at: 0,
      took: 420,
      kind: 2,
      attributes: {
        'http.request.method': 'GET',
        'http.route': '/api/activities/@:handle',
        'url.path': '/api/activities/@andrew',
        'url.query': 'limit=20',
        'http.response.status_code': 200,
      },
    },
    query(queryId, 4),
    query(newSpanId(), 12),
    ...callIds.map((spanId, index) => ({
      spanId,
      parentSpanId: rootId,
      name: 'GET 127.0.0.1',
      ...callAt(index),
      kind: 3,
      isError: fails(index),
      attributes: {
        'http.request.method': 'GET',
        'url.full': urlOf(index),
        'http.response.status_code': fails(index) ? 503 : 200,
      },
    })),
    { spanId: newSpanId(), parentSpanId: rootId, name: 'send metrics', at: 400, took: 90 },
  ])
  const timesOf = ({ at, took }: { at: number; took: number }) => ({
    start_time: (startMs + at) / 1_000,
    end_time: (startMs + at + took) / 1_000,
  })
  await sendSegments(sandbox, [
    {
      name: 'cruddur-backend',
      id: rootId,
      trace_id: toXRayTraceId(traceId),
      ...timesOf({ at: 0, took: 420 }),
      http: {
        request: { method: 'GET', url: 'http://localhost/api/activities/@andrew?limit=20' },
        response: { status: 200 },
      },
      subsegments: [
        {
          id: queryId,
          name: 'cruddur@localhost',
          namespace: 'remote',
          ...timesOf({ at: 4, took: 5 }),
          sql: { sanitized_query: QUERY },
        },
        ...callIds.map((id, index) => ({
          id,
          name: '127.0.0.1:4568',
          namespace: 'remote',
          ...timesOf(callAt(index)),
          ...(fails(index) && { fault: true }),
          http: {
            request: { method: 'GET', url: urlOf(index) },
            response: { status: fails(index) ? 503 : 200 },
          },
        })),
      ],
    },
  ])
  await sendError(sandbox, { traceId, spanId: rootId, atMs: startMs })
  return { traceId, rootId, queryId, callIds }
}
