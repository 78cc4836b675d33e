import { resolveProviders } from '../settings/providers.ts'
import { readSettings } from '../settings/read.ts'
import { runCommand } from './command.ts'
import { showVerification } from './verification/show.ts'
import { verify } from './verification/verify.ts'
import { detectWorkspace } from './workspace/index.ts'

await runCommand(
  {
    name: 'verify',
    summary: 'Sends one good and one failing request, and asks each provider whether it has them.',
    options: { json: { type: 'boolean', meaning: 'Prints the evidence as JSON on standard output' } },
    examples: ['npm run verify', 'npm run --silent verify -- --json'],
  },
  async ({ values, terminal }) => {
    const settings = readSettings()
    const sandboxPage = await detectWorkspace().portUrl(settings.SANDBOX_PORT)
    const verification = await terminal.progress(
      'Sending two requests and asking each provider for them',
      () => verify(settings, resolveProviders(settings), { sandboxPage }),
      ({ ok }) =>
        ok ? 'Every provider has what it should have.' : 'Not every provider has what it should have.',
    )
    if (values.json) process.stdout.write(`${JSON.stringify(verification, null, 2)}\n`)
    showVerification(verification, terminal)
    if (!verification.ok) process.exitCode = 1
  },
)
