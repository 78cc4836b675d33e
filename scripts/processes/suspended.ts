import { existsSync } from 'node:fs'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Scope, WorkspaceState } from '../../contracts/workspace-state.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { isAlive, isSuspended } from '../machine/identity.ts'
import { findMarked, type LivingProcess, resolveFolder } from './living.ts'
import { isInForeground, readState, startOf, stateFolders } from './state.ts'

interface Place {
  readonly scope: Scope
  readonly mode: 'background' | 'foreground' | null
}

/** What every command says of suspended processes, which answer nothing: nor are they busy, nor have they ended. */
export function describeSuspended(names: readonly string[], { scope, mode }: Place): Diagnosis {
  const them = names.length === 1 ? 'it' : 'them'
  return {
    code: 'PROCESS_SUSPENDED',
    what: `Suspended: ${names.join(', ')}.`,
    fix:
      mode === 'foreground'
        ? 'Ctrl-C where npm start runs, then npm start again'
        : `${startOf(scope)} starts ${them} again`,
  }
}

/** Processes that no state file names: the state folder was deleted, or a command was killed. */
export function describeLeftRunning(lost: readonly LivingProcess[]): Diagnosis {
  const names = lost.map(({ name, identity }) => `${name} (pid ${identity.pid})`).join(', ')
  return {
    code: 'LEFT_RUNNING',
    what: `Running, and in no state file of this folder: ${names}. The state folder was deleted, or a command was killed.`,
    fix: 'npm stop ends them, npm run setup replaces them',
  }
}

type Folder = Pick<Settings, 'WORKSPACE_STATE_DIR'>

/**
 * The suspended processes of this workspace, of those with these names, as one sentence; undefined for none, and where the
 * state cannot be read. Makes no folder.
 */
export function findSuspended(settings: Folder, names?: readonly string[]): Diagnosis | undefined {
  const state = readKnown(settings)
  const suspended = (state?.processes ?? []).filter(
    ({ name, identity }) => names?.includes(name) !== false && isSuspended(identity),
  )
  if (!state || suspended.length === 0) return undefined
  const mode = isInForeground(state) ? 'foreground' : 'background'
  return describeSuspended(
    suspended.map(({ name }) => name),
    { scope: state.scope, mode },
  )
}

/** The living processes of this workspace that no state file names, as one sentence; undefined for none. */
export function findLeftRunning(settings: Folder): Diagnosis | undefined {
  const lost = listLost(stateDirectory(settings), readKnown(settings))
  return lost.length > 0 ? describeLeftRunning(lost) : undefined
}

/** The living processes with the mark of this state folder that the state does not name. */
export function listLost(directory: string, state: WorkspaceState | undefined): LivingProcess[] {
  return findMarked(resolveFolder(directory)).filter(
    // Those that a process of the workspace has started have its mark.
    ({ name }) => !state?.processes.some((one) => one.name === name && isAlive(one.identity)),
  )
}

function readKnown(settings: Folder): WorkspaceState | undefined {
  const directory = stateDirectory(settings)
  try {
    return existsSync(directory) ? readState(stateFolders(directory)) : undefined
  } catch (error) {
    if (error instanceof UserError) return undefined
    throw error
  }
}
