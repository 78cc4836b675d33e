import { join } from 'node:path'
import { z } from 'zod'
import { RequestPage } from '../../contracts/sandbox/lists.ts'
import { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { chromiumPath, closeBrowser, drag, openPage } from '../../tests/harness/browser.ts'
import { sendSlowCohort } from '../../tests/harness/slow-cohort.ts'
import { createTemporaryWorkspace } from './temporary-workspace.ts'

/**
 * Takes the README's pictures of the viewer: `node docs/pictures/take.ts`. It starts a temporary workspace on free ports,
 * sends traffic, and removes the workspace afterwards.
 */
const SETTLED_MS = 1_500
/** The planted fault that makes one call for each handle, instead of one for all. */
const REPEATED_CALLS = 'b'

const VERIFIED = z.object({ traceId: z.string() })
if (!chromiumPath) throw new Error('Chromium is not installed: apt-get install chromium, or CHROMIUM=<path>')
const { url: page, command, remove } = await createTemporaryWorkspace()
try {
  await command('setup', '--yes')
  await command('load', '--rate', '9', '--duration', '40', '--errors', '4')
  const { traceId } = VERIFIED.parse(JSON.parse(await command('verify', '--json')))
  const { honeycomb } = SandboxTrace.parse(await (await fetch(`${page}/sandbox/traces/${traceId}`)).json())
  const server = honeycomb.spans.find(({ kind }) => kind === 'SERVER')?.spanId ?? ''
  await take('requests', '', 'light')
  await take('trace', `trace/${traceId}`, 'light')
  await take('trace-dark', `trace/${traceId}?span=${server}`, 'dark')
  await take('map', 'map?minutes=5', 'light', 640)
  const metric = 'metrics?name=http.server.request.duration&dataset=cruddur-backend-metrics'
  await take('metrics', `${metric}&time_range=300&calculations=P95&by=http.route`, 'light')
  await command('workshop', 'plant', REPEATED_CALLS)
  await command('load', '--rate', '9', '--duration', '10')
  const route = encodeURIComponent('GET /api/activities/home')
  const [slow, fast] = await Promise.all(
    ['desc', 'asc'].map(async (order) => {
      const found = await fetch(
        `${page}/sandbox/requests?route=${route}&status=2xx&sort=duration&order=${order}&limit=1`,
      )
      return RequestPage.parse(await found.json()).requests[0]?.traceId
    }),
  )
  await take('compare', `compare?a=${fast}&b=${slow}`, 'light')
  await sendSlowCohort(page, { requests: 3_000, overMs: 29 * 60_000, seed: 15 })
  await takeQuestion()
} finally {
  await closeBrowser()
  await remove()
}

/** A question, with a selection around what is slow. */
async function takeQuestion(): Promise<void> {
  const { page: tab } = await openPage()
  await tab.setViewportSize({ width: 1280, height: 1_180 })
  await tab.emulateMedia({ colorScheme: 'light' })
  const question = {
    calculations: [{ op: 'HEATMAP', column: 'duration_ms' }],
    filters: [{ column: 'trace.parent_id', op: 'does-not-exist' }],
    time_range: 1_800,
  }
  await tab.goto(`${page}/ask?query=${encodeURIComponent(JSON.stringify(question))}`)
  await drag(tab, tab.getByRole('application', { name: / by time: / }), {
    from: [0.2, 0.01],
    to: [0.99, 0.3],
  })
  await tab.getByRole('region', { name: 'Dimensions' }).waitFor()
  await tab.waitForTimeout(SETTLED_MS)
  await tab.screenshot({ path: join(import.meta.dirname, 'ask.png') })
}

async function take(name: string, path: string, colorScheme: 'light' | 'dark', height = 820): Promise<void> {
  const { page: tab, complaints } = await openPage()
  await tab.setViewportSize({ width: 1280, height })
  await tab.emulateMedia({ colorScheme })
  await tab.goto(`${page}/${path}`)
  await tab.locator('.request[id], .lens .wf, .card, .map-node, .uplot').first().waitFor()
  // Charts and the map are drawn after their data has arrived.
  await tab.waitForTimeout(SETTLED_MS)
  await tab.screenshot({ path: join(import.meta.dirname, `${name}.png`) })
  if (complaints.length > 0) throw new Error(`${name}: ${complaints.join('\n')}`)
}
