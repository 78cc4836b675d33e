import { sandboxUrl } from '../../settings/providers.ts'
import { destroyAws, reconcileAws } from '../aws/reconcile.ts'
import { runCommand } from '../command-line/command.ts'
import { readAsRunning } from '../containers/as-running.ts'
import { requireOwn } from '../processes/neighbour.ts'

const meta = {
  name: 'aws',
  summary: 'Creates X-Ray’s group and sampling rules from aws/json/, or changes what differs.',
  ifInterrupted: 'npm run aws -- --dry-run shows the rest, npm run aws does it.',
  options: {
    'dry-run': { type: 'boolean', meaning: 'Shows what would be done, and does nothing' },
    destroy: { type: 'boolean', meaning: 'Deletes exactly these' },
    yes: { type: 'boolean', short: 'y', meaning: 'Does not ask before it deletes' },
  },
} as const

await runCommand(meta, async ({ values, terminal }) => {
  // Beside containers their profile decides whether X-Ray is live, not the keys of `.env`.
  const { settings, providers } = await readAsRunning()
  if (providers.xray.mode === 'local') await requireOwn('sandbox', sandboxUrl(settings), settings)
  const dryRun = values['dry-run'] ?? false
  if (values.destroy) await destroyAws(settings, providers, terminal, { dryRun, yes: values.yes ?? false })
  else await reconcileAws(settings, providers, terminal, { dryRun })
})
