import type { Scope } from '../../contracts/workspace-state.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { type EndSignal, Interruption } from '../command-line/interruption.ts'
import { isAlive } from '../machine/identity.ts'
import { readState, startOf, stateFolders } from './state.ts'

/** What runs after a start that a signal has ended, as the error of its command. */
export function describeInterruptedStart(
  signal: EndSignal = 'SIGINT',
  settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>,
  scope: Scope = 'workspace',
): Interruption {
  const state = readState(stateFolders(stateDirectory(settings)))
  const names = state?.processes.flatMap(({ name, identity }) => (isAlive(identity) ? [name] : [])) ?? []
  const rest = names.length > 0 ? `Still running: ${names.join(', ')}` : 'Nothing runs'
  const more = names.length > 0 ? '; npm stop ends what runs' : ''
  return new Interruption(
    signal,
    `The start was interrupted, and what it had begun is stopped. ${rest}.`,
    `${startOf(scope)} continues from here${more}`,
  )
}
