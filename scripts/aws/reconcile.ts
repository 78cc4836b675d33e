import { UserError } from '../../contracts/user-error.ts'
import type { Providers } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { isAgreed } from '../command-line/question.ts'
import type { Terminal } from '../command-line/terminal.ts'
import {
  formatDifference,
  type OpenResources,
  type Resource,
  requireTransactionSearch,
  withResources,
} from './resources.ts'

/**
 * Makes X-Ray's group and sampling rules, in AWS or in the sandbox, match `aws/json/` under the service's effective
 * name, and shows each difference. Other groups and rules stay. A second run changes nothing. With `dryRun` it shows
 * what it would do, and does nothing. Throws a UserError for what a person can fix.
 */
export async function reconcileAws(
  settings: Settings,
  providers: Pick<Providers, 'xray'>,
  terminal: Terminal,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<void> {
  if (providers.xray.mode === 'off') {
    return terminal.line('X-Ray is off (XRAY_ENABLED): there is nothing to create.')
  }
  await withResources(settings, providers, terminal, async (open) => {
    await requireTransactionSearch(open.client, providers.xray)
    for (const note of open.definitions.notes) terminal.line(terminal.dim(`  ${note}`))
    for (const resource of open.resources) await reconcile(resource, open, terminal, dryRun)
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
  const outcome = exists ? 'updated' : 'created'
  if (dryRun) terminal.line(`${exists ? '~' : '+'} ${label}: would be ${outcome}`)
  else {
    await (exists ? resource.update() : createOrUpdate(resource, open))
    terminal.done(`${label}: ${outcome}`)
  }
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

/**
 * Deletes the group and the sampling rules of {@link reconcileAws} by name, and nothing else; a missing one is not an
 * error. Asks first, unless `yes`; with `dryRun` it shows what it would delete, and deletes nothing. Throws a UserError
 * (NOT_AGREED) without a terminal to ask on, and for what a person can fix.
 */
export async function destroyAws(
  settings: Settings,
  providers: Pick<Providers, 'xray'>,
  terminal: Terminal,
  { yes = false, dryRun = false }: { readonly yes?: boolean; readonly dryRun?: boolean } = {},
): Promise<void> {
  if (providers.xray.mode === 'off') {
    return terminal.line('X-Ray is off (XRAY_ENABLED): nothing was deleted.')
  }
  await withResources(settings, providers, terminal, async ({ resources, where }) => {
    const existing = resources.filter(({ exists }) => exists)
    if (existing.length === 0) return terminal.done('There is nothing to delete.')
    if (dryRun) {
      for (const { label } of existing) terminal.line(`- ${label}: would be deleted`)
      return
    }
    const what = existing.map(({ label }) => label).join(', ')
    const otherwise = `${what} would be deleted in ${where}, and there is no terminal to ask on. Nothing was deleted.`
    const fix = 'npm run aws -- --destroy --yes'
    if (!yes && !(await isAgreed(`Delete ${what} in ${where}?`, otherwise, fix))) {
      return terminal.line('Nothing was deleted.')
    }
    for (const { label, destroy } of existing) {
      await destroy()
      terminal.done(`${label}: deleted`)
    }
  })
}
