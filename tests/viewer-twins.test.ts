/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { BUILT_FOLDER } from '../sandbox/reads/viewer-pages.ts'
import { buildViewer } from '../scripts/viewer/build.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath, openPage } from './harness/browser.ts'
import { type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { SERVICE, sendTwoIds } from './harness/two-ids.ts'
import { sendRequest } from './harness/viewer-data.ts'
import { eventually } from './harness/wait-for.ts'

/** Long enough ago that all records have arrived. */
const START_MS = Date.now() - 60_000

describe.skipIf(!chromiumPath)('one request under two ids, in a browser', () => {
  let sandbox: SandboxForTest
  let page: Page
  let complaints: string[]
  /** Of the workspace's own request, which has one id. */
  let whole: string
  let good: Awaited<ReturnType<typeof sendTwoIds>>
  let failed: Awaited<ReturnType<typeof sendTwoIds>>
  beforeAll(async () => {
    expect(await buildViewer()).not.toMatchObject({ state: 'failed' })
    sandbox = await sandboxForTest({ viewerFolder: BUILT_FOLDER })
    ;({ traceId: whole } = await sendRequest(sandbox, { startMs: START_MS }))
    good = await sendTwoIds(sandbox, { startMs: START_MS })
    failed = await sendTwoIds(sandbox, { path: '/error', status: 500, startMs: START_MS + 2_000 })
    const segments = async () => (await sandbox.counts()).xray.received
    await eventually(segments, (received) => received === 3)
  })
  beforeEach(async () => {
    ;({ page, complaints } = await openPage())
  })
  afterEach(() => expect(complaints).toEqual([]))
  afterAll(async () => {
    await page.goto('about:blank')
    await sandbox[Symbol.asyncDispose]()
  })

  const open = (path: string) => page.goto(`${sandbox.url}/${path}`)
  const unfold = (name: string) => page.locator('summary').filter({ hasText: name }).click()
  const hrefs = (name: string) =>
    page.getByRole('link', { name, exact: true }).evaluateAll((all) => all.map((a) => a.getAttribute('href')))
  const isAccessible = async () => {
    expect(await violations(page)).toEqual([])
    const widths = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect(widths[0]).toBeLessThanOrEqual(widths[1] ?? 0)
  }

  test('the list says which rows look like one, and leads to both and to the fix, until it is hidden', async () => {
    await open('')
    await page.getByText('4 rows look like 2 requests.').waitFor()
    await page.locator('summary').filter({ hasText: 'Which, and why?' }).focus()
    await page.keyboard.press('Enter')
    expect(await hrefs('at Honeycomb')).toEqual([
      `/trace/${failed.honeycomb}#honeycomb`,
      `/trace/${good.honeycomb}#honeycomb`,
    ])
    expect(await hrefs('at X-Ray')).toEqual([`/trace/${failed.xray}#xray`, `/trace/${good.xray}#xray`])
    await page.setViewportSize({ width: 360, height: 640 })
    await isAccessible()
    await page.setViewportSize({ width: 1280, height: 800 })
    await page.getByRole('link', { name: 'Two rows for one request: all steps' }).click()
    await page.getByRole('heading', { level: 1 }).filter({ hasText: 'two rows' }).waitFor()
    expect(page.url()).toBe(`${sandbox.url}/help/two-rows#make-it-one`)
    await isAccessible()
    await open('')
    const note = page.getByText('4 rows look like 2 requests.')
    await page.getByRole('button', { name: 'Hide', exact: true }).click()
    await note.waitFor({ state: 'detached' })
    await page.reload()
    await page.locator('.requests-rows [role=row]').nth(4).waitFor()
    expect(await note.count()).toBe(0)
  })

  test('each trace of the two leads to the other with the evidence, and one with one id says nothing', async () => {
    await open(`trace/${good.xray}`)
    await page
      .getByText('Honeycomb has a request that looks like this one, under another trace id.')
      .waitFor()
    const evidence = `Both are GET /api/activities/home of ${SERVICE}, answered 200. The segment starts 1.3 ms after and ends 500 µs before its span.`
    await page.getByText(evidence).waitFor()
    await page.getByRole('link', { name: 'Open it' }).click()
    await page.getByText('X-Ray has a request that looks like this one, under another trace id.').waitFor()
    expect(page.url()).toBe(`${sandbox.url}/trace/${good.honeycomb}`)
    // The list of differences does not contradict it.
    expect(await page.getByText('has nothing of this request').count()).toBe(0)
    await open(`trace/${whole}`)
    await page.locator('#xray .wf').first().waitFor()
    expect(await page.locator('.trace-note').count()).toBe(0)
  })

  test('an error without a trace leads to its request, and the request to it', async () => {
    await open('errors')
    await page.getByText('names no trace').waitFor()
    await page.getByRole('link', { name: 'ZeroDivisionError: division by zero' }).click()
    await page.getByText('looks like').waitFor()
    const traces = page.locator('td a.mono')
    const ids = await traces.evaluateAll((all) =>
      all.map((a) => a.getAttribute('href')?.slice('/trace/'.length)),
    )
    expect(ids.toSorted()).toEqual([failed.honeycomb, failed.xray].toSorted())
    await unfold('Why, and how to add it')
    await traces.first().click()
    await page.getByText('Rollbar has 1 error without a trace id that looks like this request’s.').waitFor()
    await unfold('Why it has none')
    await isAccessible()
    await page.getByRole('link', { name: 'ZeroDivisionError: division by zero' }).click()
    await page.waitForURL(`${sandbox.url}/errors/1`)
  })

  test('the providers’ page says how the apps are wired', async () => {
    await open('providers')
    await page.getByRole('heading', { name: 'Wiring' }).waitFor()
    await page.getByText('4 rows look like 2 requests').waitFor()
    await isAccessible()
  })
})
