import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { reconcileAws } from '../aws/reconcile.ts'
import { saveEnvironment } from '../env/save-environment.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import type { Terminal } from '../terminal.ts'
import { showVerification } from '../verification/show.ts'
import { verify } from '../verification/verify.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { askForKeys } from './ask-for-keys.ts'
import { showModes } from './modes.ts'

export interface SetupOptions {
  /** Asks for keys that are missing; only where somebody can answer. */
  readonly mayAsk: boolean
}

/**
 * From an installed clone to one trace proved in every provider. Each step looks at what is there and does what is
 * missing, so that it can be killed anywhere and run again. True when the proof was complete.
 */
export async function setUp(terminal: Terminal, { mayAsk }: SetupOptions): Promise<boolean> {
  const workspace = detectWorkspace()
  terminal.heading(`Distributed tracing workspace (${workspace.name}, Node ${process.versions.node})`)
  await saveEnvironment(workspace, terminal)
  if (mayAsk) await askForKeys(resolveProviders(readSettings()), workspace, terminal)

  const settings = readSettings()
  const providers = resolveProviders(settings)
  showModes(settings, providers, terminal)

  terminal.heading('Processes')
  if (providers.xray.mode === 'live') {
    // Brings OpenPGP along, which nobody needs without it.
    const { installDaemon } = await import('../daemon/install.ts')
    await installDaemon(settings, terminal)
  }
  const { outcome } = await ensureRunning(settings, terminal)
  if (outcome === 'found') terminal.done('Already running.')

  terminal.heading('X-Ray’s group and sampling rules')
  await reconcileAws(settings, providers, terminal)

  terminal.heading('Proof')
  const sandboxPage = await workspace.portUrl(settings.SANDBOX_PORT)
  const verification = await terminal.progress(
    'Sending one good and one failing request, and asking each provider for them',
    () => verify(settings, providers, { sandboxPage }),
    ({ ok }) =>
      ok ? 'Every provider has what it should have.' : 'Not every provider has what it should have.',
  )
  showVerification(verification, terminal)
  if (verification.ok) await showNext(settings, sandboxPage, terminal)
  return verification.ok
}

async function showNext(settings: { PORT: number }, sandboxPage: string, terminal: Terminal): Promise<void> {
  const api = await detectWorkspace().portUrl(settings.PORT)
  terminal.heading('Next')
  terminal.line(`  Make traces of your own:  ${api}/api/activities/home`)
  terminal.line(`  See them:                 ${sandboxPage}`)
  terminal.line('  npm run status | npm run logs | npm run verify | npm stop')
}
