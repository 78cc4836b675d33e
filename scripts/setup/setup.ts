import { isSettingName, SETTINGS, type Setting } from '../../settings/catalogue.ts'
import { resolveProviders, sandboxPage } from '../../settings/providers.ts'
import { type Environment, envFile, readSettings, stateDirectory } from '../../settings/read.ts'
import { reconcileAws } from '../aws/reconcile.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { tightenEnvFile } from '../env/env-file.ts'
import { saveEnvironment } from '../env/keep.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { planProcesses } from '../processes/plan.ts'
import { readStatus } from '../processes/status.ts'
import { describeLost } from '../providers/deliveries.ts'
import { describeOutcome, showVerification, verify } from '../verification/verify.ts'
import { ensureViewer } from '../viewer/build.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { askForKeys } from './ask-for-keys.ts'
import { showModes } from './modes.ts'

export interface SetupOptions {
  /** Asks for missing keys; only on a terminal. */
  readonly mayAsk: boolean
}

/**
 * From an installed clone to one trace proved in every provider. Each step does only what is missing, so that setup can
 * be killed anywhere and run again. True when every provider has the trace.
 */
export async function setUp(terminal: Terminal, { mayAsk }: SetupOptions): Promise<boolean> {
  const workspace = detectWorkspace()
  terminal.heading(`Distributed tracing workspace (${workspace.name}, Node ${process.versions.node})`)
  const loosened = tightenEnvFile(envFile()).loosened
  if (loosened)
    terminal.done(`${envFile()} could be read by others (mode ${loosened}); it is yours alone now.`)
  // Before anything is kept: an invalid setting of the environment would only be left out.
  readSettings()
  await saveEnvironment(workspace, terminal, keepable(process.env))
  if (mayAsk) await askForKeys(resolveProviders(readSettings()), workspace, terminal)

  const settings = readSettings()
  const providers = resolveProviders(settings)
  showModes(settings, providers, terminal)

  const reconcile = async () => {
    terminal.heading('X-Ray’s group and sampling rules')
    await reconcileAws(settings, providers, terminal)
  }
  // A service asks for the sampling rules at its start, and live only every five minutes after that: so they are created
  // first. Locally it asks every ten seconds, and the sandbox has to run before it can hold rules.
  const isLive = providers.xray.mode === 'live'
  if (isLive) await reconcile()

  terminal.heading('Processes')
  if (planProcesses(settings, providers).some(({ name }) => name === 'daemon')) {
    // Loaded here, because it brings OpenPGP with it.
    const { installDaemon } = await import('../daemon/install.ts')
    await installDaemon(settings, terminal)
  }
  await ensureViewer(terminal)
  const { outcome } = await ensureRunning(settings, terminal)
  if (outcome === 'found') terminal.done('Already running.')

  if (!isLive) await reconcile()

  terminal.heading('Proof')
  const page = sandboxPage(settings, await workspace.portUrl(settings.SANDBOX_PORT))
  const verification = await terminal.progress(
    'Sending one good and one failing request, and asking each provider for them',
    () => verify(settings, providers, { sandboxPage: page }),
    describeOutcome,
  )
  showVerification(verification, terminal)
  const lost = describeLost((await readStatus(stateDirectory(settings))).processes)
  if (lost) terminal.warn(`Lost since the processes started: ${lost} (npm run status)`)
  const hasSandbox = Object.values(providers).some(({ mode }) => mode === 'local')
  if (verification.ok) {
    const api = await workspace.portUrl(settings.PORT)
    terminal.heading('Next')
    terminal.line(`  Make traces of your own:  ${api}/api/activities/home`)
    if (hasSandbox) {
      terminal.line(`  See them:                 ${page}`)
      terminal.line(`  Ask which are slow:       ${page}/ask`)
    }
    terminal.line('  npm run status | npm run logs | npm run verify | npm stop')
  }
  return verification.ok
}

/** Without the settings of this run or this machine, which only `npm run env -- --save` keeps. */
function keepable(environment: Environment): Environment {
  // A temporary key does not work without its third part.
  const isPart = (name: string) => name === 'AWS_SESSION_TOKEN' && Boolean(environment.AWS_ACCESS_KEY_ID)
  const isLocal = (name: string) =>
    isSettingName(name) && (SETTINGS[name] as Setting).perMachine === true && !isPart(name)
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => name === 'WORKSPACE_ENV_FILE' || !isLocal(name)),
  )
}
