import { FAULTS } from '../../contracts/planted-faults.ts'
import { UserError } from '../../contracts/user-error.ts'
import { envFile, readSettings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { setEnvValue, unsetEnvValue } from '../env/env-file.ts'
import { usageError } from './arguments.ts'
import { restartIfRunning } from './restart.ts'

/** Chapter 9's. The other faults are planted only by name. */
const DEFAULT_FAULTS: readonly string[] = ['a', 'b', 'c']

/** Plants these faults and no others: sets PLANTED_FAULTS and restarts the backend. Which fault does what is for the learner to find in the traces. */
export async function plant(letters: readonly string[], terminal: Terminal): Promise<void> {
  const wanted = letters.length === 0 ? DEFAULT_FAULTS : letters
  const unknown = wanted.filter((letter) => !(FAULTS as readonly string[]).includes(letter))
  if (unknown.length > 0)
    throw usageError(`There is no fault ${unknown.join(', ')}.`, 'npm run workshop -- plant a b c d')
  requireNotHidden()
  const removed = readSettings().PLANTED_FAULTS.filter((letter) => !wanted.includes(letter))
  setEnvValue(envFile(), 'PLANTED_FAULTS', wanted.join(','))
  const noLonger = removed.length > 0 ? ` (no longer ${removed.join(', ')})` : ''
  terminal.done(`Planted: ${wanted.join(', ')}${noLonger}. npm run workshop -- unplant removes them.`)
  await restartIfRunning(readSettings(), terminal)
}

export async function unplant(terminal: Terminal): Promise<void> {
  requireNotHidden()
  const { changed } = unsetEnvValue(envFile(), 'PLANTED_FAULTS')
  if (!changed) return terminal.line('No fault is planted.')
  terminal.done('The faults are removed.')
  await restartIfRunning(readSettings(), terminal)
}

/** Planting writes `.env`, and the environment wins over it. */
function requireNotHidden(): void {
  if (!process.env.PLANTED_FAULTS?.trim()) return
  throw new UserError({
    code: 'FAULTS_IN_ENVIRONMENT',
    what: 'PLANTED_FAULTS is set in this shell, which wins over .env.',
    fix: 'unset PLANTED_FAULTS, and try again',
  })
}
