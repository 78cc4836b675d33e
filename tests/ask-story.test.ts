/// <reference lib="dom" />
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { buildViewer } from '../scripts/viewer/build.ts'
import { chromiumPath, drag, openPage, type WatchedPage } from './harness/browser.ts'
import { COHORT, SLOW_QUERY, sendSlowCohort } from './harness/slow-cohort.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

let workspace: TestWorkspace
let watched: WatchedPage

describe.skipIf(!chromiumPath)('from a question to its cause', () => {
  beforeEach(async () => {
    expect(await buildViewer()).not.toMatchObject({ state: 'failed' })
    workspace = await createWorkspace()
    await workspace.start('sandbox')
    watched = await openPage()
  })
  afterEach(async () => {
    await watched.page.goto('about:blank')
    await workspace.dispose()
    expect(watched.complaints).toEqual([])
  })

  test('a hidden slow cohort: ask, draw, compare, filter, and read the slow query in a trace', async () => {
    const { page } = watched
    const slowTraces = await sendSlowCohort(workspace.sandbox, {
      requests: 1_500,
      overMs: 1_500_000,
      seed: 15,
    })
    await page.goto(`${workspace.sandbox}/`)
    await page.getByRole('link', { name: 'Ask', exact: true }).click()
    await page.getByRole('link', { name: /^Which requests are slow\?/ }).click()

    // The slow part: above the gap in the later two thirds.
    await drag(page, page.getByRole('application'), { from: [0.2, 0.01], to: [0.99, 0.3] })
    const dimensions = page.getByRole('region', { name: 'Dimensions' })
    await expect
      .poll(async () => (await dimensions.locator('.card-title').allInnerTexts()).slice(0, 3).toSorted())
      .toEqual(Object.keys(COHORT).toSorted())

    for (const [column, value] of Object.entries(COHORT)) {
      const bar = dimensions.getByRole('button', { name: new RegExp(`^${column}: ${value} 100 % inside`) })
      await bar.click()
      await page.getByRole('menuitem', { name: 'Filter to this' }).click()
      await expect.poll(() => new URL(page.url()).searchParams.get('query')).toContain(`"value":"${value}"`)
      // The next click is on the cards of the new question.
      await dimensions
        .getByRole('button', { name: new RegExp(`^${column}: ${value} 100 % inside, 100 % outside`) })
        .waitFor()
    }

    const examples = page.getByRole('region', { name: 'Example traces, the slowest first' })
    await examples.getByRole('link').first().click()
    await page.waitForURL('**/trace/*')
    expect(slowTraces).toContain(new URL(page.url()).pathname.split('/').at(-1))
    await page.locator('#honeycomb').getByText('pg.query:SELECT activities').click()
    await page.getByRole('complementary', { name: 'Details' }).getByText(SLOW_QUERY).waitFor()
  })
})
