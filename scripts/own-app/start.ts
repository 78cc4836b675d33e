import { resolve } from 'node:path'
import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'
import { resolveProviders, sandboxPage } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { ensureRunning, type Running } from '../processes/ensure-running.ts'
import { ensureViewer } from '../viewer/build.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { findSandbox } from './addresses.ts'
import { shellLines } from './shell.ts'
import { environmentFor, PAGES, type Stack } from './stacks.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

/**
 * Starts the sandbox alone in the background, unless it runs already, alone or with the workspace. Returns the shell's lines
 * for the app; everything else goes to `terminal`. Throws a UserError: PORT_TAKEN, START_FAILED, those of {@link findSandbox}.
 */
export async function startForApp(
  settings: Settings,
  stack: Stack | undefined,
  terminal: Terminal,
): Promise<string> {
  const running = await ensureRunning(settings, terminal, { scope: 'sandbox' })
  const addresses = await findSandbox(running)
  if (running.scope === 'sandbox') await ensureViewer(terminal)
  const ofBrowser = await detectWorkspace().portUrl(addresses.port)
  const page = sandboxPage({ ...settings, SANDBOX_PORT: addresses.port }, ofBrowser)
  describe(running, terminal)
  sayLive(settings, running, terminal)
  terminal.line(`  See what arrives: ${page}`)
  terminal.line('  Where your app starts, run this, or paste the lines below that begin with export:')
  terminal.line(`    ${evalCommand(stack)}`)
  const place = { ...addresses, page, region: settings.AWS_REGION }
  return shellLines(environmentFor(stack, place), stack && PAGES[stack])
}

function describe({ outcome, mode, scope }: Running, terminal: Terminal): void {
  const where = mode === 'foreground' ? 'in the terminal of npm start' : 'in the background'
  if (scope === 'workspace') {
    terminal.done(`The whole workspace runs already, ${where}, and its sandbox takes an app’s telemetry too.`)
    return
  }
  terminal.done(
    `The sandbox ${outcome === 'found' ? 'runs already, alone' : 'runs alone'}, ${where}; npm stop ends it.`,
  )
}

/** With keys a person may expect live providers. */
function sayLive(settings: Settings, { scope }: Running, terminal: Terminal): void {
  const live = liveProviders(settings)
  if (live.length === 0) return
  const names = new Intl.ListFormat('en-GB').format(live)
  terminal.line(
    scope === 'sandbox'
      ? `  It stands in for all three providers. The keys for ${names} are not used, and not sent.`
      : `  ${names}: live for the workspace. What an app sends to the addresses below stays in the sandbox.`,
  )
}

function liveProviders(settings: Settings): string[] {
  try {
    const { honeycomb, xray, rollbar } = resolveProviders(settings)
    const modes = { Honeycomb: honeycomb.mode, 'X-Ray': xray.mode, Rollbar: rollbar.mode }
    return Object.entries(modes).flatMap(([name, mode]) => (mode === 'live' ? name : []))
  } catch (error) {
    // A provider that is switched to live without a key, for example: the sandbox alone needs none.
    if (error instanceof UserError) return []
    throw error
  }
}

/** From any folder, since the app has its own. */
function evalCommand(stack: Stack | undefined): string {
  const options = stack ? ` -- --env ${stack}` : ''
  return `eval "$(npm run --silent --prefix ${shellWord(ROOT)} sandbox${options})"`
}
