import type { Providers } from '../../settings/providers.ts'
import type { Settings } from '../../settings/read.ts'
import { isAgreed } from '../command-line/agreement.ts'
import type { Terminal } from '../command-line/terminal.ts'
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
