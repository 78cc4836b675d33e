import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium, type Locator, type Page } from 'playwright-core'
import { skipped } from './process.ts'

/** Debian’s headless shell first: the same engine without Chromium’s own pages and windows, for a third of the CPU time. */
const NAMES = [
  'chromium-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
]

/** The Chromium of this machine: Debian’s, or the one that CHROMIUM names. Nothing is downloaded. */
export const chromiumPath = findChromium()

if (!chromiumPath) {
  skipped(
    'browser tests, because this machine has no Chromium (Debian: apt-get install chromium-headless-shell; elsewhere CHROMIUM=<path>)',
    'chromium',
  )
}

export interface WatchedPage {
  readonly page: Page
  /** What the browser reported since the page was opened: exceptions, broken policies, files that are not found. */
  readonly complaints: string[]
}

const VIEWPORT = { width: 1280, height: 800 }

let browser: Promise<Browser> | undefined
let watched: Promise<WatchedPage> | undefined

/**
 * The page of this worker, as if it were new. A new browser, context and page for each test cost twice the CPU of all
 * that the tests do with them. Each test opens a sandbox on another port, so that no test sees another's storage. The
 * browser ends with the worker.
 */
export async function openPage(): Promise<WatchedPage> {
  browser ??= startBrowser()
  watched ??= browser.then(watchPage)
  const { page, complaints } = await watched
  await page.goto('about:blank')
  await page.setViewportSize(VIEWPORT)
  await page.emulateMedia({ colorScheme: null, reducedMotion: 'reduce' })
  complaints.length = 0
  return { page, complaints }
}

interface Drag {
  /** Parts of the element's width and height, from its upper left corner. */
  readonly from: readonly [number, number]
  readonly to: readonly [number, number]
}

/** Drags the mouse over a visible element. */
export async function drag(page: Page, over: Locator, { from, to }: Drag): Promise<void> {
  await over.scrollIntoViewIfNeeded()
  const box = await over.boundingBox()
  if (!box) throw new Error('The element is not visible.')
  await page.mouse.move(box.x + box.width * from[0], box.y + box.height * from[1])
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * to[0], box.y + box.height * to[1], { steps: 6 })
  await page.mouse.up()
}

/** For a program that opens pages outside the test runner. */
export async function closeBrowser(): Promise<void> {
  await (await browser)?.close()
}

function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath ?? '',
    // Containers have neither the namespaces nor the shared memory that Chromium expects; it opens only our own pages.
    // V8 without threads for its compiler and collector, and one thread that paints: a sixth less CPU time on two cores,
    // which other tests use.
    args: [
      ...['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
      ...['--js-flags=--single-threaded', '--num-raster-threads=1'],
    ],
  })
}

async function watchPage(on: Browser): Promise<WatchedPage> {
  const page = await on.newPage({ viewport: VIEWPORT })
  page.setDefaultTimeout(30_000)
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text())
  })
  return { page, complaints }
}

function findChromium(): string | undefined {
  if (process.env.CHROMIUM) return process.env.CHROMIUM
  const folders = (process.env.PATH ?? '').split(delimiter)
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync)
}
