import { confirm } from '@clack/prompts'
import type { Providers } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { UserError } from '../../settings/user-error.ts'
import type { Terminal } from '../terminal.ts'
import { withResources } from './resources.ts'

export interface DestroyOptions {
  /** Asks nothing. Without it a person has to agree, on a terminal. */
  readonly yes?: boolean
  /** Says what would be deleted, and deletes nothing. */
  readonly dryRun?: boolean
}

/**
 * Deletes the group and the sampling rules that {@link reconcileAws} keeps, by their names, and nothing else; what is
 * not there is fine. Answers what was deleted. Throws a UserError where nobody can agree, or for what a person can
 * cure.
 */
export async function destroyAws(
  settings: Settings,
  providers: Pick<Providers, 'xray'>,
  terminal: Terminal,
  { yes = false, dryRun = false }: DestroyOptions = {},
): Promise<readonly string[]> {
  if (providers.xray.mode === 'off') {
    terminal.line('X-Ray is off (XRAY_ENABLED): nothing was looked for, and nothing was deleted.')
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
    if (!yes && !(await isAgreed(labels, where))) {
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

async function isAgreed(labels: readonly string[], where: string): Promise<boolean> {
  if (process.stdin.isTTY && process.stdout.isTTY) {
    const message = `Delete ${labels.join(', ')} in ${where}?`
    return (await confirm({ message, initialValue: false })) === true
  }
  throw new UserError(
    'NOT_AGREED',
    `${labels.join(', ')} would be deleted in ${where}, and there is no terminal to ask on. Nothing was deleted.`,
    'npm run aws -- --destroy --yes',
  )
}
