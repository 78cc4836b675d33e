import { RequestMenus } from '../../../contracts/sandbox/lists.ts'
import { readSandbox, readSandboxHealth } from '../../providers/own-processes.ts'
import type { SentCounts } from '../progress-file.ts'

/** What the sandbox has received; undefined where it does not answer. */
export async function readSentCounts(sandbox: string): Promise<SentCounts | undefined> {
  const health = await readSandboxHealth(sandbox)
  const { data: menus } = RequestMenus.safeParse(
    health && (await readSandbox(sandbox, '/sandbox/requests/menus')),
  )
  if (!health || !menus) return undefined
  const { honeycomb, xray, rollbar } = health.providers
  return {
    requests: menus.stored,
    spans: honeycomb.spans,
    logs: honeycomb.logs,
    metricPoints: honeycomb.metricPoints,
    segments: xray.received,
    occurrences: rollbar.items,
  }
}
