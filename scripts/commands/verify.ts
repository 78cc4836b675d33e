import { UserError } from '../../contracts/user-error.ts'
import { sandboxPage } from '../../settings/providers.ts'
import { runCommand } from '../command-line/command.ts'
import { jsonText } from '../command-line/data-text.ts'
import { readAsRunning } from '../containers/as-running.ts'
import { findLeftRunning } from '../processes/suspended.ts'
import { describeOutcome, showVerification, verify } from '../verification/verify.ts'
import { detectWorkspace } from '../workspace/index.ts'

await runCommand(
  {
    name: 'verify',
    summary: 'Sends one good and one failing request, and asks each provider whether it has them.',
    ifInterrupted: 'npm run verify sends its requests again.',
    options: {
      json: { type: 'boolean', meaning: 'Prints the evidence as JSON on standard output' },
      timeout: {
        type: 'string',
        meaning: 'Seconds to wait for each provider (10; a live one 60), plus 20 behind a collector',
      },
    },
    examples: ['npm run verify', 'npm run --silent verify -- --json'],
  },
  async ({ values, terminal }) => {
    const { settings, providers, containers } = await readAsRunning()
    const page = sandboxPage(settings, await detectWorkspace().portUrl(settings.SANDBOX_PORT))
    const verification = await terminal.progress(
      'Sending two requests and asking each provider for them',
      () => verify(settings, providers, { sandboxPage: page, containers, ...readTimeout(values.timeout) }),
      describeOutcome,
    )
    if (values.json) process.stdout.write(`${jsonText(verification, 2)}\n`)
    showVerification(verification, terminal)
    const lost = containers ? undefined : findLeftRunning(settings)
    if (lost) terminal.warn(`${lost.what} → ${lost.fix}`)
    if (!verification.ok) process.exitCode = 1
  },
)

function readTimeout(text: string | undefined) {
  if (text === undefined) return {}
  const seconds = Number(text)
  if (seconds > 0 && seconds <= 600) return { deadlinesMs: { local: seconds * 1000, live: seconds * 1000 } }
  throw new UserError({
    code: 'USAGE',
    what: `--timeout ${text} is not a number of seconds up to 600.`,
    fix: 'npm run verify -- --timeout 30',
  })
}
