import { UserError } from '../../contracts/user-error.ts'
import { sandboxPage } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { describeOutcome, showVerification, verify } from '../verification/verify.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { readAsRunning } from './as-running.ts'
import type { Profile } from './compose-file.ts'
import { runCompose } from './docker.ts'
import { checkBeforeUp } from './preflight.ts'

/**
 * Builds and starts the containers of a profile, and proves one request as setup does. True when every provider has the
 * trace. Throws a UserError as {@link checkBeforeUp} does, or COMPOSE_FAILED.
 */
export async function bringUp(profile: Profile, settings: Settings, terminal: Terminal): Promise<boolean> {
  await checkBeforeUp(profile, settings)
  terminal.line(`docker compose --profile ${profile} up --build --detach --wait`)
  const code = await runCompose(['--profile', profile, 'up', '--build', '--detach', '--wait'])
  if (code !== 0) {
    throw new UserError({
      code: 'COMPOSE_FAILED',
      what: `docker compose ended with ${code}; its output above says why.`,
      fix: `Where a container has failed: docker compose --profile ${profile} logs. To end what has started: npm run containers -- down`,
    })
  }
  terminal.heading('Proof')
  const running = await readAsRunning()
  const page = sandboxPage(running.settings, await detectWorkspace().portUrl(running.settings.SANDBOX_PORT))
  const verification = await terminal.progress(
    'Sending one good and one failing request, and asking each provider for them',
    () => verify(running.settings, running.providers, { sandboxPage: page, containers: running.containers }),
    describeOutcome,
  )
  showVerification(verification, terminal)
  terminal.heading('Next')
  if (profile === 'live') {
    terminal.line('  Containers create nothing in your AWS account. Its group and sampling rules:')
    terminal.line('  npm run aws')
  }
  terminal.line(`  See the traces: ${page}`)
  terminal.line(
    `  npm run verify | docker compose --profile ${profile} logs --follow | npm run containers -- down`,
  )
  return verification.ok
}
