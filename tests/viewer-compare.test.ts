/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath } from './harness/browser.ts'
import type { SandboxForTest } from './harness/sandbox.ts'
import { eachTestWithViewer } from './harness/viewer.ts'
import { sendRequest, sendSpans } from './harness/viewer-data.ts'

/** Milliseconds from one call of the profiles service to the next, and that its query takes. */
const CALL_MS = 14
const QUERY_MS = 10
const SEARCH = '/api/activities/search'

let sandbox: SandboxForTest
let page: Page

describe.skipIf(!chromiumPath)('the comparison of two traces, in a browser', () => {
  eachTestWithViewer((opened) => {
    ;({ sandbox, page } = opened)
  }, /40[04]/)

  const compare = async (params: Readonly<Record<string, string>>) => {
    await page.goto(`${sandbox.url}/compare?${new URLSearchParams(params)}`)
  }
  const summary = () => page.getByRole('region', { name: 'What differs' }).innerText()
  const rows = () => page.locator('.compare-row:not(.grid-head)')
  const names = () => rows().locator('.p-name b').allInnerTexts()
  const rowOf = (name: string) => rows().filter({ has: page.locator('b', { hasText: name }) })

  test('names the query that runs 33 times, shows each path, and leads to the spans; by keys too', async () => {
    const fast = await sendSearch({ calls: 1, plan: 'free' })
    const slow = await sendSearch({ calls: 33, plan: 'pro' })
    await compare({ a: toXRayTraceId(fast.traceId), b: slow.traceId })
    await expect.poll(summary).toContain('B took 492 ms, A 44 ms: 448 ms more.')
    expect(await summary()).toContain(
      '320 ms of it is in SELECT … FROM profiles WHERE handle LIKE ? of cruddur-backend-profiles, which runs 33 times instead of once.',
    )
    expect(await names()).toEqual([
      `GET ${SEARCH}`,
      'SELECT … FROM activities WHERE message LIKE ?',
      'GET /api/profiles/:handle',
      'GET /api/profiles/:handle',
      'SELECT … FROM profiles WHERE handle LIKE ?',
      'rank',
    ])
    expect(await rowOf('FROM profiles').locator('.change').allInnerTexts()).toEqual([
      '▲33× slower, +320 ms',
      '+33 instead of 1',
    ])
    expect(await rowOf('rank').innerText()).toContain('only in B')
    expect(await rowOf('FROM activities').innerText()).toContain('no change')
    await page.getByRole('region', { name: 'Attributes of the roots' }).getByText('app.user.plan').waitFor()

    await page.keyboard.press('j')
    await page.keyboard.press('ArrowLeft')
    await expect.poll(names).toEqual([`GET ${SEARCH}`])
    await page.keyboard.press('ArrowRight')
    for (const key of ['j', 'j', 'b']) await page.keyboard.press(key)
    await page.waitForURL(`**/trace/${slow.traceId}?span=${slow.firstCallId}`)
    await page.getByRole('link', { name: 'The comparison' }).click()
    await rowOf('FROM profiles')
      .getByRole('link', { name: /^B ?330 ms ?opens the slowest of 33/ })
      .waitFor()
    await rowOf('FROM profiles')
      .getByRole('link', { name: /^A ?10 ms/ })
      .click()
    await page.waitForURL(`**/trace/${fast.traceId}?span=*`)
  })

  test('swaps the traces, shows changes only and by difference, all in the address; on a phone and in the dark', async () => {
    const fast = await sendSearch({ calls: 1, plan: 'free' })
    const slow = await sendSearch({ calls: 33, plan: 'pro' })
    await compare({ a: fast.traceId, b: slow.traceId })
    await rows().first().waitFor()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('x')
    await expect.poll(summary).toContain('B took 44 ms, A 492 ms: 448 ms less.')
    await page.getByRole('checkbox', { name: 'Changes only' }).check()
    await page.getByRole('combobox', { name: 'Sort' }).selectOption('difference')
    const sorted = async () => (await names())[0]
    await expect.poll(sorted).toContain('FROM profiles')
    expect(await names()).not.toContain('SELECT … FROM activities WHERE message LIKE ?')
    await page.reload()
    await expect.poll(sorted).toContain('FROM profiles')
    expect(new URL(page.url()).search).toBe(
      `?a=${slow.traceId}&b=${fast.traceId}&only=changes&sort=difference`,
    )

    await page.emulateMedia({ colorScheme: 'dark' })
    await page.setViewportSize({ width: 390, height: 800 })
    await rows().first().waitFor()
    expect(await violations(page)).toEqual([])
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.querySelector('.shell') ?? document.body
      return { scrollWidth, clientWidth }
    })
    expect(scrollWidth).toBe(clientWidth)
  })

  test('says which trace is missing or malformed, and takes another; different routes and the same trace are named', async () => {
    const home = await sendRequest(sandbox, { took: 40 })
    for (const took of [60, 20, 70, 80]) await sendRequest(sandbox, { took, route: '/other' })
    const other = await sendRequest(sandbox, { took: 400, route: '/other', fails: true })
    const unknown = newTraceId()
    await compare({ a: unknown, b: 'no-id' })
    const sideA = page.getByRole('region', { name: 'Trace A' })
    const sideB = page.getByRole('region', { name: 'Trace B' })
    await sideA.getByText('A has no spans here').waitFor()
    await sideB.getByText('"no-id" is not a trace id').waitFor()

    // The trace arrives while the page waits for it.
    await sendSpans(sandbox, unknown, Date.now(), 'late', [
      { spanId: newSpanId(), name: 'late', at: 0, took: 5 },
    ])
    await sideA.getByRole('link', { name: 'late' }).waitFor()
    await sideB.getByLabel('Trace id for B').fill(`${toXRayTraceId(unknown)}/${newSpanId()}`)
    await sideB.getByRole('button', { name: 'Use as B' }).click()
    await page.getByText('A and B are the same trace').waitFor()

    await compare({ a: home.traceId, b: other.traceId })
    await expect.poll(summary).toContain('The traces are of different routes')
    expect(await summary()).toMatch(/A did not fail \(status 200\), B failed \(status 500\)/)
    await page.getByRole('button', { name: 'X-Ray', exact: true }).click()
    await page.getByRole('heading', { name: 'Segments and subsegments by path' }).waitFor()
    expect(await names()).toEqual([
      'GET /api/activities/home in A, GET /other in B',
      'SELECT needle FROM haystack',
    ])
    expect(page.url()).toContain('lens=xray')
    await sideA.getByRole('button', { name: 'For A, a fast one of GET /other: 20 ms' }).click()
    await expect.poll(summary).toContain('B took 400 ms, A 20 ms')
    expect(await summary()).not.toContain('different routes')
  })
})

