/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../contracts/trace-id.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath } from './harness/browser.ts'
import { HONEYCOMB_KEY, OTLP_JSON, type SandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { createSpanBatch } from './harness/span-batches.ts'
import { eachTestWithViewer } from './harness/viewer.ts'
import { nanoOf, otlpAttributes, sendRequest } from './harness/viewer-data.ts'

const HOUR_MS = 3_600_000
/** Two batches of 64 traces each are more than a page of the list. */
const BATCHES = 2
/** A menu has so many names at most. */
const MENU_NAMES = 500

let sandbox: SandboxForTest
let page: Page

describe.skipIf(!chromiumPath)('the list of requests, in a browser', () => {
  eachTestWithViewer((opened) => {
    ;({ sandbox, page } = opened)
  })

  const open = async (query = '') => {
    await page.goto(`${sandbox.url}/${query}`)
    await page.locator('.requests').waitFor()
  }
  const rows = () => page.locator('.requests-rows [role=row].request:not(.grid-head)')
  const shown = () => rows().locator('.c-request a').allInnerTexts()
  const holds = (...routes: string[]) =>
    expect.poll(shown, { timeout: 20_000 }).toEqual(routes.map((route) => `GET ${route}`))
  const first = (route: string) =>
    expect.poll(async () => (await shown())[0], { timeout: 20_000 }).toBe(`GET ${route}`)
  const head = (name: string) => page.getByRole('columnheader', { name })
  const menu = (name: string) => page.getByRole('combobox', { name, exact: true })
  const search = () => new URL(page.url()).search
  /** Requests of one span each. */
  const send = async (...requests: readonly (readonly [string, number, number, string?])[]) => {
    const resourceSpans = requests.map(([route, startMs, took, service = 'cruddur-backend']) => ({
      resource: { attributes: otlpAttributes({ 'service.name': service }) },
      scopeSpans: [
        {
          spans: [
            {
              traceId: newTraceId(),
              spanId: newSpanId(),
              name: `GET ${route}`,
              startTimeUnixNano: nanoOf(startMs),
              endTimeUnixNano: nanoOf(startMs + took),
            },
          ],
        },
      ],
    }))
    const answer = await sandbox.post('/v1/traces', JSON.stringify({ resourceSpans }), OTLP_JSON)
    expect(answer.status).toBe(200)
  }
  /** More requests than the first page has, after those that were sent before. */
  const sendManyNewer = async () => {
    const batches = createSpanBatch()
    for (let sent = 0; sent < BATCHES; sent++)
      await sandbox.post('/v1/traces', new Uint8Array(batches.next().body), {
        'content-type': 'application/x-protobuf',
        ...HONEYCOMB_KEY,
      })
  }

  test('a column’s head orders all stored requests, and no row moves by itself', async () => {
    await send(['/slowest', Date.now() - HOUR_MS, 7_000])
    await sendManyNewer()
    await open()
    await first('/api/activities/home')
    await page.locator('.live-live').waitFor()
    const button = head('Duration').getByRole('button')
    await button.click()
    await first('/slowest')
    expect(await head('Duration').getAttribute('aria-sort')).toBe('descending')
    expect(await head('Time').getAttribute('aria-sort')).toBe('none')
    expect(search()).toBe('?sort=duration&order=desc')
    await page.getByRole('grid', { name: 'Requests, slowest first' }).waitFor()

    await send(['/slower', Date.now(), 9_000])
    await page.getByRole('button', { name: '1 new or changed request: order again' }).click()
    await first('/slower')
    await page.reload()
    await first('/slower')

    await head('Duration').getByRole('button').focus()
    await page.keyboard.press('Enter')
    await expect.poll(() => head('Duration').getAttribute('aria-sort')).toBe('ascending')
    await first('/api/activities/home')
    await page.keyboard.press('Enter')
    await expect.poll(search).toBe('')
    await first('/slower')
  })

  test('the menus have every service and route of the store, and long ones find names by their parts', async () => {
    await send(['/rare', Date.now() - HOUR_MS, 5, 'rare-service'])
    await sendManyNewer()
    await open()
    await first('/api/activities/home')
    await page.getByText('129 requests', { exact: true }).waitFor()
    const options = () => menu('Service').locator('option').allInnerTexts()
    await expect.poll(options).toEqual(['Any service', 'cruddur-backend (128)', 'rare-service (1)'])
    await menu('Route').selectOption('GET /rare')
    await holds('/rare')
    await page.getByText('1 of 129 requests').waitFor()
    // The chosen one stays in its menu where no request has it.
    await open('?route=GET%20/gone')
    await expect.poll(() => menu('Route').locator('option:checked').innerText()).toBe('GET /gone (0)')

    const numbers = Array.from({ length: MENU_NAMES + 20 }, (_, number) => number)
    await send(...numbers.map((number) => [`/of/${number}`, Date.now(), 5, `s-${number}`] as const))
    await open()
    await expect.poll(() => menu('Service').getAttribute('placeholder')).toBe('Any service (522)')
    await menu('Service').click()
    await page.getByRole('option', { name: 'and 22 more: type to search' }).waitFor()
    await menu('Service').fill('S-333')
    await menu('Service').press('Enter')
    await holds('/of/333')
    expect(search()).toBe('?service=s-333')
    await expect.poll(() => menu('Service').inputValue()).toBe('s-333')
  })

  test('the search finds attributes by name, by value, and by both', async () => {
    await sendRequest(sandbox, { route: '/fast', took: 5 })
    await send(['/plain', Date.now(), 5])
    await open()
    const field = page.getByRole('searchbox', { name: 'Search by route, service, attribute' })
    expect(await field.getAttribute('placeholder')).toMatch(/attribute, key=value, trace id/)
    await field.fill('duration_ms > 100')
    await page.getByText('The search compares with name=value only.').waitFor()
    for (const text of ['db.query.text', 'haystack', 'http.route = /fast']) {
      await field.fill(text)
      await holds('/fast')
      await field.fill('')
      await expect.poll(async () => (await shown()).length).toBe(2)
    }
  })

  test('the chart has all requests that match, and odd ones at its edge, which a click lists', async () => {
    const startMs = Date.now() - 60_000
    const usual = [5, 60, 700].map((took, index) => ['/usual', startMs + index * 20_000, took] as const)
    await send(...usual)
    await open()
    await page.getByText('3 requests drawn').waitFor()
    const odd = page.locator('.latency-odd')
    expect(await odd.count()).toBe(0)

    await send(['/2001', Date.UTC(2001), 60], ['/hours', startMs, 3 * HOUR_MS])
    await open()
    await page.getByText('5 requests drawn').waitFor()
    await page.getByRole('button', { name: '1 slower (3 h)' }).click()
    await holds('/hours')
    await page.goBack()
    await page.getByRole('button', { name: '1 earlier (1 Jan 2001)' }).click()
    await holds('/2001')
    await page.getByRole('button', { name: 'Drop the filter until' }).click()
    await page.getByRole('button', { name: 'Draw them in place' }).click()
    await odd.waitFor({ state: 'detached' })
  })

  test('where nothing matches, the page stays as it is and names the filter to drop', async () => {
    await sendRequest(sandbox, { route: '/good', took: 50 })
    await sendRequest(sandbox, { route: '/good', took: 60 })
    await sendRequest(sandbox, { route: '/broken', fails: true, took: 5 })
    const parts = ['.filters', '.filter-state', '.latency', '.grid-head']
    const places = () =>
      Promise.all(parts.map(async (part) => (await page.locator(part).boundingBox())?.y ?? Number.NaN))
    await open('?status=ok')
    await holds('/good', '/good')
    await page.getByText('2 requests drawn').waitFor()
    const before = await places()
    await open('?status=5xx&min=10')
    await page.getByRole('heading', { name: 'No request matches these 2 filters together' }).waitFor()
    const offers = page.locator('.drops li')
    await expect
      .poll(() => offers.allInnerTexts())
      .toEqual(['Drop “Status: 5xx” 2 requests', 'Drop “Duration: over 10 ms” 1 request'])
    expect(await places()).toEqual(before)
    await page.getByRole('button', { name: 'Drop “Duration: over 10 ms”' }).click()
    await holds('/broken')
    await page.getByRole('button', { name: 'Drop the filter Status: 5xx' }).click()
    await expect.poll(async () => (await shown()).length).toBe(3)
  })

  test('services are shown by what differs, with whole names for screen readers and in the tooltip', async () => {
    await sendRequest(sandbox, { service: 'cruddur-backend' })
    await sendRequest(sandbox, { service: 'cruddur-profiles' })
    await open()
    const cells = page.locator('.c-services[role=gridcell]')
    await expect
      .poll(() => cells.locator('[aria-hidden]').allInnerTexts())
      .toEqual(expect.arrayContaining(['backend', 'profiles']))
    const names = await cells.evaluateAll((found) => found.map((cell) => cell.getAttribute('title')))
    expect(names.toSorted()).toEqual(['cruddur-backend', 'cruddur-profiles'])
    expect((await cells.locator('.sr').allInnerTexts()).toSorted()).toEqual(names.toSorted())
    expect(await head('Services').innerText()).toBe('Services')
    await page.getByText('Services without “cruddur-”').waitFor()
  })

  test('“missing” is explained at the badge, by keyboard too', async () => {
    await sendRequest(sandbox, { withXRay: false })
    await open('?status=ok')
    await holds('/api/activities/home')
    await page.keyboard.press('j')
    await head('Rollbar').getByRole('button').focus()
    await page.keyboard.press('Tab')
    const badge = page.getByRole('button', { name: 'X-Ray: missing' })
    expect(await badge.evaluate((button) => button === document.activeElement)).toBe(true)
    await page.keyboard.press('Enter')
    const note = page.getByRole('dialog', { name: 'Why X-Ray is missing' })
    await note.getByText('X-Ray has received no segment of this request.').waitFor()
    await expect.poll(() => note.innerText()).toMatch(/Not arrived yet[\s\S]*Not sampled[\s\S]*Off or live/)
    expect(await note.getByRole('link', { name: 'Providers' }).getAttribute('href')).toBe('/providers')
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await note.waitFor({ state: 'detached' })
    expect(await badge.evaluate((button) => button === document.activeElement)).toBe(true)
    // Escape has closed the explanation and nothing else.
    expect(search()).toBe('?status=ok')
    await page.getByText('of Honeycomb and X-Ray only the other one has received it').waitFor()
    await page.getByRole('button', { name: 'Why?' }).click()
    await page.getByText('Records arrive some seconds after the request.').waitFor()
  })

  test('two requests are selected by key and by box, stay selected in another order, and are compared', async () => {
    const { traceId: a } = await sendRequest(sandbox, { route: '/a', took: 5 })
    const { traceId: b } = await sendRequest(sandbox, { route: '/b', took: 500 })
    await open()
    await expect.poll(async () => (await shown()).length).toBe(2)
    await page.keyboard.press('j')
    await page.keyboard.press('m')
    const announced = () => page.locator('p.sr[role=status]').allInnerTexts()
    await expect.poll(announced).toContainEqual('GET /b is selected for a comparison. 1 of 2 selected.')
    await head('Duration').getByRole('button').click()
    await holds('/b', '/a')
    await page.getByRole('checkbox', { name: 'Select GET /a for a comparison' }).check()
    await expect.poll(announced).toContainEqual('GET /a is selected for a comparison. 2 of 2 selected.')
    await head('Duration').getByRole('button').click()
    await holds('/a', '/b')
    expect(await page.getByRole('checkbox', { checked: true }).count()).toBe(2)
    const link = page.getByRole('link', { name: 'Compare', exact: true })
    expect(await link.getAttribute('href')).toBe(`/compare?a=${a}&b=${b}`)
  })

  test.each(scaled(['dark'] as const, ['light', 'dark'] as const))(
    'at 390 pixels everything is within reach, %s',
    async (scheme) => {
      await page.setViewportSize({ width: 390, height: 844 })
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await sendRequest(sandbox, { route: '/fast', took: 5, withXRay: false })
      await sendRequest(sandbox, { route: '/slow', took: 700 })
      await open()
      await menu('Order').selectOption('Slowest first')
      await holds('/slow', '/fast')
      await page.getByRole('button', { name: 'Filters' }).click()
      await menu('Duration').selectOption('100')
      await holds('/slow')
      await page.getByRole('button', { name: 'Filters (1)' }).waitFor()
      await page.getByRole('link', { name: 'Clear all' }).click()
      await page.getByRole('button', { name: 'X-Ray: missing' }).click()
      const box = await page.getByRole('dialog').boundingBox()
      expect([(box?.x ?? -1) >= 0, (box?.x ?? 0) + (box?.width ?? 999) <= 390]).toEqual([true, true])
      await page.getByRole('button', { name: 'Close' }).click()
      await page.getByRole('checkbox').first().check()
      expect(await violations(page)).toEqual([])
      expect(await page.evaluate(() => document.querySelector('.shell')?.scrollWidth)).toBe(390)
    },
  )
})
