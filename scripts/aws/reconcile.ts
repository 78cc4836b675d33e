import { UserError } from '../../contracts/user-error.ts'
import type { Providers } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { isAgreed } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { formatDifference, type OpenResources, type Resource, withResources } from './resources.ts'

export interface ReconcileOptions {
  /** Shows what would be done, and does nothing. */
  readonly dryRun?: boolean
}

export interface ReconcileResult {
  readonly created: readonly string[]
  readonly updated: readonly string[]
  readonly unchanged: readonly string[]
}

const NOTHING: ReconcileResult = { created: [], updated: [], unchanged: [] }

/**
 * Makes X-Ray's group and sampling rules, in AWS or in the sandbox, match `aws/json/` under the service's effective
 * name, and shows each difference. Other groups and rules stay. A second run changes nothing. Throws a UserError for
 * what a person can fix.
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
  return withResources(settings, providers, terminal, async (open) => {
    const { definitions, resources } = open
    await open.checkAccount()
    for (const note of definitions.notes) terminal.line(`  ${terminal.dim(note)}`)
    for (const resource of resources) await reconcile(resource, open, terminal, dryRun)
    const labels = (test: (resource: Resource) => boolean) => resources.filter(test).map(({ label }) => label)
    return {
      created: labels(({ exists }) => !exists),
      updated: labels(({ exists, differences }) => exists && differences.length > 0),
      unchanged: labels(({ exists, differences }) => exists && differences.length === 0),
    }
  })
}

async function reconcile(
  resource: Resource,
  open: OpenResources,
  terminal: Terminal,
  dryRun: boolean,
): Promise<void> {
  const { label, exists, differences } = resource
  if (exists && differences.length === 0) return terminal.done(`${label}: up to date`)
  if (!exists) {
    if (dryRun) return terminal.line(`+ ${label}: would be created`)
    await createOrUpdate(resource, open)
    return terminal.done(`${label}: created`)
  }
  if (!dryRun) await resource.update()
  if (dryRun) terminal.line(`~ ${label}: would be updated`)
  else terminal.done(`${label}: updated`)
  for (const difference of differences) terminal.line(`    ${formatDifference(difference)}`)
}

/**
 * Another set-up may have created the resource since it was looked for. X-Ray answers that with its general
 * InvalidRequestException, so a second look decides, not the text of the error.
 */
async function createOrUpdate(resource: Resource, { look }: OpenResources): Promise<void> {
  try {
    await resource.create()
  } catch (error) {
    if (!(error instanceof UserError && error.code === 'AWS_REFUSED')) throw error
    const { resources } = await look()
    const found = resources.find(({ label, exists }) => exists && label === resource.label)
    if (!found) throw error
    if (found.differences.length > 0) await found.update()
  }
}

export interface DestroyOptions {
  /** Does not ask. Without it a person must agree, on a terminal. */
  readonly yes?: boolean
  /** Shows what would be deleted, and deletes nothing. */
  readonly dryRun?: boolean
}

/**
 * Deletes the group and the sampling rules of {@link reconcileAws} by name, and nothing else; a missing one is not an
 * error. Returns the labels of what was deleted. Throws a UserError (NOT_AGREED) without a terminal to ask on, and for
 * what a person can fix.
 */
export async function destroyAws(
  settings: Settings,
  providers: Pick<Providers, 'xray'>,
  terminal: Terminal,
  { yes = false, dryRun = false }: DestroyOptions = {},
): Promise<readonly string[]> {
  if (providers.xray.mode === 'off') {
    terminal.line('X-Ray is off (XRAY_ENABLED): nothing was deleted.')
    return []
  }
  return withResources(settings, providers, terminal, async ({ resources, where }) => {
    const existing = resources.filter(({ exists }) => exists)
    if (existing.length === 0) {
      terminal.done('There is nothing to delete.')
      return []
    }
    const labels = existing.map(({ label }) => label)
    if (dryRun) {
      for (const label of labels) terminal.line(`- ${label}: would be deleted`)
      return []
    }
    const what = labels.join(', ')
    const otherwise = `${what} would be deleted in ${where}, and there is no terminal to ask on. Nothing was deleted.`
    if (
      !yes &&
      !(await isAgreed(`Delete ${what} in ${where}?`, otherwise, 'npm run aws -- --destroy --yes'))
    ) {
      terminal.line('Nothing was deleted.')
      return []
    }
    for (const resource of existing) {
      await resource.destroy()
      terminal.done(`${resource.label}: deleted`)
    }
    return labels
  })
}
