import { UserError } from '../../contracts/user-error.ts'
import type { Providers } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { formatDifference } from './difference.ts'
import type { Resource } from './resource.ts'
import { withResources } from './resources.ts'

export interface ReconcileOptions {
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean
}

export interface ReconcileResult {
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly unchanged: readonly string[]
}

const NOTHING: ReconcileResult = { created: [], updated: [], unchanged: [] }

/**
 * Brings the group and the sampling rules of X-Ray, AWS's own or the sandbox's, to what `aws/json/` says under the
 * service's effective name, and shows each difference. Others' groups and rules are left alone. A second run changes
 * nothing. Throws a UserError for what a person can cure.
 */
export async function reconcileAws(
  settings: Settings,
  providers: Pick<Providers, 'xray'>,
  terminal: Terminal,
  { dryRun = false }: ReconcileOptions = {},
): Promise<ReconcileResult> {
  if (providers.xray.mode === 'off') {
    terminal.line('X-Ray is off (XRAY_ENABLED): there is nothing to create.')
    return NOTHING
  }
  return withResources(settings, providers, terminal, async ({ definitions, resources, checkAccount }) => {
    await checkAccount()
    for (const note of definitions.notes) terminal.line(`  ${terminal.dim(note)}`)
    for (const resource of resources) await reconcile(resource, terminal, dryRun)
    const labels = (test: (resource: Resource) => boolean) => resources.filter(test).map(({ label }) => label)
    return {
      created: labels(({ exists }) => !exists),
      updated: labels(({ exists, differences }) => exists && differences.length > 0),
      unchanged: labels(({ exists, differences }) => exists && differences.length === 0),
    }
  })
}

async function reconcile(resource: Resource, terminal: Terminal, dryRun: boolean): Promise<void> {
  const { label, exists, differences } = resource
  if (exists && differences.length === 0) return terminal.done(`${label}: up to date`)
  if (!exists) {
    if (dryRun) return terminal.line(`+ ${label}: would be created`)
    await createOrUpdate(resource)
    return terminal.done(`${label}: created`)
  }
  if (!dryRun) await resource.update()
  if (dryRun) terminal.line(`~ ${label}: would be updated`)
  else terminal.done(`${label}: updated`)
  for (const difference of differences) terminal.line(`    ${formatDifference(difference)}`)
}

/** Somebody else may have made it since this looked: two set-ups at once, or a class in one account. */
async function createOrUpdate(resource: Resource): Promise<void> {
  try {
    await resource.create()
  } catch (error) {
    if (!(error instanceof UserError && /\bexists?\b/.test(error.message))) throw error
    await resource.update()
  }
}
