/// <reference lib="dom" />
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type axe from 'axe-core'
import type { Page } from 'playwright-core'
import { ROOT } from './process.ts'

const SOURCE = readFileSync(join(ROOT, 'node_modules', 'axe-core', 'axe.min.js'), 'utf8')

/** What axe finds wrong on the page: the rule, and the first elements that break it. Empty if nothing. */
export async function violations(on: Page): Promise<unknown[]> {
  // Through the debugger, which the page's Content-Security-Policy does not restrict. Not by `evaluate`, which parses a text of
  // this size twice before it sends it.
  const debug = await on.context().newCDPSession(on)
  await debug.send('Runtime.evaluate', { expression: SOURCE })
  await debug.detach()
  return on.evaluate(async () => {
    const found = await (window as unknown as { axe: typeof axe }).axe.run(document, {
      rules: { region: { enabled: true } },
      // Else axe describes every element that passes, too.
      resultTypes: ['violations'],
    })
    return found.violations.map(({ id, nodes }) => [
      id,
      ...nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 200)} ${failureSummary}`),
    ])
  })
}
