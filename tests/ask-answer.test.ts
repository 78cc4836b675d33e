/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { QueryInput } from '../contracts/sandbox/query.ts'
import { BUILT_FOLDER } from '../sandbox/reads/viewer-pages.ts'
import { buildViewer } from '../scripts/viewer/build.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath, drag, openPage, type WatchedPage } from './harness/browser.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { IS_LONG, scaled } from './harness/scale.ts'
import { COHORT, SLOW_QUERY, sendSlowCohort } from './harness/slow-cohort.ts'

const SERVER_SPANS = { column: 'span.kind', op: '=', value: 'server' } as const
const HEATMAP = { op: 'HEATMAP', column: 'duration_ms' } as const
const QUESTION = {
  calculations: [HEATMAP, { op: 'COUNT' }, { op: 'P95', column: 'duration_ms' }],
  filters: [SERVER_SPANS],
  breakdowns: ['http.route'],
  time_range: 1_200,
} satisfies QueryInput

let sandbox: SandboxForTest
let watched: WatchedPage
let page: Page
let slowTraces: Set<string>

describe.skipIf(!chromiumPath)('the answer of a question, in a browser', () => {
  beforeAll(async () => {
    expect(await buildViewer()).not.toMatchObject({ state: 'failed' })
    sandbox = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER })
    slowTraces = await sendSlowCohort(sandbox.url, { requests: 1_000, overMs: 900_000, seed: 3 })
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

  const open = (question: QueryInput) =>
    page.goto(`${sandbox.url}/ask?${new URLSearchParams({ query: JSON.stringify(question) })}`)
  const asked = (): QueryInput => JSON.parse(new URL(page.url()).searchParams.get('query') ?? 'null')
  const plot = () => page.getByRole('application', { name: / by time: / })
  const title = () => page.locator('#bubble-up-title')
  const cards = (section: string) => page.getByRole('region', { name: section }).locator('.card-title')
  const choose = (name: string) => page.getByRole('menuitem', { name, exact: true }).click()

  test('a hidden slow cohort: ask, draw, compare, filter, and read the slow query in a trace', async () => {
    await page.goto(`${sandbox.url}/`)
    await page.getByRole('link', { name: 'Ask', exact: true }).click()
    await page.getByRole('link', { name: /^Which requests are slow\?/ }).click()
    // The slow part: above the gap in the later two thirds.
    await drag(page, plot(), { from: [0.2, 0.01], to: [0.99, 0.3] })
    await expect
      .poll(async () => (await cards('Dimensions').allInnerTexts()).slice(0, 3).toSorted())
      .toEqual(Object.keys(COHORT).toSorted())
    await cards('Measures').first().waitFor()

    for (const [column, value] of Object.entries(COHORT).slice(0, scaled(1, 3))) {
      await page.getByRole('button', { name: new RegExp(`^${column}: ${value} 100 % inside`) }).click()
      await choose('Filter to this')
      await expect.poll(() => asked().filters).toContainEqual({ column, op: '=', value })
      // The selection stays, and is compared with the rest of the new question.
      await page
        .getByRole('button', { name: new RegExp(`^${column}: ${value} 100 % inside, 100 % outside`) })
        .waitFor()
      const isFocusKept = () => page.evaluate(() => !!document.activeElement?.closest('.bubble-up'))
      await expect.poll(isFocusKept).toBe(true)
    }
    expect(page.url()).toContain('selection=')
    await page.reload()
    await page.getByRole('button', { name: 'Filter to selection' }).click()
    const bound = (op: string) => ({ column: 'duration_ms', op, value: expect.any(Number) })
    await expect.poll(() => asked().filters?.slice(-2)).toEqual([bound('>='), bound('<=')])
    expect(asked()).toMatchObject({ start_time: expect.any(Number), end_time: expect.any(Number) })
    await title().waitFor({ state: 'detached' })
    await expect.poll(() => page.url()).not.toContain('selection=')

    const question = page.url()
    const examples = page.getByRole('region', { name: /^Example traces/ })
    await examples.getByRole('link').first().click()
    await page.waitForURL('**/trace/*')
    expect(slowTraces).toContain(new URL(page.url()).pathname.split('/').at(-1))
    await page.locator('#honeycomb').getByText('pg.query:SELECT activities').click()
    await page
      .getByRole('complementary', { name: 'Details' })
      .getByRole('heading', { name: SLOW_QUERY })
      .waitFor()
    await page.getByRole('link', { name: 'The question' }).click()
    await expect.poll(() => page.url()).toBe(question)
  })

  test('the keyboard alone selects, compares and filters', async () => {
    await open(QUESTION)
    const { keyboard } = page
    await plot().focus()
    for (const key of ['End', ...Array(12).fill('PageUp'), 'Shift+Home', 'Shift+PageDown', 'Shift+PageDown'])
      await keyboard.press(key)
    await expect.poll(() => page.locator('.heat [role=status]').innerText()).toMatch(/ s · [1-9]\d* events$/)
    await keyboard.press('Enter')
    await cards('Dimensions').first().waitFor()
    await page.getByRole('searchbox', { name: 'Find a column' }).fill('REGION')
    await expect.poll(() => cards('Dimensions').allInnerTexts()).toEqual(['app.user.region'])
    // Past the card's title, to its first bar.
    for (const key of ['Tab', 'Tab', 'ArrowDown', 'Enter', 'ArrowDown', 'Escape', 'Home', 'Enter'])
      await keyboard.press(key)
    await page.getByRole('menu', { name: `app.user.region: ${COHORT['app.user.region']}` }).waitFor()
    await keyboard.press('Enter')
    await expect
      .poll(() => asked().filters?.at(-1))
      .toEqual({ column: 'app.user.region', op: '=', value: COHORT['app.user.region'] })
    await plot().focus()
    await keyboard.press('Escape')
    await title().waitFor({ state: 'detached' })
  })

  test('a selection by numbers needs no drawing, and says what is wrong with it', async () => {
    await open(QUESTION)
    await page.getByText('Select by numbers').click()
    const form = page.getByRole('form', { name: 'Select a part of the heatmap of duration_ms' })
    await form.getByLabel('duration_ms from').fill('a lot')
    await form.getByRole('button').click()
    await form.getByRole('alert').getByText('must be numbers').waitFor()
    await form.getByLabel('duration_ms from').fill('500')
    await form.getByRole('button').click()
    await expect.poll(() => title().innerText()).toContain('duration_ms 500 ms –')
    // A finger draws too.
    await page.getByRole('button', { name: 'Close' }).click()
    await title().waitFor({ state: 'detached' })
    await plot().scrollIntoViewIfNeeded()
    const box = await plot().boundingBox()
    if (!box) throw new Error('no heatmap')
    const debugged = await page.context().newCDPSession(page)
    const touch = (
      type: 'touchStart' | 'touchMove' | 'touchEnd',
      ...at: readonly (readonly [number, number])[]
    ) =>
      debugged.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: at.map(([x, y]) => ({ x: box.x + box.width * x, y: box.y + box.height * y })),
      })
    await touch('touchStart', [0.3, 0.02])
    for (const x of [0.4, 0.6, 0.9]) await touch('touchMove', [x, 0.3])
    await touch('touchEnd')
    await title().waitFor()
    await debugged.detach()
    await page.getByRole('button', { name: 'Zoom into selection' }).click()
    await expect.poll(asked).toMatchObject({ start_time: expect.any(Number), end_time: expect.any(Number) })
  })

  test('dragging in a chart zooms into the time; a row of the table filters, excludes, compares and orders', async () => {
    await open(QUESTION)
    await drag(page, page.locator('.u-over').first(), { from: [0.5, 0.5], to: [0.75, 0.5] })
    await expect.poll(() => Object.keys(asked())).not.toContain('time_range')
    const { start_time = 0, end_time = 0 } = asked()
    expect(Number(end_time) - Number(start_time)).toBeGreaterThan(295)
    expect(Number(end_time) - Number(start_time)).toBeLessThan(315)
    await page.getByRole('button', { name: 'Reset time' }).click()
    await expect.poll(asked).toMatchObject({ time_range: 1_200 })

    const results = page.getByRole('region', { name: 'Results' })
    const act = async (route: string, action: string) => {
      await results.getByRole('button', { name: `${route}: actions` }).click()
      await choose(action)
    }
    await act('/api/message_groups', 'Exclude this')
    await results.getByRole('button', { name: '/api/message_groups' }).waitFor({ state: 'detached' })
    await act('/api/activities/home', 'Compare with the rest')
    await expect.poll(() => title().innerText()).toBe('What is different about /api/activities/home')
    expect(await cards('Dimensions').first().innerText()).toMatch(/^(name|http\.route)$/)

    const head = results.getByRole('columnheader', { name: 'P95(duration_ms)' })
    await expect.poll(() => head.getAttribute('aria-sort')).toBeNull()
    await head.getByRole('button').click()
    await expect.poll(() => head.getAttribute('aria-sort')).toBe('descending')
    await head.getByRole('button').click()
    await expect.poll(() => head.getAttribute('aria-sort')).toBe('ascending')

    await results.locator('tbody tr').filter({ hasText: '/search' }).locator('td.number').first().click()
    await choose('Filter to this')
    await expect
      .poll(() => asked())
      .toMatchObject({
        filters: [
          SERVER_SPANS,
          { column: 'http.route', op: '!=', value: '/api/message_groups' },
          { column: 'http.route', op: '=', value: '/api/activities/search' },
        ],
        orders: [{ op: 'P95', column: 'duration_ms', order: 'ascending' }],
      })
    await expect.poll(() => results.locator('tbody tr').count()).toBe(1)
  })

  test('a heatmap alone has no table; null is a dash', async () => {
    await open({ calculations: [HEATMAP], filters: [SERVER_SPANS] })
    await plot().waitFor()
    expect(await page.locator('.answer table').count()).toBe(0)
    await open({ calculations: [{ op: 'MAX', column: 'http.route' }], breakdowns: ['span.kind'] })
    await expect.poll(() => page.locator('.answer tbody').innerText()).toMatch(/server\s+–/)
  })

  test('axe finds no violation, and nothing is wider than the page', async () => {
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    await open(QUESTION)
    await drag(page, plot(), { from: [0.2, 0.02], to: [0.9, 0.3] })
    await cards('Measures').first().waitFor()
    await page.getByText('Select by numbers').click()
    await page.getByRole('button', { name: /^app\.user\.plan: team/ }).click()
    await page.getByRole('menu').waitFor()
    if (IS_LONG) {
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' })
      expect(await violations(page)).toEqual([])
      await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' })
    }
    await page.setViewportSize({ width: 390, height: 800 })
    expect(await violations(page)).toEqual([])
    expect(await page.evaluate(() => document.querySelector('.shell')?.scrollWidth)).toBe(390)
  })
})
