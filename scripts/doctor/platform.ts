import type { Workspace } from '../workspace/types.ts'
import { type Examination, found, good, joined, type Patient } from './finding.ts'

/** What the place that the repository is open in makes difficult. */
export async function examinePlatform(workspace: Workspace, { settings }: Patient): Promise<Examination> {
  const url = await workspace.portUrl(settings.SANDBOX_PORT)
  const isForwarded = !url.includes('localhost')
  const here = good(
    `${workspace.name}${isForwarded ? `, whose port ${settings.SANDBOX_PORT} is ${url}` : ''}`,
  )
  const { hint } = workspace
  if (!hint) return here
  const keepsNothing = found({
    severity: 'note',
    what: `${workspace.name} does not keep variables by a script.`,
    why: 'What npm run env keeps ends with this workspace.',
    fix: hint,
  })
  return joined([here, keepsNothing])
}
