/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { QueryInput } from '../contracts/sandbox/query.ts'
import { BUILT_FOLDER } from '../sandbox/reads/viewer-pages.ts'
import { buildViewer } from '../scripts/viewer/build.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath, openPage, type WatchedPage } from './harness/browser.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { IS_LONG, scaled } from './harness/scale.ts'
import { sendRequest } from './harness/viewer-data.ts'

/** Tab stops before a field that a test looks for. */
const MAX_TABS = 40
const SERVER_SPANS = { column: 'span.kind', op: '=', value: 'server' } as const

let sandbox: SandboxForTest
let watched: WatchedPage
let page: Page

describe.skipIf(!chromiumPath)('the Ask page, in a browser', () => {
  beforeAll(async () => {
    expect(await buildViewer()).not.toMatchObject({ state: 'failed' })
    sandbox = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER })
    for (const [route, took] of [
      ['/home', 10],
      ['/home', 12],
      ['/slow', 900],
      ['/search', 40],
    ] as const)
      await sendRequest(sandbox, { route, took, withXRay: false })
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
    // The browser reports each answer with a status of 400 or more.
    expect(watched.complaints.filter((text) => !/status of 40[04]/.test(text))).toEqual([])
  })

  const open = (question: QueryInput) =>
    page.goto(`${sandbox.url}/ask?${new URLSearchParams({ query: JSON.stringify(question) })}`)
  const asked = () => JSON.parse(new URL(page.url()).searchParams.get('query') ?? 'null')
  const becomes = (question: QueryInput) => expect.poll(asked, { timeout: 10_000 }).toEqual(question)
  const clause = (name: string) => page.getByRole('group', { name, exact: true })
  const field = (name: string) => page.getByRole('combobox', { name: `Add to ${name}` })
  const chips = (name: string) => clause(name).locator('.chip-text').allInnerTexts()
  /** A cell of the table of results. */
  const cell = (name: string) => page.locator('td, tbody th').filter({ hasText: name })
  const focused = () =>
    page.evaluate(
      () => document.activeElement?.getAttribute('aria-label') ?? document.activeElement?.textContent,
    )
  const tabTo = async (label: string) => {
    for (let tabs = 0; tabs < MAX_TABS && (await focused()) !== label; tabs++)
      await page.keyboard.press('Tab')
    expect(await focused()).toBe(label)
  }

  test('the keyboard alone builds a question; its address gives it again', async () => {
    await page.goto(`${sandbox.url}/ask`)
    await page.getByRole('heading', { name: 'Begin with a question' }).waitFor()
    const { keyboard } = page
    await tabTo('Add to SELECT')
    await keyboard.type('p95')
    await keyboard.press('Tab')
    await keyboard.type('dur')
    await page.getByRole('option', { name: 'duration_ms' }).waitFor()
    await keyboard.press('Enter')
    await becomes({ calculations: [{ op: 'P95', column: 'duration_ms' }] })
    expect(await focused()).toBe('Add to SELECT')
    await tabTo('Add to WHERE')
    for (const [typed, key] of [
      ['span.k', 'Enter'],
      ['= ser', 'ArrowDown'],
    ] as const) {
      await keyboard.type(typed)
      await keyboard.press(key)
    }
    await keyboard.press('Enter')
    await expect.poll(() => chips('WHERE')).toEqual(['span.kind = server'])
    await tabTo('Add to GROUP BY')
    await keyboard.type('http.ro')
    await keyboard.press('Enter')
    await tabTo('Add to ORDER BY')
    await keyboard.press('ArrowDown')
    await keyboard.press('ArrowDown')
    await keyboard.press('Enter')
    await keyboard.press('Tab')
    await keyboard.type('2')
    await tabTo('Add to HAVING')
    await keyboard.type('P95(duration_ms) > 11')
    await keyboard.press('Enter')
    const question = {
      calculations: [{ op: 'P95', column: 'duration_ms' }],
      filters: [SERVER_SPANS],
      breakdowns: ['http.route'],
      orders: [{ op: 'P95', column: 'duration_ms', order: 'ascending' }],
      limit: 2,
      havings: [{ calculate_op: 'P95', column: 'duration_ms', op: '>', value: 11 }],
    } satisfies QueryInput
    await becomes(question)
    const shown = async () => {
      await cell('/home').first().waitFor()
      await cell('/search').first().waitFor()
      await cell('/slow').first().waitFor({ state: 'detached' })
    }
    await shown()
    await page.reload()
    await shown()
    expect(asked()).toEqual(question)
  })

  test('an answer follows the typing; back and forward go by completed clauses', async () => {
    await open({ filters: [SERVER_SPANS], breakdowns: ['http.route'] })
    await cell('/home').first().waitFor()
    await field('WHERE').fill('duration_ms > 500')
    await cell('/home').first().waitFor({ state: 'detached' })
    expect(asked().filters).toHaveLength(1)
    await field('WHERE').press('Escape')
    await cell('/home').first().waitFor()
    await field('WHERE').fill('duration_ms > 500')
    await field('WHERE').press('Enter')
    await expect.poll(() => chips('WHERE')).toEqual(['span.kind = server', 'duration_ms > 500'])

    await page.getByRole('button', { name: 'duration_ms > 500', exact: true }).click()
    await page.getByRole('combobox', { name: 'WHERE: duration_ms > 500' }).fill('duration_ms > 30')
    await page.keyboard.press('Enter')
    await expect.poll(focused).toBe('duration_ms > 30')
    await cell('/search').first().waitFor()
    await page.goBack()
    await expect.poll(() => chips('WHERE')).toEqual(['span.kind = server', 'duration_ms > 500'])
    await page.goBack()
    await cell('/home').first().waitFor()
    await page.goForward()
    await expect.poll(() => chips('WHERE')).toHaveLength(2)

    await field('WHERE').focus()
    await page.keyboard.press('Backspace')
    await expect.poll(() => chips('WHERE')).toEqual(['span.kind = server'])
    await page.getByRole('button', { name: 'Remove span.kind = server' }).click()
    await expect.poll(focused).toBe('Add to WHERE')

    await field('WHERE').fill('http.route = /nowhere')
    await field('WHERE').press('Enter')
    // An empty result names the clause that emptied it, and goes on without it.
    await page.locator('.emptied').getByText('WHERE http.route = /nowhere').waitFor()
    await page.getByRole('button', { name: 'Remove this clause' }).click()
    await cell('/home').first().waitFor()
    await becomes({ breakdowns: ['http.route'] })
  })

  test('a note names what is wrong at its place, and the previous answer stays', async () => {
    await open({ breakdowns: ['http.route'] })
    await cell('/home').first().waitFor()
    await page.getByRole('spinbutton', { name: 'LIMIT' }).fill('5000')
    await clause('LIMIT').getByText(/1000/).waitFor()
    const described = await page
      .getByRole('spinbutton', { name: 'LIMIT' })
      .evaluate((input) => document.getElementById(input.getAttribute('aria-describedby') ?? '')?.textContent)
    expect(described).toMatch(/1000/)
    expect(await cell('/home').count()).toBeGreaterThan(0)
    await field('WHERE').fill('duration_ms has 5')
    await field('WHERE').press('Enter')
    await clause('WHERE').getByRole('alert').getByText('no operator has').waitFor()
    expect(await field('WHERE').inputValue()).toBe('duration_ms has 5')

    await open({
      calculations: [{ op: 'P95', column: 'duration_ms', filters: [{ column: 'name', op: '>' }] }],
    })
    await clause('SELECT').locator('.chip.wrong').getByText('P95(duration_ms)').waitFor()
    await page.goto(`${sandbox.url}/ask?query={"limit":5`)
    await page.getByText('This is not JSON').waitFor()
    await page.getByRole('textbox', { name: 'The question in the address' }).fill('{"limit": 5}')
    await page.getByRole('button', { name: 'Ask this' }).click()
    await becomes({ limit: 5 })

    // Honeycomb's newer clauses have no place in the builder.
    await page.getByRole('button', { name: 'Questions' }).click()
    await page.getByRole('button', { name: 'Paste a specification' }).click()
    await page
      .getByRole('textbox', { name: 'A Query Specification as JSON' })
      .fill('{"formulas": [{}], "limit": 7}')
    await page.getByRole('button', { name: 'Ask this' }).click()
    await page.getByRole('alert').getByText('formulas').waitFor()
    await page.getByRole('button', { name: 'Remove formulas' }).click()
    await becomes({ limit: 7 })
  })

  test('a calculated field is completed, checked at its place, and a column of the question', async () => {
    await open({ filters: [SERVER_SPANS] })
    await page.getByRole('button', { name: 'Add a calculated field' }).click()
    // The field takes the focus after it is drawn: keys before that are lost.
    await page.locator('input:focus[placeholder=name]').waitFor()
    const { keyboard } = page
    await keyboard.type('speed')
    await keyboard.press('Tab')
    await keyboard.type('IF($durat')
    await page.getByRole('option', { name: 'duration_ms' }).waitFor()
    await keyboard.press('Enter')
    await keyboard.type(' > 500, "slow"')
    const expression = page.getByRole('combobox', { name: 'Expression of speed' })
    await expect.poll(() => expression.getAttribute('aria-invalid')).toBe('true')
    await keyboard.type(', "fast")')
    await expect.poll(() => expression.getAttribute('aria-invalid')).toBe(null)
    await keyboard.press('Enter')
    const calculated_fields = [{ name: 'speed', expression: 'IF($duration_ms > 500, "slow", "fast")' }]
    await becomes({ filters: [SERVER_SPANS], calculated_fields })
    await field('GROUP BY').fill('spe')
    // Enter takes the typed text where there is no completion yet.
    await page.getByRole('option', { name: 'speed' }).waitFor()
    await field('GROUP BY').press('Enter')
    await becomes({ filters: [SERVER_SPANS], calculated_fields, breakdowns: ['speed'] })
    await cell('slow').first().waitFor()
    await page.getByRole('button', { name: 'Remove speed' }).last().click()
    await becomes({ filters: [SERVER_SPANS], breakdowns: ['speed'] })
  })

  test('a question is saved, asked again, copied and deleted', async () => {
    const question = { filters: [SERVER_SPANS], breakdowns: ['http.route'] } satisfies QueryInput
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'], { origin: sandbox.url })
    await open(question)
    await cell('/home').first().waitFor()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('textbox', { name: 'Name of the question' }).fill('By route')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Copy' }).click()
    const copied = async (name: string) => {
      await page.getByRole('button', { name }).click()
      await page.getByText(`Copied: ${name}`).waitFor()
      return page.evaluate(() => navigator.clipboard.readText())
    }
    expect(JSON.parse(await copied('Question as JSON'))).toEqual(question)
    expect((await copied('Results as CSV')).split(/\r?\n/)).toEqual(
      expect.arrayContaining(['http.route,COUNT', '/home,2', '/slow,1']),
    )
    expect(await copied('Link')).toBe(page.url().replace('?', '?dataset=__all__&'))

    await page.goto(`${sandbox.url}/ask`)
    await page.getByRole('button', { name: 'Questions' }).click()
    await page.getByRole('link', { name: 'By route' }).click()
    await becomes(question)
    await cell('/home').first().waitFor()
    await page.getByRole('button', { name: 'Questions' }).click()
    await page.getByRole('button', { name: 'Delete By route' }).click()
    await page.getByRole('button', { name: 'Questions' }).click()
    await page.getByRole('link', { name: 'Who is slow?' }).click()
    await becomes(expect.objectContaining({ breakdowns: expect.arrayContaining(['app.user.plan']) }))
  })

  test.runIf(IS_LONG)('a sandbox that did not answer is asked again', async () => {
    const queries = '**/sandbox/query?*'
    await page.route(queries, (route) => route.abort())
    await open({ breakdowns: ['http.route'] })
    await page.getByRole('alert').getByText('does not answer').waitFor()
    await page.unroute(queries)
    await cell('/home').first().waitFor()
    expect(await page.getByRole('alert').count()).toBe(0)
    for (const text of watched.complaints.splice(0)) expect(text).toContain('ERR_FAILED')
  })

  test('axe finds no violation, and nothing is wider than the page', async () => {
    await open({
      calculations: [
        { op: 'HEATMAP', column: 'duration_ms' },
        { op: 'COUNT', name: 'n', filters: [SERVER_SPANS] },
      ],
      filters: [SERVER_SPANS, { column: 'no.such', op: 'does-not-exist' }],
      breakdowns: ['http.route'],
    })
    await cell('/home').first().waitFor()
    await page.getByRole('button', { name: 'Name and filters of COUNT as n' }).click()
    await page.getByRole('button', { name: 'Add a calculated field' }).click()
    await field('GROUP BY').fill('http')
    await page.locator('.suggestions [role=option]').first().waitFor()
    for (const width of [390, 1280]) {
      await page.setViewportSize({ width, height: 800 })
      await expect.poll(() => page.evaluate(() => document.querySelector('.shell')?.scrollWidth)).toBe(width)
      if (width === 390 && !IS_LONG) continue
      for (const colorScheme of scaled(['light'] as const, ['light', 'dark'] as const)) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        expect([width, colorScheme, await violations(page)]).toEqual([width, colorScheme, []])
      }
    }
  })

  test('without events it says what to run', async () => {
    await using empty = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER })
    await page.goto(`${empty.url}/ask`)
    await page.getByText('npm run load').waitFor()
    await page.goto('about:blank')
  })
})
