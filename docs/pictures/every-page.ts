import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { RequestPage, TracePeers } from '../../contracts/sandbox/lists.ts'
import { BUILT_FOLDER } from '../../sandbox/reads/viewer-pages.ts'
import { chromiumPath, closeBrowser, openPage } from '../../tests/harness/browser.ts'
import { sandboxForTest } from '../../tests/harness/sandbox.ts'
import { sendSlowCohort } from '../../tests/harness/slow-cohort.ts'
import { createTemporaryWorkspace } from './temporary-workspace.ts'

/**
 * Takes pictures of every page with no data, little, and much, in both themes and two widths, to look at before a release:
 * `node docs/pictures/every-page.ts <folder>`. Names are `<data>-<page>-<theme>-<width>.png`.
 */
const [folder] = process.argv.slice(2)
if (!folder) throw new Error('Name the folder for the pictures: node docs/pictures/every-page.ts <folder>')
if (!chromiumPath) throw new Error('Chromium is not installed: apt-get install chromium, or CHROMIUM=<path>')
const target = resolve(folder)
mkdirSync(target, { recursive: true })

const WIDTHS = [1440, 390] as const
const THEMES = ['light', 'dark'] as const
const HEIGHT = 900
/** Charts and maps are drawn after their data has arrived. */
const SETTLED_MS = 900
/** So many requests that lists, menus and charts have more than a screen shows. */
const MANY = { requests: 6_000, overMs: 50 * 60_000, seed: 16 }

const HEATMAP = JSON.stringify({
  calculations: [{ op: 'HEATMAP', column: 'duration_ms' }],
  time_range: 3_600,
})

/** Pages that have an address without data. */
const PAGES: Readonly<Record<string, string>> = {
  requests: '',
  ask: 'ask',
  heatmap: `ask?query=${encodeURIComponent(HEATMAP)}`,
  metrics: 'metrics',
  map: 'map?minutes=60',
  routes: 'map?minutes=60&by=route',
  errors: 'errors',
  logs: 'logs',
  providers: 'providers',
  compare: 'compare',
}

/** And those about something that is stored. */
async function pagesOf(url: string): Promise<Readonly<Record<string, string>>> {
  const read = async (path: string) => (await fetch(new URL(path, url))).json()
  const { requests } = RequestPage.parse(await read('/sandbox/requests?sort=duration&order=desc&limit=1'))
  const slowest = requests[0]?.traceId ?? ''
  const failed =
    RequestPage.parse(await read('/sandbox/requests?has=rollbar&limit=1')).requests[0]?.traceId ?? ''
  const { fast } = TracePeers.parse(await read(`/sandbox/traces/${slowest}/peers`))
  return {
    trace: `trace/${failed || slowest}`,
    flame: `trace/${slowest}?view=flame`,
    compared: `compare?a=${fast?.traceId ?? slowest}&b=${slowest}`,
    histogram: 'metrics?name=http.server.request.duration&dataset=cruddur-backend-metrics',
    'several-metrics': 'metrics?name=http.server.request.duration',
    gauge: 'metrics?name=v8js.memory.heap.used&dataset=cruddur-backend-metrics',
    error: 'errors/1',
    'no-match': '?text=nothing-has-this-text',
  }
}

async function takeAll(data: string, url: string, pages: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, path] of Object.entries(pages)) {
    for (const width of WIDTHS) {
      for (const theme of THEMES) {
        const { page, complaints } = await openPage()
        await page.setViewportSize({ width, height: HEIGHT })
        await page.emulateMedia({ colorScheme: theme })
        await page.goto(new URL(path, url).href)
        await page.waitForTimeout(SETTLED_MS)
        await page.screenshot({ path: join(target, `${data}-${name}-${theme}-${width}.png`) })
        for (const complaint of complaints) console.warn(`${data}-${name}: ${complaint}`)
      }
    }
  }
}

const workspace = await createTemporaryWorkspace()
try {
  await workspace.command('setup', '--yes')
  await takeAll('little', workspace.url, { ...PAGES, ...(await pagesOf(workspace.url)) })
  await workspace.command('load', '--rate', '18', '--duration', '30', '--errors', '4')
  await sendSlowCohort(workspace.url, MANY)
  await takeAll('much', workspace.url, { ...PAGES, ...(await pagesOf(workspace.url)) })
  const empty = await sandboxForTest({ viewerFolder: BUILT_FOLDER })
  await takeAll('none', empty.url, PAGES)
  await empty[Symbol.asyncDispose]()
} finally {
  await closeBrowser()
  await workspace.remove()
}
