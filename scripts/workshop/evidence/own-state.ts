import { existsSync } from 'node:fs'
import type { WorkspaceState } from '../../../contracts/workspace-state.ts'
import { type Settings, stateDirectory } from '../../../settings/read.ts'
import { readState, stateFolders } from '../../processes/state.ts'

/** What this workspace runs; undefined where nothing has been started. A check must not create the state folder. */
export function readOwnState(settings: Settings): WorkspaceState | undefined {
  const directory = stateDirectory(settings)
  return existsSync(directory) ? readState(stateFolders(directory)) : undefined
}
