/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { BUILT_FOLDER } from '../sandbox/reads/viewer-pages.ts'
import { buildViewer } from '../scripts/viewer/build.ts'
import { chromiumPath, openPage } from './harness/browser.ts'
import { HONEYCOMB_KEY, JSON_TYPE, type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { type SpanData, sendError, sendLog, sendSegments, sendSpans } from './harness/viewer-data.ts'

const MARKUP = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script><b>bold</b>'
const SERVICES = 500
const DAY_MS = 86_400_000

describe.skipIf(!chromiumPath)('the viewer shows hostile data harmlessly', () => {
  let sandbox: SandboxForTest
  let page: Page
  let complaints: string[]
  beforeAll(async () => {
    expect(await buildViewer()).not.toMatchObject({ state: 'failed' })
    sandbox = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER })
    ;({ page, complaints } = await openPage())
  })
  afterAll(async () => {
    await page.goto('about:blank')
    await sandbox[Symbol.asyncDispose]()
    expect(sandbox.internalErrors).toEqual([])
  })

  afterEach(() => expect(complaints).toEqual([]))

  const spans = (traceId: string, some: readonly SpanData[], service = 'service') =>
    sendSpans(sandbox, traceId, Date.now() - 1_000, service, some)
  const openTrace = async (traceId: string) => {
    await page.goto(`${sandbox.url}/trace/${traceId}`)
    await page.locator('#honeycomb .wf').first().waitFor()
  }
  const shown = () => page.locator('#honeycomb .wf-name b').allInnerTexts()

  test('markup in names, services, attributes, logs, errors and annotations is text', async () => {
    const [traceId, id] = [newTraceId(), newSpanId()]
    await spans(
      traceId,
      [{ spanId: id, name: MARKUP, at: 0, took: 5, attributes: { [MARKUP]: MARKUP } }],
      MARKUP,
    )
    await sendLog(sandbox, { traceId, spanId: id, atMs: Date.now(), text: MARKUP, isError: true })
    await sendError(sandbox, { traceId, spanId: id, atMs: Date.now(), message: MARKUP })
    const now = Date.now() / 1_000
    await sendSegments(sandbox, [
      {
        name: 'service',
        id,
        trace_id: toXRayTraceId(traceId),
        start_time: now,
        end_time: now + 1,
        annotations: { a: MARKUP },
        metadata: { [MARKUP]: { deep: [MARKUP] } },
        http: { request: { url: 'javascript:window.hacked=1' } },
      },
    ])
    const pages = ['', `trace/${traceId}?span=${id}`, 'errors', 'errors/1', 'logs', 'map', 'providers']
    for (const path of pages) {
      await page.goto(`${sandbox.url}/${path}`)
      await page.locator('.request[id], .lens .wf, .log, .card, .map-node').first().waitFor()
      expect(
        await page.evaluate(() => [
          document.querySelectorAll('main img, main script, main b b').length,
          'hacked' in window,
        ]),
        path,
      ).toEqual([0, false])
    }
    await openTrace(traceId)
    expect((await shown())[0]).toBe(MARKUP)
  })

  test('an attribute of 64 KB is cut until a button shows it, and does not widen the page', async () => {
    const [traceId, id] = [newTraceId(), newSpanId()]
    const large = 'x'.repeat(64 * 1024)
    await spans(traceId, [
      { spanId: id, name: large, at: 0, took: 5, attributes: { large, [large.slice(0, 2_000)]: 1 } },
    ])
    await openTrace(traceId)
    await page.locator('#honeycomb .wf').click()
    const all = page.getByRole('button', { name: 'all 65,536 characters' }).first()
    await all.waitFor()
    expect(await page.evaluate(() => document.querySelector('.shell')?.scrollWidth)).toBe(1280)
    await all.click()
    await expect.poll(async () => (await page.locator('.details').innerText()).length).toBeGreaterThan(65_536)
    await page.goto(sandbox.url)
    await page.locator('.request[id]').first().waitFor()
    expect(await page.evaluate(() => document.querySelector('.shell')?.scrollWidth)).toBe(1280)
  })

  test('missing parents, cycles of parents, a span that is its own parent, and a chain of 2,000 show each span once', async () => {
    const traceId = newTraceId()
    const [a, b, self, orphan] = [newSpanId(), newSpanId(), newSpanId(), newSpanId()]
    await spans(traceId, [
      { spanId: a, parentSpanId: b, name: 'a', at: 0, took: 5 },
      { spanId: b, parentSpanId: a, name: 'b', at: 1, took: 5 },
      { spanId: self, parentSpanId: self, name: 'self', at: 2, took: 5 },
      { spanId: orphan, parentSpanId: newSpanId(), name: 'orphan', at: 3, took: 5 },
    ])
    await openTrace(traceId)
    expect((await shown()).toSorted()).toEqual(['a', 'b', 'orphan', 'self'])
    await page.locator('#honeycomb').getByText('no parent here').first().waitFor()
    await page.getByText('1 span whose parent has not arrived').waitFor()

    const chain = newTraceId()
    const ids = Array.from({ length: 2_000 }, () => newSpanId())
    const links = ids.map((spanId, index) => ({
      spanId,
      ...(index > 0 && { parentSpanId: ids[index - 1] ?? '' }),
      name: `link ${index}`,
      at: index,
      took: 4_000 - 2 * index,
    }))
    await spans(chain, links)
    await openTrace(chain)
    await page.keyboard.press('j')
    await page.keyboard.press('End')
    await page.locator('#honeycomb').getByText('link 1999', { exact: true }).waitFor()
  })

  test('clocks that differ by days, spans that end before they begin, and times beyond any calendar are shown', async () => {
    const traceId = newTraceId()
    const [root, early, late, back] = [newSpanId(), newSpanId(), newSpanId(), newSpanId()]
    await spans(traceId, [
      { spanId: root, name: 'root', at: 0, took: 10 },
      { spanId: early, parentSpanId: root, name: 'early', at: -2 * DAY_MS, took: 3 },
      { spanId: late, parentSpanId: root, name: 'late', at: DAY_MS, took: 3 },
      { spanId: back, parentSpanId: root, name: 'back', at: 5, took: -4 },
    ])
    const forever = {
      traceId,
      spanId: newSpanId(),
      parentSpanId: root,
      name: 'forever',
      startTimeUnixNano: '0',
      endTimeUnixNano: '18446744073709551615',
    }
    await openTrace(traceId)
    expect((await shown()).toSorted()).toEqual(['back', 'early', 'late', 'root'])
    await page.getByText('1 span that begin before their parent').waitFor()
    await page.locator('#honeycomb').getByText('root', { exact: true }).click()
    await page.keyboard.press('z')
    await page.getByRole('button', { name: 'Show the whole request' }).waitFor()

    const body = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [forever] }] }] })
    await sandbox.post('/v1/traces', body, { ...JSON_TYPE, ...HONEYCOMB_KEY })
    await openTrace(traceId)
    await expect.poll(async () => (await shown()).length).toBe(5)
    await page.goto(sandbox.url)
    await page.locator('.request[id]').first().waitFor()
  })

  test(`${SERVICES} services in one trace: list, trace and map show them`, async () => {
    const traceId = newTraceId()
    const startMs = Date.now() - 2_000
    const rootId = newSpanId()
    const segment = (name: string, id: string, atMs: number, tookMs: number) => ({
      name,
      id,
      ...(id !== rootId && { parent_id: rootId }),
      trace_id: toXRayTraceId(traceId),
      start_time: (startMs + atMs) / 1_000,
      end_time: (startMs + atMs + tookMs) / 1_000,
    })
    const documents = [
      segment('front', rootId, 0, 1_000),
      ...Array.from({ length: SERVICES }, (_, index) => segment(`service-${index}`, newSpanId(), index, 10)),
    ]
    for (let from = 0; from < documents.length; from += 50)
      await sendSegments(sandbox, documents.slice(from, from + 50))
    await page.goto(`${sandbox.url}/trace/${traceId}`)
    await page.locator('#xray').getByText('front').first().waitFor()
    await page.getByText(`${SERVICES + 1} services`).waitFor()
    await page.goto(sandbox.url)
    await page.getByText('more', { exact: false }).first().waitFor()
    await page.goto(`${sandbox.url}/map`)
    await page.getByText('busiest of').waitFor()
    expect(await page.locator('tbody tr').count()).toBeGreaterThan(SERVICES)
  })
})
