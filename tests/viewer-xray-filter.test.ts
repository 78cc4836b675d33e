/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, test } from 'vitest'
import { BUILT_FOLDER } from '../sandbox/reads/viewer-pages.ts'
import { resolveProviders } from '../settings/providers.ts'
import { readSettings } from '../settings/read.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath } from './harness/browser.ts'
import { JSON_TYPE, type SandboxForTest, sandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { eachTestWithViewer } from './harness/viewer.ts'
import { sendRequest } from './harness/viewer-data.ts'

let sandbox: SandboxForTest
let page: Page

describe.skipIf(!chromiumPath)('the box for X-Ray’s filter expressions, in a browser', () => {
  eachTestWithViewer((opened) => {
    ;({ sandbox, page } = opened)
  })
  beforeEach(async () => {
    await sendRequest(sandbox, { route: '/fast', took: 5 })
    await sendRequest(sandbox, { route: '/slow', took: 700 })
    await sendRequest(sandbox, { route: '/broken', fails: true, took: 60 })
  })

  const open = async (query = '') => {
    await page.goto(`${sandbox.url}/${query}`)
    await page.locator('.requests').waitFor()
  }
  const field = () => page.getByRole('combobox', { name: 'X-Ray filter expression' })
  const shown = async () => (await page.locator('.c-request a').allInnerTexts()).toSorted()
  const holds = (...routes: string[]) =>
    expect.poll(shown, { timeout: 20_000 }).toEqual(routes.map((route) => `GET ${route}`))
  const filterInAddress = () => new URL(page.url()).searchParams.get('filter')

  test('an expression is typed with completions by keyboard alone, filters the list, and stays in the address', async () => {
    await open()
    await holds('/broken', '/fast', '/slow')
    await page.locator('.live-live').waitFor()
    await page.keyboard.press('x')
    await expect.poll(() => field().evaluate((input) => input === document.activeElement)).toBe(true)
    await page.keyboard.type('respo')
    const option = page.locator('.suggestions [role=option][aria-selected=true]')
    await expect.poll(() => option.innerText()).toContain('responsetime')
    expect(await field().getAttribute('aria-activedescendant')).toBe(await option.getAttribute('id'))
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => option.innerText()).toBe('=')
    await page.keyboard.type('>')
    await page.keyboard.press('Tab')
    expect(await field().inputValue()).toBe('responsetime > ')
    await page.keyboard.type('0.5')
    await holds('/slow')
    expect(filterInAddress()).toBe('responsetime > 0.5')

    await page.keyboard.type(' OR annotation.http_route = "/f')
    await expect.poll(() => option.innerText()).toBe('"/fast"')
    await page.keyboard.press('Enter')
    await holds('/fast', '/slow')
    await page.keyboard.press('Escape')
    await page.keyboard.press('Escape')
    expect(await field().evaluate((input) => input === document.activeElement)).toBe(false)

    await sendRequest(sandbox, { route: '/other' })
    await sendRequest(sandbox, { route: '/other-slow', took: 800 })
    await holds('/fast', '/other-slow', '/slow')
    await page.reload()
    await holds('/fast', '/other-slow', '/slow')
    expect(await field().inputValue()).toBe('responsetime > 0.5 OR annotation.http_route = "/fast"')
  })

  test('a wrong expression is explained at its place, and the list stays as it was', async () => {
    await open('?filter=fault')
    await holds('/broken')
    await field().fill('fault AND http.status = "500"')
    const alert = page.getByRole('alert')
    await alert.waitFor()
    expect(await alert.innerText()).toMatch(/expected a number, found "500" after “fault AND http.status =”/)
    expect(await alert.locator('mark').innerText()).toBe('"500"')
    expect(await field().getAttribute('aria-invalid')).toBe('true')
    expect(await field().getAttribute('aria-describedby')).toContain(await alert.getAttribute('id'))
    await holds('/broken')
    expect(filterInAddress()).toBe('fault')

    // What only lacks its end is no error before the user has finished.
    await field().fill('fault AND ')
    await page.getByText('Incomplete: expected a keyword').waitFor()
    expect(await alert.count()).toBe(0)
    await field().press('Enter')
    await alert.waitFor()
    await field().fill('')
    await holds('/broken', '/fast', '/slow')
  })

  test('a group is chosen, and bars of the response times narrow it down', async () => {
    const group = { GroupName: 'healthy', FilterExpression: '!fault' }
    await sandbox.post('/CreateGroup', JSON.stringify(group), JSON_TYPE)
    await open()
    await page.getByRole('button', { name: 'X-Ray filter' }).click()
    await page.getByRole('combobox', { name: 'X-Ray group' }).selectOption('healthy')
    await holds('/fast', '/slow')
    const figure = page.getByRole('figure').filter({ hasText: 'Response times' })
    await expect.poll(() => figure.innerText()).toMatch(/2 requests[\s\S]*P50\s+5 ms[\s\S]*P95\s+700 ms/)

    const bars = page.locator('.histogram-bars')
    const box = (await bars.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 }
    await page.mouse.move(box.x + box.width * 0.7, box.y + 20)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width - 2, box.y + 20, { steps: 4 })
    await page.mouse.up()
    await holds('/slow')
    expect(filterInAddress()).toMatch(/^responsetime >= 0\.\d+ AND responsetime < 0\.8$/)
    await expect.poll(() => figure.innerText()).toContain('1 of 2 requests')
    await page.goBack()
    await holds('/fast', '/slow')

    await figure.getByText('As a table').click()
    await figure.getByRole('button', { name: '630 ms – 800 ms' }).click()
    await holds('/slow')
    await figure.getByRole('button', { name: 'All response times' }).click()
    await holds('/fast', '/slow')
    expect(page.url()).toMatch(/\?group=healthy$/)
  })

  test('where X-Ray is live, its console has the expression', async () => {
    const settings = readSettings({
      WORKSPACE_ENV_FILE: '/nowhere',
      AWS_ACCESS_KEY_ID: 'id',
      AWS_SECRET_ACCESS_KEY: 'secret',
      AWS_REGION: 'eu-north-1',
    })
    const targets = resolveProviders(settings, {})
    await using live = await sandboxForTest({ daemon: undefined, viewerFolder: BUILT_FOLDER, targets })
    await page.goto(`${live.url}/?filter=fault`)
    const link = page.getByRole('link', { name: 'Open in the X-Ray console' })
    expect(await link.getAttribute('href')).toBe(
      'https://eu-north-1.console.aws.amazon.com/xray/home?region=eu-north-1#/traces?timeRange=PT6H&filter=fault',
    )
    await page.goto('about:blank')
  })

  test.each([[390, 'dark'] as const, ...scaled([], [[1440, 'light'] as const])])(
    'axe finds no violation at %i px, %s, and no page is wider than the screen',
    async (width, scheme) => {
      await page.setViewportSize({ width, height: 900 })
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      await open(`?group=Default&filter=${encodeURIComponent('responsetime < 0.8')}`)
      await page.locator('.histogram-bars').waitFor()
      await page.getByText('As a table').click()
      await field().fill('user = 5 ')
      await page.getByRole('alert').waitFor()
      await page.locator('.suggestions [role=option]').first().waitFor()
      expect(await violations(page)).toEqual([])
      expect(await page.evaluate(() => document.querySelector('.shell')?.scrollWidth)).toBe(width)
    },
  )
})
