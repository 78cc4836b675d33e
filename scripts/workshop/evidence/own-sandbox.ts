import type { Diagnosis } from '../../../contracts/diagnosis.ts'
import { findOther } from '../../processes/neighbour.ts'
import { findLeftRunning, findSuspended } from '../../processes/suspended.ts'
import { answersHealth, readSandboxHealth } from '../../providers/own-processes.ts'
import { readOwnState } from './own-state.ts'
import type { Sources } from './sources.ts'

/**
 * Why the sandbox has no evidence of this workspace: it does not run or answer, or another workspace's answers at its
 * address, as on a shared machine or after a clean-up. Of a suspended process of this workspace, whichever it is, this says
 * so. Otherwise undefined where no provider is local.
 */
export async function findSandboxTrouble({
  settings,
  providers,
  sandbox,
}: Sources): Promise<Diagnosis | undefined> {
  const suspended = findSuspended(settings)
  if (suspended) return suspended
  const { honeycomb, xray, rollbar } = providers
  if (![honeycomb, xray, rollbar].some(({ mode }) => mode === 'local')) return undefined
  const own = readOwnState(settings)?.processes.find(({ name }) => name === 'sandbox')?.identity.pid
  const health = await readSandboxHealth(sandbox)
  if (health && health.pid === own) return undefined
  const other = await findOther('sandbox', sandbox, settings)
  if (other) return other.diagnosis
  const lost = findLeftRunning(settings)
  if (lost) return lost
  if (health || (await answersHealth(sandbox))) {
    return {
      code: 'SANDBOX_FOREIGN',
      what: `The sandbox of this workspace is not running: another program answers at ${sandbox}.`,
      fix: 'npm run setup starts it, or names the program and the command that moves ours to free ports',
    }
  }
  return {
    code: 'SANDBOX_DOWN',
    what: `The sandbox is not running, or does not answer: ${sandbox}.`,
    fix: 'npm run setup',
  }
}
