import { mkdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { UserError } from '../../contracts/user-error.ts'
import { sandboxPage, sandboxUrl } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { requireApi } from '../load/prepare.ts'
import { findFreePorts } from '../machine/free-ports.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { readSandboxHealth, readStoredTrace } from '../providers/own-processes.ts'
import { planTailSampling } from './plan.ts'
import { type Decided, isFailing, lostErrors, showTailSampling } from './result.ts'
import { stopTailSampling, tailSamplingFolder } from './stop.ts'

const PORTS = 9
const GOOD = 200
const FAILING = 6
const GOOD_PATH = '/api/activities/home'
const FAILING_PATH = '/rollbar/test'
/** Few enough for the embedded database, which runs one query at a time: waiting requests would be slow, and kept for it. */
const AT_ONCE = 3
const REQUEST_MS = 10_000
/** `decision_wait` of collector/gateway.yaml. */
export const DECISION_MS = 10_000
/** After the decision: the exporters collect for a second, and a busy machine takes longer. */
const ARRIVAL_MS = 20_000
const POLL_MS = 500
/** How long the number of kept traces has to stay the same (ms) before it counts as final. */
const STILL_MS = 2_000

/**
 * Starts the collectors of `collector/` and a second backend in front of the running sandbox, sends good and failing
 * requests, waits for the gateway's decisions, shows them, and stops everything that it has started. An aborted `signal`
 * ends it early, and everything is stopped then too. Returns whether every failing request was kept.
 * Throws a UserError where the workspace does not run, or a process does not start.
 */
export async function runTailSampling(
  settings: Settings,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<boolean> {
  await requireApi(settings)
  const sandbox = sandboxUrl(settings)
  if (!(await readSandboxHealth(sandbox))) throw sandboxMissing()
  const folder = tailSamplingFolder(settings)
  await stopTailSampling(settings)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  try {
    const { specs, api, service } = planTailSampling(settings, await findFreePorts(PORTS), folder)
    const work = async () => {
      await ensureRunning({ ...settings, WORKSPACE_STATE_DIR: folder }, terminal, { specs })
      const sent = await terminal.progress(
        `Sending ${GOOD + FAILING} requests, ${FAILING} of which fail`,
        (update) => sendAll(api, signal, update),
      )
      const decided = await terminal.progress(
        `Waiting for the gateway, which decides ${DECISION_MS / 1000} s after a trace’s first span`,
        (update) => waitForDecisions(sandbox, sent, signal, update),
      )
      showTailSampling(decided, { page: sandboxPage(settings), service }, terminal)
      return lostErrors(decided).length === 0
    }
    const aborted = new Promise<false>((resolve) => {
      signal.addEventListener('abort', () => resolve(false))
      if (signal.aborted) resolve(false)
    })
    // What is under way ends with the processes that it needs.
    const working = work()
    working.catch(() => {})
    return await Promise.race([working, aborted])
  } finally {
    await stopTailSampling(settings)
    terminal.line(terminal.dim('  Collectors and their backend are stopped.'))
  }
}

function sandboxMissing(): UserError {
  return new UserError({
    code: 'SANDBOX_DOWN',
    what: 'The sandbox is not running, and the collectors of this exercise send to it, so that nothing costs money.',
    fix: 'npm run setup. Where every provider is live: npm run env -- ROLLBAR_ENABLED=local first',
  })
}

/** Sends the failing requests at random places among the good ones, a few at a time. */
async function sendAll(
  api: string,
  signal: AbortSignal,
  update: (detail: string) => void,
): Promise<Pick<Decided, 'traceId' | 'status'>[]> {
  const paths: string[] = Array.from({ length: GOOD }, () => GOOD_PATH)
  for (let index = 0; index < FAILING; index++) {
    paths.splice(Math.floor(Math.random() * (paths.length + 1)), 0, FAILING_PATH)
  }
  const sent: Pick<Decided, 'traceId' | 'status'>[] = []
  const sendNext = async () => {
    for (let path = paths.shift(); path !== undefined && !signal.aborted; path = paths.shift()) {
      const response = await fetch(`${api}${path}`, { signal: AbortSignal.timeout(REQUEST_MS) })
      await response.arrayBuffer()
      const traceId = response.headers.get('traceresponse')?.split('-')[1] ?? ''
      sent.push({ traceId, status: response.status })
      update(`${sent.length} sent`)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, sendNext))
  return sent
}

/** Reads what the sandbox has of each trace until nothing more arrives. */
async function waitForDecisions(
  sandbox: string,
  sent: readonly Pick<Decided, 'traceId' | 'status'>[],
  signal: AbortSignal,
  update: (detail: string) => void,
): Promise<Decided[]> {
  const startedAt = performance.now()
  const kept = new Map<string, Decided>()
  let changedAt = startedAt
  for (;;) {
    const before = kept.size
    for (const one of sent.filter(({ traceId }) => !kept.has(traceId))) {
      const decided = await readDecision(sandbox, one)
      if (decided) kept.set(one.traceId, decided)
    }
    const now = performance.now()
    if (kept.size !== before) changedAt = now
    update(`${kept.size} kept so far`)
    const all = sent.map((one) => kept.get(one.traceId) ?? { ...one, policy: undefined, sampleRate: 1 })
    const isLate = now - startedAt > DECISION_MS + ARRIVAL_MS
    const isStill = now - startedAt > DECISION_MS && now - changedAt > STILL_MS
    const hasErrors = sent.filter(isFailing).every(({ traceId }) => kept.has(traceId))
    if (isLate || (isStill && hasErrors) || signal.aborted) return all
    await delay(POLL_MS)
  }
}

async function readDecision(
  sandbox: string,
  one: Pick<Decided, 'traceId' | 'status'>,
): Promise<Decided | undefined> {
  const [span] = (await readStoredTrace(sandbox, one.traceId))?.honeycomb.spans ?? []
  if (!span) return undefined
  const rate = span.attributes.SampleRate
  return {
    ...one,
    policy: String(span.scope.attributes['tailsampling.policy'] ?? 'unknown'),
    sampleRate: typeof rate === 'number' ? rate : 1,
  }
}
