/// <reference lib="dom" />
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { openPage } from '../../tests/harness/browser.ts'
import { ROOT } from '../overhead/checkout.ts'
import { median } from '../overhead/statistics.ts'
import { type Candidate, startCandidate } from '../questions/candidate.ts'
import type { Figure } from '../questions/table.ts'
import { encode } from '../questions/telemetry.ts'
import { type LargeTrace, requestsOf } from './traces.ts'

const BATCH_SPANS = 512
const MAX_SPANS = 200_000
const SCROLL_MS = 1_500
const TARGETS = {
  open: 500,
  /** 50 frames a second. ms */
  frame: 20,
}

interface Run {
  /** From the navigation until the first rows are drawn. */
  readonly openMs: number
  /** Mean time between two frames while the rows scroll. */
  readonly frameMs: number
  readonly longestFrameMs: number
}

/**
 * Opens each trace's page `runs` times, with the scripts in the browser's cache, and scrolls through its rows. With
 * `against` the pages of another checkout are measured in turn, by the same browser.
 */
export async function measureTraces(
  folder: string,
  traces: readonly LargeTrace[],
  runs: number,
  against: string | undefined,
): Promise<Figure[]> {
  const checkouts: [name: string, folder: string][] = [['here', ROOT]]
  if (against !== undefined) checkouts.push(['there', against])
  const candidates = new Map<string, Candidate>()
  try {
    for (const [name, checkout] of checkouts) {
      await buildViewerOf(checkout)
      const dataFile = join(folder, name, 'sandbox.sqlite')
      const candidate = await startCandidate({ checkout, dataFile, maxSpans: MAX_SPANS })
      candidates.set(name, candidate)
      for (const trace of traces) await candidate.sendEncoded(requestsOf(trace, BATCH_SPANS).map(encode))
    }
    const { page } = await openPage()
    await page.addInitScript(recordFirstRows)
    const figures: Figure[] = []
    for (const trace of traces) {
      const measured = new Map<string, Run[]>([...candidates.keys()].map((name) => [name, []]))
      // The first run of each compiles the scripts and fills the store's cache.
      for (let run = 0; run <= runs; run++) {
        console.error(`… ${trace.name}: run ${run} of ${runs}`)
        for (const [name, { url }] of run % 2 === 0 ? candidates : [...candidates].toReversed()) {
          const found = await openAndScroll(page, url, trace)
          if (run > 0) measured.get(name)?.push(found)
        }
      }
      for (const [name, found] of measured) figures.push(...figuresOf(trace, name, found))
    }
    return figures
  } finally {
    for (const candidate of candidates.values()) await candidate.stop()
  }
}

async function buildViewerOf(checkout: string): Promise<void> {
  const file = pathToFileURL(resolve(checkout, 'scripts', 'viewer', 'build.ts')).href
  const { buildViewer }: typeof import('../../scripts/viewer/build.ts') = await import(file)
  const built = await buildViewer()
  if (built.state === 'failed') throw new Error(`the viewer of ${checkout} could not be built: ${built.why}`)
}

/** Runs in the page: sets `firstRowsMs` when a frame with the trace's first row has been drawn. */
function recordFirstRows(): void {
  const observer = new MutationObserver(() => {
    if (!document.querySelector('#honeycomb .wf')) return
    observer.disconnect()
    requestAnimationFrame(() => setTimeout(() => Object.assign(window, { firstRowsMs: performance.now() })))
  })
  observer.observe(document, { childList: true, subtree: true })
}

async function openAndScroll(page: Page, url: string, trace: LargeTrace): Promise<Run> {
  await page.goto(`${url}/trace/${trace.traceId}`, { waitUntil: 'commit' })
  await page.waitForFunction(() => 'firstRowsMs' in window)
  const openMs = await page.evaluate(() => (window as unknown as { firstRowsMs: number }).firstRowsMs)
  const fold = page.locator('#honeycomb .wf-run .fold')
  if (trace.isCollapsed && (await fold.count()) > 0) await fold.first().click()
  const frames = await page.evaluate(async (lastsMs) => {
    const box = document.querySelector('#honeycomb .rows')
    if (!box) throw new Error('The page has no rows.')
    const took: number[] = []
    const nextFrame = () => new Promise<number>((drawn) => requestAnimationFrame(drawn))
    const startedMs = await nextFrame()
    for (let beforeMs = startedMs; beforeMs - startedMs < lastsMs; ) {
      const end = box.scrollHeight - box.clientHeight
      // Every frame shows other rows.
      box.scrollTop = box.scrollTop + 700 > end ? 0 : box.scrollTop + 700
      const atMs = await nextFrame()
      took.push(atMs - beforeMs)
      beforeMs = atMs
    }
    return took
  }, SCROLL_MS)
  await page.goto('about:blank')
  const frameMs = frames.reduce((sum, took) => sum + took, 0) / frames.length
  return { openMs, frameMs, longestFrameMs: Math.max(...frames) }
}

function figuresOf({ name: trace }: LargeTrace, name: string, runs: readonly Run[]): Figure[] {
  const isHere = name === 'here'
  const opens = runs.map(({ openMs }) => openMs)
  const frames = runs.map(({ frameMs }) => frameMs)
  const rate = 1_000 / median(frames)
  const longest = Math.max(...runs.map(({ longestFrameMs }) => longestFrameMs))
  return [
    {
      name: `${name}: ${trace}: opens`,
      unit: 'ms',
      value: median(opens),
      note: `max ${Math.max(...opens).toFixed(0)} of ${opens.length}`,
      target: isHere ? TARGETS.open : undefined,
    },
    {
      name: `${name}: ${trace}: a frame while scrolling`,
      unit: 'ms',
      value: median(frames),
      note: `${rate.toFixed(0)} frames/s, longest frame ${longest.toFixed(0)} ms`,
      target: isHere ? TARGETS.frame : undefined,
    },
  ]
}