/** A search that asks the profiles service once, or once for each result. */
async function sendSearch({ calls, plan }: { calls: number; plan: string }) {
  const traceId = newTraceId()
  const startMs = Date.now() - 60_000
  const rootId = newSpanId()
  const callIds = Array.from({ length: calls }, newSpanId)
  const http = { 'http.request.method': 'GET' }
  await sendSpans(sandbox, traceId, startMs, 'cruddur-backend', [
    {
      spanId: rootId,
      name: `GET ${SEARCH}`,
      at: 0,
      took: 30 + calls * CALL_MS,
      kind: 2,
      attributes: { ...http, 'http.route': SEARCH, 'app.user.plan': plan },
    },
    {
      spanId: newSpanId(),
      parentSpanId: rootId,
      name: 'pg.query:SELECT cruddur',
      at: 4,
      took: 12,
      kind: 3,
      attributes: { 'db.query.text': 'SELECT uuid, message FROM activities WHERE message LIKE $1' },
    },
    ...callIds.map((spanId, index) => ({
      spanId,
      parentSpanId: rootId,
      name: 'GET',
      at: 20 + index * CALL_MS,
      took: CALL_MS,
      kind: 3,
      attributes: { ...http, 'url.full': `http://127.0.0.1:4568/api/profiles/user-${index}` },
    })),
    ...(calls > 1
      ? [{ spanId: newSpanId(), parentSpanId: rootId, name: 'rank', at: 25 + calls * CALL_MS, took: 4 }]
      : []),
  ])
  await sendSpans(
    sandbox,
    traceId,
    startMs,
    'cruddur-backend-profiles',
    callIds.map((parentSpanId, index) => ({
      spanId: newSpanId(),
      parentSpanId,
      name: 'pg.query:SELECT cruddur',
      at: 22 + index * CALL_MS,
      took: QUERY_MS,
      kind: 3,
      attributes: { 'db.query.text': 'SELECT handle, display_name FROM profiles WHERE handle LIKE $1' },
    })),
  )
  // The server of the first call has sent its span: all calls are named by its route.
  await sendSpans(sandbox, traceId, startMs, 'cruddur-backend-profiles', [
    {
      spanId: newSpanId(),
      parentSpanId: callIds[0] ?? '',
      name: 'GET /api/profiles/:handle',
      at: 20,
      took: 1,
      kind: 2,
      attributes: { ...http, 'http.route': '/api/profiles/:handle' },
    },
  ])
  return { traceId, firstCallId: callIds[0] ?? '' }
}
