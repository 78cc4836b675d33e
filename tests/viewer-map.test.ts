/// <reference lib="dom" />
import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { newSpanId, newTraceId, toXRayTraceId } from '../contracts/trace-id.ts'
import { violations } from './harness/axe.ts'
import { chromiumPath } from './harness/browser.ts'
import type { SandboxForTest } from './harness/sandbox.ts'
import { scaled } from './harness/scale.ts'
import { sendCall, sendMesh } from './harness/service-mesh.ts'
import { eachTestWithViewer } from './harness/viewer.ts'
import { sendSegments } from './harness/viewer-data.ts'

let sandbox: SandboxForTest
let page: Page

describe.skipIf(!chromiumPath)('the service map, in a browser', () => {
  eachTestWithViewer((opened) => {
    ;({ sandbox, page } = opened)
  }, /503/)

  const open = async (search = '') => {
    await page.goto(`${sandbox.url}/map${search}`)
    await page.locator('.map-node').first().waitFor()
  }
  const rows = () => page.locator('tbody tr').allInnerTexts()

  test('names clients by their entry, folds verify away and shows it on demand, with all rates per minute', async () => {
    await sendCall(sandbox, { verify: true, fails: true })
    await sendCall(sandbox, {})
    await sendCall(sandbox, { service: 'admin' })
    await open()
    const nodes = page.locator('.map-node')
    await expect.poll(() => nodes.count()).toBe(5)
    expect((await nodes.locator(':scope > b').allInnerTexts()).toSorted()).toEqual([
      'Clients',
      'Clients',
      'admin',
      'api',
      'cruddur@db',
    ])
    const words = (await nodes.allInnerTexts()).join('\n')
    expect(words).toMatch(/of api[\s\S]*of admin|of admin[\s\S]*of api/)
    // Not by the colour alone.
    expect(words).toContain('✕ 50 % faults')
    expect((await rows()).toSorted()).toEqual([
      expect.stringMatching(/^Clients\s+admin\s+1\s+1\/min\s+0 %\s+0 %/),
      expect.stringMatching(/^Clients\s+api\s+2\s+2\/min\s+0 %\s+50 %/),
      expect.stringMatching(/^admin\s+cruddur@db\s+1\s/),
      expect.stringMatching(/^api\s+cruddur@db\s+2\s/),
    ])
    await page.getByText('3 recorded requests: what the sampling kept').waitFor()
    await page.getByRole('status').getByText('Read every 10 s').waitFor()
    await page.getByText('1 request of npm run verify is counted as clients').waitFor()
    await page.getByRole('button', { name: 'Show it as a service' }).click()
    await nodes.filter({ hasText: 'api-verify' }).first().waitFor()
    expect(page.url()).toContain('verify=shown')
  })

  test('by route: one node for all ids, queries of the same table apart, and each leads to its requests', async () => {
    for (const id of ['17', '18', '5f0c2d4e9a1b']) await sendCall(sandbox, { path: `/orders/${id}` })
    await sendCall(sandbox, {
      path: '/users/@maya',
      route: '/users/@:handle',
      query: "select * from users where name = 'maya'",
    })
    await open('?by=route')
    expect((await page.locator('.map-node > b').allInnerTexts()).toSorted()).toEqual([
      'Clients',
      'GET /orders/:id',
      'GET /users/@:handle',
      'SELECT orders',
      'SELECT users',
    ])
    await page.locator('.map-node').filter({ hasText: 'SELECT users' }).click()
    await page.locator('.request[id]').waitFor()
    expect(await page.locator('.request[id]').count()).toBe(1)
    await page.goBack()
    await page.locator('.map-node').filter({ hasText: '/orders/:id' }).click()
    await expect.poll(() => page.locator('.request[id]').count()).toBe(3)
    await page.goBack()
    await page.getByRole('link', { name: /GET \/users\/@:handle calls SELECT users: 1 times/ }).click()
    await expect.poll(() => page.locator('.request[id]').count()).toBe(1)
    await page.goBack()
    await page.getByRole('button', { name: 'By service' }).click()
    await page.locator('.map-node > b', { hasText: 'cruddur@db' }).waitFor()
    expect(page.url()).toContain('by=service')
  })

  test.each(scaled([30], [1, 3, 30]))(
    '%i services: no label, node or line covers another, in windows of all widths',
    async (services) => {
      await sendMesh(sandbox, services)
      for (let item = 0; item < services / 3; item++) {
        await sendCall(sandbox, {
          route: `/r${item}`,
          query: `select a from t where long_name_${'x'.repeat(item)} = $1`,
        })
      }
      await open('?by=route')
      await page.locator('.map svg').waitFor()
      await expect.poll(() => page.evaluate(collisions), { message: 'by route' }).toEqual([])
      await open()
      for (const width of scaled([1_440, 760], [1_440, 1_000, 760])) {
        await page.setViewportSize({ width, height: 900 })
        await page.locator('.map svg').waitFor()
        await expect.poll(() => page.evaluate(collisions), { message: `${width} px` }).toEqual([])
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0)
      }
      expect(await violations(page)).toEqual([])
    },
  )

  test('a drawing of more than 80 services is opened where requests enter', async () => {
    await sendMesh(sandbox, 90)
    await open()
    await page.getByText('81 busiest of 91 are drawn').waitFor()
    const place = () => page.locator('.map-node.clients').boundingBox()
    // In the part of the box that is on the screen, without scrolling.
    await expect.poll(async () => (await place())?.y ?? -1).toBeGreaterThan(0)
    await page.getByText('The drawing is larger than its box').waitFor()
    const { x = 0, y = 0 } = (await place()) ?? {}
    expect(x).toBeGreaterThan(0)
    expect(y).toBeLessThan(800)
  })

  test('at 390 pixels it is a list with text that can be read, and the page does not scroll sideways', async () => {
    await sendMesh(sandbox, 6)
    await page.setViewportSize({ width: 390, height: 844 })
    await open('?by=route')
    const cards = page.getByRole('list', { name: 'Service map' })
    await cards
      .getByRole('link', { name: /^calls / })
      .first()
      .waitFor()
    expect(await page.locator('.map').count()).toBe(0)
    const smallest = await cards.evaluate((list) =>
      Math.min(
        ...[...list.querySelectorAll('*')].map((one) => Number.parseFloat(getComputedStyle(one).fontSize)),
      ),
    )
    expect(smallest).toBeGreaterThanOrEqual(11)
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    )
    expect(await violations(page)).toEqual([])
  })

  test('an empty map, a read that fails and is tried again, and long names', async () => {
    await page.route('**/sandbox/map?*', (route) =>
      route.fulfill({ status: 503, json: { message: 'too many questions' } }),
    )
    await page.goto(`${sandbox.url}/map`)
    await page.getByText('too many questions').waitFor()
    await page.unroute('**/sandbox/map?*')
    await page.getByRole('button', { name: 'Try again' }).click()
    await page.getByText('No segment in this time').waitFor()
    await sendSegments(sandbox, [
      {
        name: 'x'.repeat(200),
        id: newSpanId(),
        trace_id: toXRayTraceId(newTraceId()),
        start_time: Date.now() / 1_000 - 1,
        in_progress: true,
      },
    ])
    await open('?by=route')
    expect(await page.evaluate(collisions)).toEqual([])
  })
})

/** In the page: labels, nodes and lines of which one covers another, by their places on the screen. */
function collisions(): string[] {
  const inset = (element: Element) => {
    const { left, right, top, bottom } = element.getBoundingClientRect()
    return { left: left + 1, right: right - 1, top: top + 1, bottom: bottom - 1 }
  }
  const labels = [...document.querySelectorAll('.map-label')]
  const boxes = [...document.querySelectorAll('.map-node'), ...labels].map((element) => ({
    element,
    ...inset(element),
  }))
  const found: string[] = []
  const nameOf = (element: Element) => element.getAttribute('title') ?? ''
  for (const [index, a] of boxes.entries()) {
    for (const b of boxes.slice(index + 1)) {
      if (a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom)
        found.push(`${nameOf(a.element)} / ${nameOf(b.element)}`)
    }
    // Each text is within its box.
    for (const part of a.element.querySelectorAll(':scope > :not(.sr)')) {
      const { left, right, top, bottom } = part.getBoundingClientRect()
      if (left < a.left - 2 || right > a.right + 2 || top < a.top - 2 || bottom > a.bottom + 2)
        found.push(`${part.textContent} is outside of its box`)
    }
  }
  const lines = [...document.querySelectorAll<SVGPathElement>('.map-line')]
  if (lines.length !== labels.length) found.push(`${lines.length} lines, ${labels.length} labels`)
  for (const [index, line] of lines.entries()) {
    const matrix = line.getScreenCTM()
    if (!matrix) continue
    const length = line.getTotalLength()
    const points = Array.from({ length: 200 }, (_, step) =>
      line.getPointAtLength((length * step) / 199).matrixTransform(matrix),
    )
    for (const { element, left, right, top, bottom } of boxes) {
      if (element === labels[index]) continue
      if (points.some(({ x, y }) => x > left && x < right && y > top && y < bottom))
        found.push(`a line crosses ${nameOf(element)}`)
    }
  }
  return found
}
